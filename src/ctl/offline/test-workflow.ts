import type { SnapshotResource } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { digestOf } from '../../documents/providers/digest.js';
import { CtlError, EXIT, usage } from '../exit-codes.js';
import type { Client } from '../http/client.js';
import { planText, type Plan } from '../commands/run-text.js';
import type { Shown } from '../output/output.js';
import { blocks, table } from '../output/text.js';
import { readInputs, readText } from './files.js';
import { localRun } from './local-run.js';
import { type LocalWorkflow, readLocal } from './local-workflow.js';
import { type LocalStep, planLocal } from './plan.js';

export interface TestOptions {
  inputs?: string;
  score?: string;
  dryRun?: boolean;
  server?: boolean;
  team?: string;
  application?: string;
}

/** Checks a workflow and its parameters; with `dryRun` what its steps would do where nothing exists, with `server` what they would do there. */
export async function testWorkflow(file: string, options: TestOptions, client: () => Client): Promise<Shown> {
  const local = await readLocal(file);
  const given = options.inputs === undefined ? undefined : ((await readInputs(options.inputs)) as JsonObject);
  const score =
    options.score === undefined ? undefined : { file: options.score, text: readText(options.score) };
  if (options.server)
    return onServer(local, { parameters: given ?? {}, score: score?.text }, options, client());
  const needed = given !== undefined || score !== undefined || options.dryRun === true;
  const { team = 'your-team', application } = options;
  const run = needed ? localRun(local, { team, application, parameters: given ?? {}, score }) : undefined;
  const plan = run && options.dryRun ? planLocal(run, team) : undefined;
  const resources = run && score ? (run.snapshot.resources ?? []).map(shownResource) : undefined;
  return {
    value: {
      workflow: local.workflow.name,
      ...(run && { parameters: run.parameters }),
      ...(resources && { resources }),
      ...(plan && { plan }),
    },
    text: blocks(local.warnings.join('\n'), saidOf(file, local, run !== undefined), plan && stepsText(plan)),
  };
}

/** As the service shows a resource of a Score file. */
function shownResource({
  names: [name = ''],
  type,
  class: given,
  provider,
  operation,
}: SnapshotResource): object {
  return { name, type, class: given, provider, operation };
}

function saidOf(file: string, { workflow }: LocalWorkflow, withInputs: boolean): string {
  const inputs = withInputs ? ', and so are its parameters' : '';
  return `${file} is valid${inputs}: workflow ${workflow.name} with ${workflow.steps.length} steps.`.replace(
    ' 1 steps',
    ' 1 step',
  );
}

function stepsText(plan: readonly LocalStep[]): string {
  const rows = plan.map(({ step, type, state, input }) => [
    step,
    type,
    state,
    state === 'skipped' ? null : input,
  ]);
  return `${table(['STEP', 'TYPE', 'STATE', 'INPUT'], rows)}\n\nThis is the plan where nothing exists yet; --server shows what would change there.`;
}

/** The service plans what it has: it must have these very files. */
async function onServer(
  { workflow, provider }: LocalWorkflow,
  given: { parameters: JsonObject; score: string | undefined },
  { team, application }: TestOptions,
  client: Client,
): Promise<Shown> {
  if (!provider) throw usage('With --server, the workflow must lie in the folder of a provider');
  const { name } = provider.provider;
  const there = await client.get<{ digest: string | null }>(`/api/providers/${encodeURIComponent(name)}`);
  if (there.digest !== digestOf(provider.files))
    throw new CtlError(
      `The service has other files of ${name}: run "provider reload ${name}" there first`,
      EXIT.refused,
    );
  const path = `/api/workflows/${encodeURIComponent(name)}/${encodeURIComponent(workflow.name)}/execute?dry_run=true`;
  const body = { ...given, ...(team && { team }), ...(application && { application }) };
  const plan = await client.post<Plan>(path, body);
  return { value: plan, text: planText(plan) };
}
