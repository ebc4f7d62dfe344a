import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { PlannedChangeDto } from '../../common/dry-run/dry-run.dto.js';
import type { Facts, SnapshotStep } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { type FilledObject, isKnown, UNKNOWN } from '../../documents/references/unknown.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { resolveStep } from '../engine/resolve.js';
import { checkInput } from '../engine/step-inputs.js';
import { Offers } from './offers.js';
import type { RunRequest } from './run-request.js';

/** What one step would do. */
export interface PlannedStep {
  step: string;
  type: string;
  state: 'planned' | 'skipped' | 'unknown';
  input: Record<string, unknown>;
  changes: PlannedChangeDto[] | null;
}

/** Shows what a run would do: the same code up to the plan of each step. */
@Injectable()
export class Planning {
  constructor(
    private readonly offers: Offers,
    private readonly provisions: Provisions,
  ) {}

  /** Nothing is recorded or changed. Throws what the request would throw. */
  async plan(request: RunRequest, context: RequestContext): Promise<PlannedStep[]> {
    const { snapshot, parameters, team, application } = await this.offers.runOf(request, context);
    const outputs: Record<string, FilledObject> = {};
    const facts: Facts = {
      ...{ inputs: parameters, outputs, team, requester: context.name, runId: '<known after apply>' },
      ...(application === null ? {} : { app: application }),
    };
    const planned: PlannedStep[] = [];
    for (const [position, step] of snapshot.steps.entries()) {
      const resolved = resolveStep(snapshot, position, facts, []);
      const { name, type } = step;
      if (!('input' in resolved)) {
        const state = 'skip' in resolved ? 'skipped' : 'unknown';
        planned.push({ step: name, type, state, input: {}, changes: null });
        continue;
      }
      outputs[name] = expectedOf(type, resolved.input);
      planned.push(await this.step(step, resolved.input, context));
    }
    return planned;
  }

  private async step(
    { name, type }: SnapshotStep,
    input: FilledObject,
    context: RequestContext,
  ): Promise<PlannedStep> {
    const shown = JSON.parse(JSON.stringify(input)) as JsonObject;
    const planned = { step: name, type, state: 'planned' as const };
    if (!isKnown(input)) return { ...planned, input: shown, changes: null };
    const kind = STEP_TYPES.get(type)?.kind ?? '';
    const checked = checkInput(type, shown);
    const changes = await this.provisions.plan({ kind, input: checked, origin: 'workflow' }, context);
    return { ...planned, input: checked, changes };
  }
}

/** What the step will give, as far as its input tells. */
function expectedOf(type: string, input: FilledObject): FilledObject {
  const names = Object.keys(STEP_TYPES.get(type)?.outputs ?? {});
  return Object.fromEntries(names.map((name) => [name, input[name] ?? UNKNOWN]));
}
