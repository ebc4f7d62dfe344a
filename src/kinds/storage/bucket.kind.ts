import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsObject, Matches, Max, Min } from 'class-validator';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { Optional } from '../../common/http/validation.js';
import { Lake } from '../../minio/lake.js';
import type { LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  type AskContext,
  Kind,
  newlyMade,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { BUCKET_NAME } from '../../policy/paths.js';
import { BucketChanges } from './bucket-changes.js';
import { changesOf, ChangeRecord } from './change-record.js';
import { requireTags } from './setting-changes.js';

/** A bucket, and settings that it should have. */
export class BucketInput {
  /**
   * Name of the bucket; 3 to 63 characters of a-z 0-9 . -, a letter or digit at both ends
   * @example "reference-data"
   */
  @ApiProperty({ pattern: BUCKET_NAME.source })
  @Matches(BUCKET_NAME)
  bucket!: string;

  /**
   * `true`: old versions of objects are kept. `false` leaves it as it is: versioning is never switched off
   * @example true
   */
  @Optional()
  @IsBoolean()
  versioning?: boolean;

  /**
   * The most bytes that the bucket may hold. MinIO counts with a delay, so it may be exceeded for a while
   * @example 50000000000
   */
  @Optional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  quota_bytes?: number;

  /**
   * Tags to set, by key; other tags stay
   * @example { "team": "field" }
   */
  @Optional({ type: 'object', additionalProperties: { type: 'string', maxLength: 256 }, maxProperties: 50 })
  @IsObject()
  tags?: Record<string, string>;

  /** `absent`: the bucket should be removed. One that is not empty is never removed */
  @Optional()
  @IsIn(['present', 'absent'])
  state: 'present' | 'absent' = 'present';
}

/** Creates a bucket and gives it settings. Groups and roles define who can access it. */
@Kind('bucket', BucketInput)
@Injectable()
export class BucketKind implements ProvisionKind<BucketInput> {
  constructor(
    private readonly lake: Lake,
    private readonly changes: BucketChanges,
  ) {}

  subjectOf({ bucket }: BucketInput): string {
    return `bucket:${bucket}`;
  }

  validate({ tags = {}, state, versioning, quota_bytes }: BucketInput): Promise<void> {
    const hasSettings = versioning === true || quota_bytes !== undefined || Object.keys(tags).length > 0;
    if (state === 'absent' && hasSettings) throw brokenRule('input.state', 'must be present with settings');
    requireTags(tags, 'input.tags');
    return Promise.resolve();
  }

  async plan(input: BucketInput, { expected }: AskContext): Promise<ShownChange[]> {
    const { bucket } = input;
    const isExpected = expected?.has({ kind: 'bucket', name: bucket });
    if (input.state === 'absent') return this.planRemoval(bucket, isExpected);
    const settings = await this.changes.plan(bucket, input, true);
    if (isExpected ?? (await this.lake.hasBucket(bucket))) return settings;
    return [{ change: 'create_bucket', target: `bucket ${bucket}`, before: null, after: {} }, ...settings];
  }

  leaves({ bucket, state }: BucketInput): LeftThing[] {
    return [{ kind: 'bucket', name: bucket, there: state !== 'absent' }];
  }

  async apply(input: BucketInput, context: RunContext): Promise<ProvisionResult> {
    const { bucket } = input;
    if (input.state === 'absent') return this.remove(bucket);
    const record = new ChangeRecord(context);
    const created = await this.create(bucket, record);
    const operations = [created, ...(await this.changes.apply(bucket, input, record))];
    return { operations, changes: record.changes, outputs: { bucket } };
  }

  /** A bucket that is not empty stays, with the settings that it had before. */
  async undo({ bucket }: BucketInput, made: ProvisionResult): Promise<ProvisionResult> {
    const created = newlyMade(made).map((each): Operation => ({ ...each, action: 'remove' }));
    if (created.length > 0) {
      if (await this.lake.removeEmptyBucket(bucket)) return { operations: created };
      for (const each of created) Object.assign(each, { status: 'skipped', message: 'it is not empty' });
    }
    return { operations: [...created, ...(await this.changes.undo(bucket, changesOf(made)))] };
  }

  private async planRemoval(bucket: string, isExpected?: boolean): Promise<ShownChange[]> {
    const isThere = isExpected !== false && (await this.lake.hasBucket(bucket));
    if (isThere && !(await this.lake.isEmpty(bucket))) throw notEmpty(bucket);
    if (!(isExpected ?? isThere)) return [];
    return [{ change: 'remove_bucket', target: `bucket ${bucket}`, before: {}, after: null }];
  }

  private async remove(bucket: string): Promise<ProvisionResult> {
    const status = (await this.lake.hasBucket(bucket)) ? 'done' : 'skipped';
    if (!(await this.lake.removeEmptyBucket(bucket))) throw notEmpty(bucket);
    return { operations: [{ entitlement: { type: 'bucket', id: bucket }, action: 'remove', status }] };
  }

  private async create(bucket: string, record: ChangeRecord): Promise<Operation> {
    const entitlement = { type: 'bucket', id: bucket };
    const done: Operation = { entitlement, action: 'create', status: 'done' };
    const unchanged: Operation = { ...done, status: 'unchanged' };
    if (await this.lake.hasBucket(bucket)) return record.made[0] ?? unchanged;
    await record.creating([done]);
    if (await this.lake.createBucket(bucket)) return done;
    // somebody else was faster
    await record.creating([unchanged]);
    return unchanged;
  }
}

function notEmpty(bucket: string): Problem {
  return new Problem('not_possible', `The bucket ${bucket} is not empty`);
}
