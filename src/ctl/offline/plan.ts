import { Problem } from '../../common/problems/problem.js';
import { expand } from '../../documents/expand/expand.js';
import { ExpandError } from '../../documents/expand/expand-error.js';
import type { Facts, Snapshot } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { type FilledObject, isKnown, UNKNOWN } from '../../documents/references/unknown.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import { resolveStep } from '../../workflows/plan/resolve.js';
import { checkInput } from '../../workflows/plan/step-inputs.js';
import { usage } from '../exit-codes.js';
import type { LocalWorkflow } from './local-workflow.js';

/** Who asks, offline. */
export const YOU = 'you';

/** What a step would do where nothing exists yet. */
export interface LocalStep {
  step: string;
  type: string;
  state: 'planned' | 'skipped' | 'unknown';
  /** `<known after apply>` stands for what only earlier steps tell. */
  input: JsonObject;
}

/** Who would run it. */
export interface Asker {
  team: string;
  application: string | undefined;
  parameters: JsonObject;
}

/** Plans a workflow against an empty world, with the code of the service. Throws when a step cannot be carried out. */
export function planLocal(local: LocalWorkflow, asker: Asker): LocalStep[] {
  const snapshot = expanded(local);
  const outputs: Record<string, FilledObject> = {};
  const { team, application, parameters } = asker;
  const facts: Facts = {
    ...{ inputs: parameters, outputs, team, requester: YOU, runId: String(UNKNOWN) },
    ...(application === undefined ? {} : { app: application }),
  };
  return snapshot.steps.map(({ name, type }, position) => {
    const resolved = inStep(name, () => resolveStep(snapshot, position, facts, []));
    if (!('input' in resolved)) return { step: name, type, state: 'skipped', input: {} };
    const given = JSON.parse(JSON.stringify(resolved.input)) as JsonObject;
    const names = Object.keys(STEP_TYPES.get(type)?.outputs ?? {});
    outputs[name] = Object.fromEntries(names.map((each) => [each, resolved.input[each] ?? UNKNOWN]));
    const input = isKnown(resolved.input) ? inStep(name, () => checkInput(type, given)) : given;
    return { step: name, type, state: resolved.unsure ? 'unknown' : 'planned', input };
  });
}

function expanded({ workflow, provider }: LocalWorkflow): Snapshot {
  const name = provider?.provider.name ?? 'this file';
  const own = new Map(provider?.provider.workflows.map((each) => [each.name, each]));
  try {
    return expand({ provider: name, workflow }, (of, called) => {
      const found = of === name ? own.get(called) : undefined;
      return found && { provider: of, workflow: found };
    });
  } catch (error) {
    if (!(error instanceof ExpandError)) throw error;
    throw usage(`Step ${error.step}: ${error.message}. Workflows of other providers are known with --server`);
  }
}

function inStep<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw usage(`Step ${name} cannot be carried out`, ruleLines(error));
  }
}

/** The rules that a problem names, one a line; without any, what it says. */
export function ruleLines({ message, extra: { errors = [] } }: Problem): string[] {
  const lines = errors.flatMap((each) => ('field' in each ? [`${each.field}: ${each.rule}`] : []));
  return lines.length > 0 ? lines : [message];
}
