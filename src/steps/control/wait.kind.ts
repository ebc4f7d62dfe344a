import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { WAIT } from '../../documents/step-types/types/control.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
  Wait,
} from '../../provisioning/kinds/kind.js';

/** The input of the step type `wait`. */
export interface WaitInput {
  seconds: number;
}

/** Lets a run wait for a time. No worker is kept meanwhile. */
@Kind(WAIT.kind, WAIT.input, { requestable: false, stoppable: true, lasting: false })
@Injectable()
export class WaitKind implements ProvisionKind<WaitInput> {
  /** It waits for nobody. */
  subjectOf(): string {
    return `wait:${randomUUID()}`;
  }

  validate(): Promise<void> {
    return Promise.resolve();
  }

  plan({ seconds }: WaitInput): Promise<ShownChange[]> {
    return Promise.resolve([{ change: 'wait', target: 'the run', before: null, after: { seconds } }]);
  }

  /** Its end is stored first: whatever wakes it before, it does not begin again. */
  async apply({ seconds }: WaitInput, context: RunContext): Promise<ProvisionResult | Wait> {
    const until = (context.saved?.['until'] as string | undefined) ?? inSeconds(seconds);
    const result = { operations: [], until };
    const rest = Date.parse(until) - Date.now();
    if (rest <= 0) return result;
    if (!context.saved) await context.save(result);
    return new Wait(() => Promise.resolve(), rest);
  }
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
