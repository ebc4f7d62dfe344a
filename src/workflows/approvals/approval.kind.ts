import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';

/** A step that people approve: the run waits before it, and it begins when they have. */
@Kind('approval', STEP_TYPES.get('approval')?.input ?? {}, { requestable: false, lasting: false })
@Injectable()
export class ApprovalKind implements ProvisionKind {
  /** Each stands alone. */
  subjectOf(): string {
    return `approval:${randomUUID()}`;
  }

  validate(): Promise<void> {
    return Promise.resolve();
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  apply(): Promise<ProvisionResult> {
    return Promise.resolve({ operations: [] });
  }
}
