import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { authorised } from '../../auth/system-actor.js';
import type { PlannedChangeDto } from '../../common/dry-run/dry-run.dto.js';
import { Problem } from '../../common/problems/problem.js';
import type { Facts, Snapshot } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { type FilledObject, isKnown, UNKNOWN } from '../../documents/references/unknown.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import { touchedBy } from '../../governance/judge.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { resolveStep } from './resolve.js';
import { checkInput } from './step-inputs.js';

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
}

/** Plans the steps of a run, each as its kind does. Nothing is recorded or changed. */
@Injectable()
export class StepPlans {
  constructor(private readonly provisions: Provisions) {}

  /** Throws what a step would be refused with, unless an earlier step makes what it is about. */
  async of(
    { snapshot, facts, from, failed, isAllowed }: Planned,
    context: RequestContext,
  ): Promise<PlannedStep[]> {
    const outputs: Record<string, unknown> = { ...facts.outputs };
    const touched = new Set<string>();
    const steps: PlannedStep[] = [];
    for (let position = from; position < snapshot.steps.length; position += 1) {
      const { planned, input } = await this.look(
        { snapshot, facts: { ...facts, outputs }, from: position, failed, isAllowed },
        touched,
        context,
      );
      steps.push(planned);
      if (!input) continue;
      outputs[planned.step] = expectedOf(planned.type, input);
      if (isKnown(input)) for (const each of namesOf(planned.type, input)) touched.add(each);
    }
    return steps;
  }

  private async look(
    { snapshot, facts, from: position, failed, isAllowed }: Planned,
    touched: ReadonlySet<string>,
    context: RequestContext,
  ): Promise<Looked> {
    const { name = '', type = '' } = snapshot.steps[position] ?? {};
    const resolved = resolveStep(snapshot, position, facts, failed);
    const step = { step: name, type, state: 'planned' as const, changes: null };
    if (!('input' in resolved)) return { planned: { ...step, state: 'skipped', input: {} } };
    const shown = JSON.parse(JSON.stringify(resolved.input)) as JsonObject;
    const state = resolved.unsure ? 'unknown' : 'planned';
    if (!isKnown(resolved.input)) return { planned: { ...step, state, input: shown }, input: resolved.input };
    const input = checkInput(type, shown);
    if (resolved.unsure || !(await isAllowed(position, input)))
      return { planned: { ...step, state, input }, input };
    try {
      const changes = await this.changesOf(type, input, facts.team, context);
      return { planned: { ...step, input, changes }, input };
    } catch (error) {
      const isMadeBefore = namesOf(type, input).some((each) => touched.has(each));
      if (!isMadeBefore || !(error instanceof Problem) || error.status >= 500) throw error;
      return { planned: { ...step, input }, input };
    }
  }

  /** The step acts with the authority of the provider, whoever asks. */
  private changesOf(
    type: string,
    input: JsonObject,
    team: string,
    context: RequestContext,
  ): Promise<PlannedChangeDto[]> {
    const kind = STEP_TYPES.get(type)?.kind ?? '';
    const request = { kind, input, origin: 'workflow' as const, metadata: { team } };
    return this.provisions.plan(request, authorised(context));
  }
}

/** What the step will give, as far as its input tells. */
function expectedOf(type: string, input: FilledObject): FilledObject {
  const names = Object.keys(STEP_TYPES.get(type)?.outputs ?? {});
  // the body of an answer has only its name in common with that of the request
  const isEchoed = type !== 'http.request';
  return Object.fromEntries(names.map((name) => [name, (isEchoed ? input[name] : undefined) ?? UNKNOWN]));
}

/** The names that a step touches, and the buckets of its paths. */
function namesOf(type: string, input: JsonObject): string[] {
  return touchedBy(type, input).flatMap(({ kind, name }) => {
    const bucket = kind === 'path' ? /^s3a?:\/\/([^/]+)/.exec(name)?.[1] : undefined;
    return [`${kind}:${name}`, ...(bucket === undefined ? [] : [`bucket:${bucket}`])];
  });
}
