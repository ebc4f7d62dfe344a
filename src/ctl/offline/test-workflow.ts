import { Problem } from '../../common/problems/problem.js';
import type { JsonObject } from '../../documents/model.js';
import type { Asked } from '../../documents/parameters/derived-defaults.js';
import { digestOf } from '../../documents/providers/digest.js';
import { checkParameters } from '../../workflows/plan/step-inputs.js';
import { CtlError, EXIT, usage } from '../exit-codes.js';
import type { Client } from '../http/client.js';
import { planText, type Plan } from '../commands/run-text.js';
import type { Shown } from '../output/output.js';
import { blocks, table } from '../output/text.js';
import { readInputs } from './files.js';
import { type LocalWorkflow, readLocal } from './local-workflow.js';
import { type LocalStep, planLocal, ruleLines, YOU } from './plan.js';

export interface TestOptions {
  inputs?: string;
  dryRun?: boolean;
  server?: boolean;
  team?: string;
  application?: string;
}

/** Checks a workflow and its parameters; with `dryRun` what its steps would do where nothing exists, with `server` what they would do there. */
export async function testWorkflow(file: string, options: TestOptions, client: () => Client): Promise<Shown> {
  const local = await readLocal(file);
  const given = options.inputs === undefined ? undefined : ((await readInputs(options.inputs)) as JsonObject);
  if (options.server) return onServer(local, given ?? {}, options, client());
  const needed = given !== undefined || options.dryRun === true;
  const { team = 'your-team', application } = options;
  const app = application === undefined ? {} : { name: application };
  const asked = { team, requester: YOU, app };
  const parameters = needed ? checked(local, given ?? {}, asked) : undefined;
  const plan = options.dryRun
    ? planLocal(local, { team, application, parameters: parameters ?? {} })
    : undefined;
  return {
    value: { workflow: local.workflow.name, ...(parameters && { parameters }), ...(plan && { plan }) },
    text: blocks(
      local.warnings.join('\n'),
      saidOf(file, local, parameters !== undefined),
      plan && stepsText(plan),
    ),
  };
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

function checked({ workflow }: LocalWorkflow, given: JsonObject, asked: Asked): JsonObject {
  try {
    return checkParameters(workflow.parameters, given, asked);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw usage(`The parameters of ${workflow.name} are not valid`, ruleLines(error));
  }
}

/** The service plans what it has: it must have these very files. */
async function onServer(
  { workflow, provider }: LocalWorkflow,
  parameters: JsonObject,
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
  const body = { parameters, ...(team && { team }), ...(application && { application }) };
  const plan = await client.post<Plan>(path, body);
  return { value: plan, text: planText(plan) };
}
