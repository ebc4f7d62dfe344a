import { Injectable } from '@nestjs/common';
import { Kind, type ProvisionResult, type RunContext, type Wait } from '../../provisioning/kinds/kind.js';
import { OrderedRunKind } from '../ordered/ordered-run.kind.js';
import type { RunRequest } from '../plan/run-request.js';
import { RunInProgress } from '../runs/run-in-progress.js';
import { TriggeredRunInput } from './event.dto.js';

export const TRIGGERED_RUN_KIND = 'workflow.triggered';

/** A run that an event starts. Where another run of the workflow is active it waits for that one: nobody is there to ask again. */
@Kind(TRIGGERED_RUN_KIND, TriggeredRunInput, {
  requestable: false,
  instead: 'is started by what happens',
  partial: true,
  redrivable: false,
  lasting: false,
})
@Injectable()
export class TriggeredRunKind extends OrderedRunKind {
  override async apply(input: TriggeredRunInput, context: RunContext): Promise<ProvisionResult | Wait> {
    try {
      return await super.apply(input, context);
    } catch (error) {
      if (!(error instanceof RunInProgress)) throw error;
      return this.ordered.waitForOther(error.runId, context.provisionId);
    }
  }

  protected override requestOf(input: TriggeredRunInput): RunRequest {
    return { ...super.requestOf(input), event: input.event };
  }
}
