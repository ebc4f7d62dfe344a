import type { Command } from 'commander';
import type { Declare } from './declare.js';
import { clientEnvironment } from '../config/client-environment.js';
import { approve, type ApproveOptions, listApprovals, reject } from './commands/approvals.js';
import { demoStatus, demoTime } from './commands/demo.js';
import { databaseLogin } from './commands/data-products.js';
import { listGoldenPaths, listResources, type ResourcesOptions } from './commands/lists.js';
import { type LogsOptions, followLogs, showLogs } from './commands/logs.js';
import { receipt, type ReceiptOptions, verify } from './commands/proof.js';
import {
  addProvider,
  type AddOptions,
  listProviders,
  reloadProvider,
  removeProvider,
  showProvider,
} from './commands/providers.js';
import { run, type RunOptions } from './commands/run.js';
import {
  type ListOptions,
  cancel,
  listRuns,
  retry,
  status,
  undo,
  type WaitOptions,
} from './commands/runs.js';
import { usage } from './exit-codes.js';
import { Client } from './http/client.js';
import { writeAside, writeLine } from './output/output.js';

/** The service of the environment. */
export function connect(): Client {
  try {
    return new Client(clientEnvironment());
  } catch (error) {
    throw error instanceof Error && error.name === 'Error' ? usage(error.message) : error;
  }
}

const several = (value: string, before: string[] = []): string[] => [...before, value];

/** The commands that ask the service. */
export function addOnlineCommands(program: Command, declare: Declare): void {
  addProviders(program, declare);
  addRunning(program, declare);
  addRuns(program, declare);
  addDecisions(program, declare);
  addDataProducts(program, declare);
  addDemo(program, declare);
}

function addProviders(program: Command, declare: Declare): void {
  declare(program, 'list-providers', 'list the providers that you see', () => listProviders(connect()));
  const provider = program.command('provider').description('register, show, reload and remove providers');
  declare(
    provider,
    'add <name> <git-url>',
    'register a provider in a Git repository',
    (name: string, url: string, given: AddOptions & { output?: string }) => {
      const { output: _, ...options } = given;
      return addProvider(connect(), name, url, options);
    },
  )
    .option('--path <folder>', 'its folder in the repository')
    .option('--ref <ref>', 'a branch, a tag or a commit')
    .option('--team <group>', 'the group that owns it')
    .option('--pin <commit>', 'the only commit that may be loaded')
    .option('--token-ref <name>', 'the name of a token in the configuration of the service')
    .option('--signers <file>', 'public SSH keys, one a line: commits must be signed by one of them');
  declare(provider, 'show <name>', 'show a provider and its workflows', (name: string) =>
    showProvider(connect(), name),
  );
  declare(provider, 'reload [name]', 'load a provider again, or all of them', (name?: string) =>
    reloadProvider(connect(), name),
  );
  declare(provider, 'remove <name>', 'remove a provider', (name: string) => removeProvider(connect(), name));
}

function addRunning(program: Command, declare: Declare): void {
  declare(program, 'list-goldenpaths', 'list the golden paths that you may run', () =>
    listGoldenPaths(connect()),
  );
  declare(
    program,
    'run <name> [score]',
    'run a golden path, or PROVIDER/WORKFLOW, with the parameters of a Score file',
    (name: string, score: string | undefined, options: RunOptions) =>
      run(connect(), name, score, options, options.output === 'text' ? writeLine : writeAside),
  )
    .option('--param <name=value>', 'a parameter; a name that is there several times is a list', several)
    .option('--inputs <file>', 'parameters in a file, YAML or JSON')
    .option('--team <group>', 'the group for which it runs')
    .option('--application <name>', 'the application for which it runs')
    .option('--key <text>', 'the same run if it is asked for again with the same key')
    .option('--dry-run', 'show what each step would do, and do nothing')
    .option('--wait', 'wait for its end')
    .option('--follow', 'show what happens until its end');
}

function addRuns(program: Command, declare: Declare): void {
  declare(program, 'list-workflows', 'list the runs of your teams', (options: ListOptions) =>
    listRuns(connect(), options),
  )
    .option('--status <status>', 'only in this state')
    .option('--provider <name>', 'only of this provider')
    .option('--limit <number>', 'at most so many', '50');
  declare(program, 'status <id>', 'show a run and its steps', (id: string) => status(connect(), id));
  declare(program, 'logs <id>', 'show what happened in a run', (id: string, options: LogsOptions) =>
    options.follow ? followLogs(connect(), id, options, writeLine) : showLogs(connect(), id, options),
  )
    .option('--step <name>', 'only of this step')
    .option('--follow', 'go on until the run has ended');
  addActions(program, declare);
  declare(program, 'list-resources', 'list what runs have made', (options: ResourcesOptions) =>
    listResources(connect(), options),
  ).option('--type <type>', 'only of this type');
}

function addActions(program: Command, declare: Declare): void {
  declare(program, 'retry <id>', 'go on with a failed run', (id: string, options: WaitOptions) =>
    retry(connect(), id, options),
  ).option('--wait', 'wait for its end');
  declare(program, 'undo <id>', 'take back what a run made', (id: string, options: WaitOptions) =>
    undo(connect(), id, options),
  ).option('--wait', 'wait for its end');
  declare(program, 'cancel <id>', 'end a run after the step under way', (id: string, options: WaitOptions) =>
    cancel(connect(), id, options),
  ).option('--wait', 'wait for its end');
  declare(program, 'verify <id>', 'look whether what a run made still holds', (id: string) =>
    verify(connect(), id),
  );
  declare(
    program,
    'receipt <id>',
    'show the signed receipt of a run that has ended',
    (id: string, options: ReceiptOptions) => receipt(connect(), id, options),
  ).option('--number <number>', 'which one; by default the newest');
}

function addDecisions(program: Command, declare: Declare): void {
  declare(program, 'approvals', 'list what waits for your approval', () => listApprovals(connect()));
  declare(
    program,
    'approve <id>',
    'approve the plan of a run; without --plan, show it',
    (id: string, options: ApproveOptions) => approve(connect(), id, options),
  )
    .option('--plan <digest>', 'the digest of the plan that you saw, or its first 8 characters or more')
    .option('--comment <text>', 'what is recorded with the approval')
    .option('--bypass <reason>', 'an administrator decides alone; recorded with the reason');
  declare(program, 'reject <id>', 'refuse the plan of a run', (id: string, options: { reason: string }) =>
    reject(connect(), id, options.reason),
  ).requiredOption('--reason <text>', 'why');
}

function addDataProducts(program: Command, declare: Declare): void {
  declare(
    program,
    'database-login <product>',
    'show a new password with which a data product without a project logs in to PostgreSQL',
    (product: string) => databaseLogin(connect(), product),
  );
}

function addDemo(program: Command, declare: Declare): void {
  declare(
    program,
    'demo-time',
    'start OpenBao and PostgreSQL beside the demo of this folder, and register the providers',
    ({ output }: { output: string }) => demoTime(output === 'text' ? writeLine : writeAside),
  );
  declare(program, 'demo-status', 'show how each part of the demo is', () => demoStatus());
}
