import type { CanonicalStatement } from './documents.js';

const ARN = 'arn:aws:s3:::';

/** What an owner does to the objects of a home. Abort and ListParts: else a failed upload leaves parts nobody may remove. */
const OWNER_ACTIONS = [
  's3:AbortMultipartUpload',
  's3:DeleteObject',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:PutObject',
];

/**
 * Lets a client learn that the bucket is there (`mc ls`, ListBuckets) and pyarrow probe it before it writes. `s3:HeadBucket`
 * is MinIO's own action; without it HeadBucket needs an unconditional ListBucket. Neither lists anything.
 */
export function bucketStatement(bucket: string): CanonicalStatement {
  return {
    Sid: 'Bucket',
    Effect: 'Allow',
    Action: ['s3:GetBucketLocation', 's3:HeadBucket'],
    Resource: [ARN + bucket],
  };
}

/**
 * Lists what is below `prefix` (written without a slash) and nothing beside it. The slash before the star is the wall:
 * `alice*`, or a bare `alice`, would also list `alice2/`. The empty star matches `prefix/` itself.
 */
export function listStatement(sid: string, bucket: string, prefix: string): CanonicalStatement {
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: [ARN + bucket, neverMatchingArn(bucket, prefix)],
    Condition: { StringLike: { 's3:prefix': [`${prefix}/*`] } },
  };
}

/**
 * Reads an object whose key is exactly `prefix`. Hadoop's s3a asks for a path as a file before it lists it as a folder; without
 * this it stops at 403 where 404 would let it go on.
 */
export function probeStatement(sid: string, bucket: string, prefix: string): CanonicalStatement {
  return { Sid: sid, Effect: 'Allow', Action: ['s3:GetObject'], Resource: [`${ARN}${bucket}/${prefix}`] };
}

/** Reads, writes and deletes every object below `prefix` (written without a slash), uploads in parts included. */
export function ownerStatement(sid: string, bucket: string, prefix: string): CanonicalStatement {
  return { Sid: sid, Effect: 'Allow', Action: [...OWNER_ACTIONS], Resource: [`${ARN}${bucket}/${prefix}/*`] };
}

/**
 * Takes MinIO's self-service away: without it a user, or a session of theirs, may set the user's own secret and mint access
 * keys that outlive both, because MinIO asks only whether that is denied. It needs no Resource: MinIO ignores it there.
 */
export function noAdminStatement(): CanonicalStatement {
  return { Sid: 'NoAdmin', Effect: 'Deny', Action: ['admin:*'] };
}

/**
 * An object ARN that no request can meet, to make the Resource of each ListBucket statement unique. At every request MinIO compares
 * all statements of a user pairwise, by their printed conditions wherever Action and Resource agree; with this they do not.
 *
 * It never matches: MinIO refuses every request and every object name with a `..` segment, its matching cleans the requested
 * path (so `/../` is in none), ListBucket itself is asked for `bucket/`, and the ARN holds no wildcard.
 */
function neverMatchingArn(bucket: string, tag: string): string {
  return `${ARN}${bucket}/../${tag}`;
}
