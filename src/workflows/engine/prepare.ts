import { nextAfterFailure, runOutputs } from '../../documents/expand/scope.js';
import type { Facts } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { isKnown } from '../../documents/references/unknown.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import type { Run } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';
import { resolveStep } from '../plan/resolve.js';
import { checkInput } from '../plan/step-inputs.js';

/** What a step that is about to begin takes, or why it is left out. */
export type Prepared = { input: JsonObject } | { skip: 'condition' | 'failure' };

/** Fills in the references of a step from what the steps before it gave. Pure. Throws a 422 problem if that is not possible. */
export function prepare(run: Run, position: number): Prepared {
  const resolved = resolveStep(run.snapshot, position, factsOf(run), failedOf(run));
  if ('skip' in resolved) return resolved;
  if (resolved.unsure || !isKnown(resolved.input))
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

/** What is known of a run. */
export function factsOf(run: Run): Facts {
  const done = run.steps.filter(({ status }) => status === 'completed');
  return {
    inputs: run.parameters,
    outputs: Object.fromEntries(done.map((step) => [step.name, givenBy(step)])),
    ...(run.application === null ? {} : { app: run.application }),
    ...{ team: run.team, requester: run.requested_by, runId: run.id },
  };
}

/** The outputs that the type of the step declares: as its kind gave them, or if it gave none, its result and input. */
export function givenBy({ type, result, input }: Pick<StepRow, 'type' | 'result' | 'input'>): JsonObject {
  const given = (result?.outputs ?? { ...input, ...result }) as JsonObject;
  const declared = Object.keys(STEP_TYPES.get(type)?.outputs ?? {});
  return Object.fromEntries(declared.flatMap((name) => (name in given ? [[name, given[name] ?? null]] : [])));
}

/** The positions of the steps that failed for good. */
export function failedOf({ steps }: Run): number[] {
  return steps.filter(hasFailed).map(({ position }) => position);
}

function hasFailed({ refused, status }: StepRow): boolean {
  return refused !== null || status === 'failed' || status === 'cancelled';
}
