import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import { PlannedByWorker, type ShownChange } from '../../provisioning/kinds/kind.js';
import { Kinds } from '../../provisioning/kinds/kinds.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import type { Run } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';

/** Whether what a step made still holds. */
export interface VerifiedStep {
  name: string;
  type: string;
  /**
   * `holds`, `differs`; `not_made`: it was left out, failed, or was taken back; `not_checkable`: what its type does leaves nothing to look at;
   * `not_checked`: its target did not answer, or only a worker can look.
   */
  state: 'holds' | 'differs' | 'not_made' | 'not_checkable' | 'not_checked';
  /** What would have to be done for it to hold again. */
  changes: ShownChange[];
  reason: string | null;
}

/** Plans every step of an ended run again, with the input that it had. */
@Injectable()
export class Verification {
  constructor(
    private readonly provisions: Provisions,
    private readonly kinds: Kinds,
  ) {}

  /** Nothing is recorded or changed. Throws `not_possible` for a run that has not ended. */
  async verify(run: Run, context: RequestContext): Promise<VerifiedStep[]> {
    if (run.active) throw new Problem('not_possible', 'It has not ended');
    const verified: VerifiedStep[] = [];
    for (const step of run.steps) verified.push(await this.step(run, step, context));
    return verified;
  }

  private async step(run: Run, step: StepRow, context: RequestContext): Promise<VerifiedStep> {
    const { name, type, input, status, undo_status, result } = step;
    const shown = { name, type, changes: [], reason: null };
    if (status !== 'completed' || undo_status === 'completed' || input === null)
      return { ...shown, state: 'not_made' };
    const kind = STEP_TYPES.get(type)?.kind ?? '';
    if (!this.kinds.isLasting(kind))
      return { ...shown, state: 'not_checkable', reason: 'Steps of this type leave nothing to look at' };
    try {
      const request = { kind, input, origin: 'workflow', metadata: { team: run.team } } as const;
      const changes = await this.provisions.plan(request, { ...context, made: result ?? undefined });
      return { ...shown, changes, state: changes.length > 0 ? 'differs' : 'holds' };
    } catch (error) {
      if (error instanceof PlannedByWorker)
        return { ...shown, state: 'not_checked', reason: 'Only a worker can look, and none is asked' };
      if (!(error instanceof Problem)) throw error;
      // what the step needs is gone, or its target does not answer
      return { ...shown, state: error.status < 500 ? 'differs' : 'not_checked', reason: error.message };
    }
  }
}
