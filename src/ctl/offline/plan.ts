import { Problem } from '../../common/problems/problem.js';
import type { Facts } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { type FilledObject, isKnown, UNKNOWN } from '../../documents/references/unknown.js';
import { expectedOf, resolveStep } from '../../workflows/plan/resolve.js';
import { checkInput } from '../../workflows/plan/step-inputs.js';
import { usage } from '../exit-codes.js';
import { type LocalRun, ruleLines, YOU } from './local-run.js';

/** What a step would do where nothing exists yet. */
export interface LocalStep {
  step: string;
  type: string;
  state: 'planned' | 'skipped' | 'unknown';
  /** `<known after apply>` stands for what only earlier steps tell. */
  input: JsonObject;
}

/** Plans a run against an empty world, with the code of the service. Throws when a step cannot be carried out. */
export function planLocal({ snapshot, parameters, application }: LocalRun, team: string): LocalStep[] {
  const outputs: Record<string, FilledObject> = {};
  const facts: Facts = {
    ...{ inputs: parameters, outputs, team, requester: YOU, runId: String(UNKNOWN) },
    ...(application === null ? {} : { app: application }),
  };
  return snapshot.steps.map(({ name, type }, position) => {
    const resolved = inStep(name, () => resolveStep(snapshot, position, facts, []));
    if (!('input' in resolved)) return { step: name, type, state: 'skipped', input: {} };
    const given = JSON.parse(JSON.stringify(resolved.input)) as JsonObject;
    outputs[name] = expectedOf(type, resolved.input);
    const input = isKnown(resolved.input) ? inStep(name, () => checkInput(type, given)) : given;
    return { step: name, type, state: resolved.unsure ? 'unknown' : 'planned', input };
  });
}

function inStep<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw usage(`Step ${name} cannot be carried out`, ruleLines(error));
  }
}
