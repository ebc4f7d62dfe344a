import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { Lake } from '../../minio/lake.js';
import {
  Kind,
  newlyMade,
  type ProvisionKind,
  type ProvisionResult,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { BUCKET_NAME } from '../../policy/paths.js';

/** A bucket to create. */
export class BucketInput {
  /**
   * Name of the bucket; 3 to 63 characters of a-z 0-9 . -, a letter or digit at both ends
   * @example "reference-data"
   */
  @ApiProperty({ pattern: BUCKET_NAME.source })
  @Matches(BUCKET_NAME)
  bucket!: string;
}

/** Creates a bucket. Groups and roles define who can access it. */
@Kind('bucket', BucketInput)
@Injectable()
export class BucketKind implements ProvisionKind<BucketInput> {
  constructor(private readonly lake: Lake) {}

  subjectOf({ bucket }: BucketInput): string {
    return `bucket:${bucket}`;
  }

  validate(): Promise<void> {
    return Promise.resolve();
  }

  async plan({ bucket }: BucketInput): Promise<ShownChange[]> {
    if (await this.lake.hasBucket(bucket)) return [];
    return [{ change: 'create_bucket', target: `bucket ${bucket}`, before: null, after: {} }];
  }

  async apply({ bucket }: BucketInput): Promise<ProvisionResult> {
    const made = await this.lake.createBucket(bucket);
    const entitlement = { type: 'bucket', id: bucket };
    return { operations: [{ entitlement, action: 'create', status: made ? 'done' : 'unchanged' }] };
  }

  /** A bucket that is not empty stays. */
  async undo({ bucket }: BucketInput, made: ProvisionResult): Promise<ProvisionResult> {
    const operations: ProvisionResult['operations'] = [];
    for (const each of newlyMade(made)) {
      const gone = await this.lake.removeEmptyBucket(bucket);
      operations.push({
        ...each,
        action: 'remove',
        ...(gone ? { status: 'done' } : { status: 'skipped', message: 'it is not empty' }),
      });
    }
    return { operations };
  }
}
