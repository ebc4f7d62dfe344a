import { nextAfterFailure, runOutputs } from '../../documents/expand/scope.js';
import type { Facts } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { isKnown } from '../../documents/references/unknown.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import type { Run } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';
import { resolveStep } from './resolve.js';
import { checkInput } from './step-inputs.js';

/** What a step that is about to begin takes, or why it is left out. */
export type Prepared = { input: JsonObject } | { skip: 'condition' | 'failure' };

/** Fills in the references of a step from what the steps before it gave. Pure. Throws a 422 problem if that is not possible. */
export function prepare(run: Run, position: number): Prepared {
  const failed = run.steps.filter(hasFailed).map((step) => step.position);
  const resolved = resolveStep(run.snapshot, position, factsOf(run), failed);
  if ('skip' in resolved) return resolved;
  if (!('input' in resolved) || !isKnown(resolved.input))
    throw new TypeError('Everything is known when a step begins');
  return { input: checkInput(run.steps[position]?.type ?? '', resolved.input) };
}

/** The outputs of the run, once its steps are done. */
export function outputsOf(run: Run): JsonObject {
  return runOutputs(run.snapshot, factsOf(run)) as JsonObject;
}

/** Whether a failure of the step ends the run. */
export function isDecisive({ snapshot }: Run, position: number): boolean {
  return nextAfterFailure(snapshot, position) === undefined;
}

function factsOf(run: Run): Facts {
  const done = run.steps.filter(({ status }) => status === 'completed');
  return {
    inputs: run.parameters as JsonObject,
    outputs: Object.fromEntries(done.map((step) => [step.name, givenBy(step)])),
    ...(run.application === null ? {} : { app: run.application }),
    ...{ team: run.team, requester: run.requested_by, runId: run.id },
  };
}

/** The outputs that the type of the step declares: as its kind gave them, otherwise the input of that name. */
export function givenBy({ type, result, input }: Pick<StepRow, 'type' | 'result' | 'input'>): JsonObject {
  const given = { ...input, ...result, ...(result?.outputs as JsonObject | undefined) } as JsonObject;
  const declared = Object.keys(STEP_TYPES.get(type)?.outputs ?? {});
  return Object.fromEntries(declared.flatMap((name) => (name in given ? [[name, given[name] ?? null]] : [])));
}

function hasFailed({ refused, status }: StepRow): boolean {
  return refused !== null || status === 'failed' || status === 'cancelled';
}
