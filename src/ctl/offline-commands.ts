import type { Command } from 'commander';
import type { Declare } from './declare.js';
import type { TestOptions } from './offline/test-workflow.js';
import type { ValidateOptions } from './offline/validate.js';
import { connect } from './online-commands.js';

/** The commands that need no service. They are the service's own code, which is loaded when one of them is called. */
export function addOfflineCommands(program: Command, declare: Declare): void {
  declare(
    program,
    'validate-provider <folder...>',
    'check the files of a provider as the service does',
    async (folders: string[], options: ValidateOptions) => {
      const { validateProviders } = await import('./offline/validate.js');
      return validateProviders(folders, options);
    },
  ).option('--strict', 'ask for an owner and descriptions, too');
  declare(
    program,
    'test-workflow <file>',
    'check a workflow and its parameters, and plan it where nothing exists',
    async (file: string, options: TestOptions) => {
      const { testWorkflow } = await import('./offline/test-workflow.js');
      return testWorkflow(file, options, connect);
    },
  )
    .option('--inputs <file>', 'parameters in a file, YAML or JSON')
    .option('--score <file>', 'a Score file, whose resources the provider of the workflow makes')
    .option('--team <group>', 'the group for which it would run')
    .option('--application <name>', 'the application for which it would run')
    .option('--dry-run', 'show what each step would take, where nothing exists yet')
    .option('--server', 'show what the service would do, which must have these files');
  declare(
    program,
    'init-provider <name>',
    'write a new provider to begin with',
    async (name: string, { dir, team }: { dir?: string; team?: string }) => {
      const { initProvider } = await import('./offline/init-provider.js');
      return initProvider(name, dir, team === undefined ? {} : { team });
    },
  )
    .option('--dir <folder>', 'where to write it; by default a folder of that name')
    .option('--team <group>', 'the group for which it runs: names in it begin with its name');
}
