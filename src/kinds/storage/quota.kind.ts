import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Matches, Max, Min, ValidateIf } from 'class-validator';
import type { Thing } from '../../common/problems/missing-things.js';
import {
  type AskContext,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { BUCKET_NAME } from '../../policy/paths.js';
import { BucketChanges } from './bucket-changes.js';
import { changesOf, ChangeRecord } from './change-record.js';

/** The limit of a bucket that exists. */
export class QuotaInput {
  /**
   * Name of the bucket
   * @example "reference-data"
   */
  @ApiProperty({ pattern: BUCKET_NAME.source })
  @Matches(BUCKET_NAME)
  bucket!: string;

  /**
   * The most bytes that the bucket may hold; null: no limit. MinIO counts with a delay, so it may be exceeded for a while
   * @example 50000000000
   */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, nullable: true })
  @ValidateIf(({ quota_bytes: value }: QuotaInput) => value !== null)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  quota_bytes!: number | null;
}

/** Limits the bytes of a bucket. */
@Kind('quota', QuotaInput)
@Injectable()
export class QuotaKind implements ProvisionKind<QuotaInput> {
  constructor(private readonly changes: BucketChanges) {}

  subjectOf({ bucket }: QuotaInput): string {
    return `bucket:${bucket}`;
  }

  validate(): Promise<void> {
    return Promise.resolve();
  }

  plan({ bucket, quota_bytes }: QuotaInput, { expected }: AskContext): Promise<ShownChange[]> {
    return this.changes.plan(bucket, { quota_bytes }, expected?.has({ kind: 'bucket', name: bucket }));
  }

  needs({ bucket }: QuotaInput): Thing[] {
    return [{ kind: 'bucket', name: bucket }];
  }

  async apply({ bucket, quota_bytes }: QuotaInput, context: RunContext): Promise<ProvisionResult> {
    const record = new ChangeRecord(context);
    const operations = await this.changes.apply(bucket, { quota_bytes }, record);
    return { operations, changes: record.changes, outputs: { bucket } };
  }

  /** The former limit, unless somebody has changed it since. */
  async undo({ bucket }: QuotaInput, made: ProvisionResult): Promise<ProvisionResult> {
    return { operations: await this.changes.undo(bucket, changesOf(made)) };
  }
}
