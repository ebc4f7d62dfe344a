import {
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import type { Stack } from '../service/stack.js';

/** The settings of a bucket, as MinIO itself says. */
export async function settingsOf(
  stack: Stack,
  Bucket: string,
): Promise<[string | undefined, number | null, object]> {
  const { client } = stack.rootS3;
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
  const tags = await client.send(new GetBucketTaggingCommand({ Bucket })).catch((error: Error) => {
    if (error.name !== 'NoSuchTagSet') throw error;
    return { TagSet: [] };
  });
  const all = (tags.TagSet ?? []).map(({ Key, Value }) => [Key, Value]);
  return [Status, await stack.root.buckets.quota(Bucket), Object.fromEntries(all)];
}

export async function version(stack: Stack, Bucket: string, Status: 'Enabled' | 'Suspended'): Promise<void> {
  await stack.rootS3.client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }),
  );
}

/** Replaces all tags. */
export async function tag(stack: Stack, Bucket: string, tags: Record<string, string>): Promise<void> {
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await stack.rootS3.client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
}
