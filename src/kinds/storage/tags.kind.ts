import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsObject, Matches } from 'class-validator';
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
import { requireTags } from './setting-changes.js';

/** Tags of a bucket that exists. */
export class TagsInput {
  /**
   * Name of the bucket
   * @example "reference-data"
   */
  @ApiProperty({ pattern: BUCKET_NAME.source })
  @Matches(BUCKET_NAME)
  bucket!: string;

  /**
   * Tags to set, by key; other tags stay
   * @example { "team": "field" }
   */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 256 },
    maxProperties: 50,
  })
  @IsObject()
  tags!: Record<string, string>;
}

/** Sets tags of a bucket. */
@Kind('tags', TagsInput)
@Injectable()
export class TagsKind implements ProvisionKind<TagsInput> {
  constructor(private readonly changes: BucketChanges) {}

  subjectOf({ bucket }: TagsInput): string {
    return `bucket:${bucket}`;
  }

  validate({ tags }: TagsInput): Promise<void> {
    requireTags(tags, 'input.tags');
    return Promise.resolve();
  }

  plan({ bucket, tags }: TagsInput, { expected }: AskContext): Promise<ShownChange[]> {
    return this.changes.plan(bucket, { tags }, expected?.has({ kind: 'bucket', name: bucket }));
  }

  needs({ bucket }: TagsInput): Thing[] {
    return [{ kind: 'bucket', name: bucket }];
  }

  async apply({ bucket, tags }: TagsInput, context: RunContext): Promise<ProvisionResult> {
    const record = new ChangeRecord(context);
    const operations = await this.changes.apply(bucket, { tags }, record);
    return { operations, changes: record.changes, outputs: { bucket } };
  }

  /** The former tags, as far as nobody has changed them since. */
  async undo({ bucket }: TagsInput, made: ProvisionResult): Promise<ProvisionResult> {
    return { operations: await this.changes.undo(bucket, changesOf(made)) };
  }
}
