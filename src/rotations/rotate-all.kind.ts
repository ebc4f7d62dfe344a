import { Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { Problem, reasonOf } from '../common/problems/problem.js';
import { forEachConcurrently } from '../common/work/concurrency.js';
import type { Executor, ProvisionRow, RotationRow, RotationSubjectRow } from '../database/schema.js';
import { storageUnavailable } from '../minio/minio-admin.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../provisioning/kinds/kind.js';
import { RotationsStore } from './rotations.store.js';
import { RunEnded, Step } from './step.js';
import { StepsStore } from './steps.store.js';

export const ROTATION_KIND = 'credentials.rotate_all';
/** Subjects at a time: logins go on beside them. */
const AT_ONCE = 4;
const BATCH = 200;
/** Tries of a subject that MinIO refuses. */
const PATIENCE = 10;

/** A rotation of everybody's secret. */
export class RotateAllInput {
  /** Its id */
  @IsUUID()
  rotation_id!: string;
}

/** Rotates the secrets of all whom a rotation names. Only {@link Rotations} creates one. */
@Kind(ROTATION_KIND, RotateAllInput, {
  requestable: false,
  instead: 'is requested with POST /admin/rotate-all',
  long: true,
  stoppable: true,
})
@Injectable()
export class RotateAllKind implements ProvisionKind<RotateAllInput> {
  constructor(
    private readonly store: RotationsStore,
    private readonly steps: StepsStore,
    private readonly step: Step,
  ) {}

  /** All runs have the same. */
  subjectOf(): string {
    return 'credentials';
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  async apply({ rotation_id: id }: RotateAllInput, context: RunContext): Promise<ProvisionResult> {
    const rotation = await this.store.begin(id, context.provisionId);
    if (!rotation) throw new Problem('not_possible', 'Another rotation is in progress, or this one is over');
    for (;;) {
      const batch = await this.steps.waiting(id, BATCH);
      if (batch.length === 0) break;
      const reasons = await this.runBatch(batch, rotation, context);
      // nobody got on: later
      if (reasons.length === batch.length && (await this.steps.waiting(id, 1)).length > 0)
        throw storageUnavailable(`Some wait: ${reasons.at(-1)}`);
    }
    const counts = await this.store.counts(id);
    if (counts.failed > 0)
      throw new Problem('not_possible', `${counts.failed} of ${counts.total} could not be rotated`);
    const operation = { entitlement: { type: 'credentials' }, action: 'change', status: 'done' } as const;
    return { operations: [operation], ...counts };
  }

  recorded({ rotation_id: id }: RotateAllInput, row: ProvisionRow, trx: Executor): Promise<void> {
    return this.store.recorded(id, row, trx);
  }

  async progress({ rotation_id: id }: RotateAllInput): Promise<Record<string, number>> {
    return { ...(await this.store.counts(id)) };
  }

  /** Why those who did not get on did not. */
  private async runBatch(
    batch: readonly RotationSubjectRow[],
    rotation: RotationRow,
    context: RunContext,
  ): Promise<string[]> {
    const reasons: string[] = [];
    await forEachConcurrently(batch, AT_ONCE, async (target) => {
      await context.guard();
      try {
        await this.step.run({ rotation, target, actor: context.actor });
      } catch (error) {
        reasons.push(await this.failed(target, error));
      }
    });
    return reasons;
  }

  /** Records why it did not work. Throws what concerns all: then the run goes on later, with those who were not tried. */
  private async failed(target: RotationSubjectRow, error: unknown): Promise<string> {
    if (error instanceof RunEnded) throw error;
    const reason = reasonOf(error);
    const isRefused = error instanceof Problem && (error.status < 500 || error.code === 'storage_error');
    const most = error instanceof Problem && error.status < 500 ? 1 : PATIENCE;
    await this.steps.failed(target, reason, isRefused ? most : null);
    if (!isRefused && reason.code !== 'busy') throw error;
    return reason.detail;
  }
}
