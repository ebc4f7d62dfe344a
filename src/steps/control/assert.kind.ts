import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import type { JsonSchema } from '../../documents/model.js';
import { ASSERT } from '../../documents/step-types/types/control.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';

/** The input of the step type `assert`, and what came out. */
export interface AssertInput {
  that: string;
  message?: string;
  /** Whether it holds, by the run. */
  holds: boolean;
}

const { properties } = ASSERT.input as { properties: Record<string, JsonSchema> };
const INPUT: JsonSchema = {
  ...ASSERT.input,
  properties: { ...properties, holds: { type: 'boolean' } },
  required: ['that', 'holds'],
};

/** Ends a run if a condition does not hold. Only the run knows what the condition is about, so it has evaluated it. */
@Kind(ASSERT.kind, INPUT, { requestable: false, lasting: false })
@Injectable()
export class AssertKind implements ProvisionKind<AssertInput> {
  /** It waits for nobody. */
  subjectOf(): string {
    return `assert:${randomUUID()}`;
  }

  validate(): Promise<void> {
    return Promise.resolve();
  }

  plan({ that, holds }: AssertInput): Promise<ShownChange[]> {
    const result = holds ? 'holds' : 'does not hold';
    return Promise.resolve([{ change: 'assert', target: that, before: null, after: { result } }]);
  }

  apply({ that, message, holds }: AssertInput): Promise<ProvisionResult> {
    if (!holds) throw new Problem('unprocessable', message ?? `This does not hold: ${that}`);
    return Promise.resolve({ operations: [] });
  }
}
