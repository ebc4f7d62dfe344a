import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { authorised } from '../../auth/system-actor.js';
import type { PlannedChangeDto } from '../../common/dry-run/dry-run.dto.js';
import type { Facts, Snapshot } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { type FilledObject, isKnown, UNKNOWN } from '../../documents/references/unknown.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import { AS_NOW, type ExpectedThings, type LeftThing } from '../../provisioning/kinds/expected-things.js';
import { type AskContext, PlannedByWorker } from '../../provisioning/kinds/kind.js';
import { Kinds } from '../../provisioning/kinds/kinds.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { expectedOf, resolveStep } from './resolve.js';
import { checkInput, withDefaults } from './step-inputs.js';

/** Stands in a plan for what only applying tells. */
export const NOT_KNOWN = String(UNKNOWN);

/** What one step would do. */
export interface PlannedStep {
  step: string;
  type: string;
  state: 'planned' | 'skipped' | 'unknown';
  input: Record<string, unknown>;
  changes: PlannedChangeDto[] | null;
}

/** A planned step with what it takes; undefined: it is left out. */
interface Looked {
  planned: PlannedStep;
  input?: FilledObject;
  /** Only a worker can tell what it changes. */
  byWorker?: boolean;
}

/** Which steps to plan, and what is known of the run. */
export interface Planned {
  snapshot: Snapshot;
  facts: Facts;
  /** The first step. */
  from: number;
  /** The positions of steps that failed for good. */
  failed: readonly number[];
  /** A step that is not allowed is not planned either: its plan could tell of what is another team's. */
  isAllowed: (position: number, input: JsonObject) => Promise<boolean>;
  /** What will have been made or removed before the run. */
  expected?: ExpectedThings;
}

/** What steps would do, and leave. */
export interface PlannedSteps {
  steps: PlannedStep[];
  left: LeftThing[];
  /** The names of those of which only a worker can tell what they change. */
  byWorker: string[];
}

/** Plans the steps of a run, each as its kind does. Nothing is recorded or changed. */
@Injectable()
export class StepPlans {
  constructor(
    private readonly provisions: Provisions,
    private readonly kinds: Kinds,
  ) {}

  /** Throws what a step would be refused with, unless earlier steps make what it lacks. */
  async of(planned: Planned, context: RequestContext): Promise<PlannedSteps> {
    const { snapshot, facts } = planned;
    const outputs: Record<string, unknown> = { ...facts.outputs };
    const steps: PlannedStep[] = [];
    const left: LeftThing[] = [];
    const byWorker: string[] = [];
    for (let position = planned.from; position < snapshot.steps.length; position += 1) {
      const expected = (planned.expected ?? AS_NOW).with(left);
      const what = { ...planned, facts: { ...facts, outputs }, from: position, expected };
      const { planned: step, input, byWorker: isByWorker } = await this.look(what, context);
      if (isByWorker) byWorker.push(step.step);
      steps.push(step);
      if (!input) continue;
      outputs[step.step] = expectedOf(step.type, input);
      const { team } = facts;
      const leaves = await this.kinds.leftBy(kindOf(step.type), step.input, { ...context, team });
      // what a step removes that may be left out may still be there
      const sure = leaves.filter(({ there }) => there || step.state === 'planned');
      left.push(...sure.map((each) => ({ ...each, team })));
    }
    return { steps, left, byWorker };
  }

  private async look(
    { snapshot, facts, from: position, failed, isAllowed, expected = AS_NOW }: Planned,
    context: RequestContext,
  ): Promise<Looked> {
    const { name = '', type = '' } = snapshot.steps[position] ?? {};
    const resolved = resolveStep(snapshot, position, facts, failed);
    const step = { step: name, type, state: 'planned' as const, changes: null };
    if (!('input' in resolved)) return { planned: { ...step, state: 'skipped', input: {} } };
    const shown = JSON.parse(JSON.stringify(resolved.input)) as JsonObject;
    const state = resolved.unsure ? 'unknown' : 'planned';
    if (!isKnown(resolved.input))
      return { planned: { ...step, state, input: withDefaults(type, shown) }, input: resolved.input };
    const input = checkInput(type, shown);
    if (resolved.unsure || !(await isAllowed(position, input)))
      return { planned: { ...step, state, input }, input };
    try {
      const changes = await this.changesOf(type, input, facts.team, { ...context, expected });
      return { planned: { ...step, input, changes }, input };
    } catch (error) {
      const byWorker = error instanceof PlannedByWorker;
      if (!byWorker && !expected.solves(error)) throw error;
      return { planned: { ...step, input }, input, byWorker };
    }
  }

  /** The step acts with the authority of the provider, whoever asks. */
  private changesOf(
    type: string,
    input: JsonObject,
    team: string,
    context: AskContext,
  ): Promise<PlannedChangeDto[]> {
    const request = { kind: kindOf(type), input, origin: 'workflow' as const, metadata: { team } };
    return this.provisions.plan(request, authorised(context));
  }
}

function kindOf(type: string): string {
  return STEP_TYPES.get(type)?.kind ?? '';
}
