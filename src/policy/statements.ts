import type { CanonicalStatement } from './documents.js';
import { arnOf, patternOf } from './paths.js';

/** A reader's actions on objects. Tags are included: the AWS CLI reads them before it copies an object in parts. */
const READ_ACTIONS = ['s3:GetObject', 's3:GetObjectTagging'];

/** A writer's actions on objects, reading included. Abort and ListParts: otherwise a failed upload leaves parts that nobody may remove. */
const WRITE_ACTIONS = [
  's3:AbortMultipartUpload',
  's3:DeleteObject',
  's3:DeleteObjectTagging',
  's3:GetObject',
  's3:GetObjectTagging',
  's3:ListMultipartUploadParts',
  's3:PutObject',
  's3:PutObjectTagging',
];

/** Deletes a version permanently. The archived server only checks whether it is denied; newer servers require it beside DeleteObject. */
const OWNER_ACTIONS = [...WRITE_ACTIONS, 's3:DeleteObjectVersion'];

/**
 * Actions about a bucket. In a statement whose Resource names objects they give nothing. At every request MinIO compares all statements of a
 * user pairwise, and the Resources of two, which can be long, only if their Actions agree: with some of these, those of many documents do
 * not. Every holder may take these actions anyway.
 */
export const IDLE_ACTIONS = ['s3:GetBucketLocation', 's3:HeadBucket'];

/** Bytes of prefixes, as JSON is sent, in the `StringLike` of a list statement: sixteen of 60 bytes. A `*` beside them takes a few more. */
const SHOWN_BYTES = 1024;
export const MAX_SHOWN_BYTES = SHOWN_BYTES + bytesOfEntry('*');

/**
 * Lets a client see that the bucket exists (`mc ls`, ListBuckets), pyarrow probe it before it writes, and tools ask whether it keeps
 * versions. `s3:HeadBucket` is MinIO's own action; without it HeadBucket needs an unconditional ListBucket. None lists anything.
 */
export function bucketStatement(buckets: string | readonly string[], sid?: string): CanonicalStatement {
  return {
    ...(sid === undefined ? {} : { Sid: sid }),
    Effect: 'Allow',
    Action: ['s3:GetBucketLocation', 's3:GetBucketVersioning', 's3:HeadBucket'],
    Resource: [buckets].flat().map(arnOf),
  };
}

/** A prefix in a bucket, written without a slash. */
export interface OwnedPrefix {
  bucket: string;
  prefix: string;
}

/**
 * Lists what is below each of the prefixes of a bucket (written without a slash) and nothing else. The slash before the star is essential:
 * `alice*`, or a bare `alice`, would also list `alice2/`. The empty star matches `prefix/` itself.
 */
export function listStatement(sid: string, bucket: string, prefixes: readonly string[]): CanonicalStatement {
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: [arnOf(bucket), neverMatchingArn(prefixes[0] ?? '')],
    Condition: below(prefixes),
  };
}

/**
 * Reads objects whose key is exactly one of these prefixes. s3a of Hadoop requests a path as a file before it lists it: 403 stops it there,
 * 404 does not.
 */
export function probeStatement(sid: string, owned: readonly OwnedPrefix[]): CanonicalStatement {
  const Resource = owned.map(({ bucket, prefix }) => objectArn(bucket, prefix));
  return { Sid: sid, Effect: 'Allow', Action: [...READ_ACTIONS], Resource };
}

/** Reads, writes and deletes every object below these prefixes, including multipart uploads, tags and versions. */
export function ownerStatement(sid: string, owned: readonly OwnedPrefix[]): CanonicalStatement {
  const Resource = owned.map(({ bucket, prefix }) => objectArn(bucket, `${prefix}/*`));
  return { Sid: sid, Effect: 'Allow', Action: [...OWNER_ACTIONS], Resource };
}

/** The ARN of one object, or with `/*` at the end of everything below a prefix. */
export function objectArn(bucket: string, key: string): string {
  return arnOf(`${bucket}/${key}`);
}

/**
 * Lists what is below each of the prefixes (written without a slash), and every key of a name prefix. One statement belongs to one bucket: its conditions hold for every
 * bucket in its Resource. `tag` makes its Resource unique among the statements that one user can hold.
 */
export function listBelowStatement(
  bucket: string,
  prefixes: readonly string[],
  options: { tag: string; before?: string | undefined },
): CanonicalStatement {
  const { tag, before } = options;
  return {
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: [arnOf(bucket), neverMatchingArn(tag)],
    Condition: { ...until(before), ...below(prefixes) },
  };
}

/** Reads the objects of these ARNs, until the instant `before` if there is one. */
export function readStatement(arns: readonly string[], before?: string): CanonicalStatement {
  return objectStatement([...READ_ACTIONS], arns, before);
}

/** Reads, writes and deletes the objects of these ARNs, including multipart uploads and tags, until the instant `before` if given. */
export function writeStatement(arns: readonly string[], before?: string): CanonicalStatement {
  return objectStatement([...WRITE_ACTIONS], arns, before);
}

function objectStatement(Action: string[], arns: readonly string[], before?: string): CanonicalStatement {
  const Condition = until(before);
  return {
    Effect: 'Allow',
    Action,
    Resource: [...arns],
    ...(before === undefined ? {} : { Condition }),
  };
}

/**
 * Every prefix that a request names, however often it repeats the key, is below one of these, and it names one.
 *
 * `StringLike` alone is satisfied by any of several values, and MinIO lists the first. `ForAllValues` alone is satisfied by a request
 * without the key, which lists everything. `Null` would require the key, too, but MinIO's console cannot read it here. The console makes
 * the folders that a person can click through from the values of `StringLike`. So it has the same values, as long as they are short, and
 * `*` beyond that.
 */
function below(prefixes: readonly string[]): Record<string, Record<string, string[]>> {
  const all = [...new Set(prefixes.map(patternOf))].sort();
  return { 'ForAllValues:StringLike': { 's3:prefix': all }, StringLike: { 's3:prefix': shown(all) } };
}

function shown(patterns: readonly string[]): string[] {
  let room = SHOWN_BYTES;
  const fitting = patterns.findIndex((pattern) => (room -= bytesOfEntry(pattern)) < 0);
  return fitting < 0 ? [...patterns] : [...patterns.slice(0, fitting), '*'];
}

/** Of one text in a set, as JSON is sent, with the comma after it. */
export function bytesOfEntry(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) + 1;
}

/** The instant is in RFC 3339 and whole seconds of UTC: what MinIO keeps, and the spelling of the canonical form. */
function until(before?: string): Record<string, Record<string, string[]>> {
  return before === undefined ? {} : { DateLessThan: { 'aws:CurrentTime': [before] } };
}

/**
 * Denies MinIO's self-service: without this a user, or a session of theirs, may set the user's own secret and create access keys that
 * outlive both, because MinIO only checks whether that is denied. It needs no Resource: MinIO ignores it there.
 */
export function noAdminStatement(): CanonicalStatement {
  return { Sid: 'NoAdmin', Effect: 'Deny', Action: ['admin:*'] };
}

/**
 * An object ARN that no request can match, to make the Resource of each ListBucket statement unique. At every request MinIO compares all
 * statements of a user pairwise, by their printed conditions if Action and Resource agree; with this ARN they do not.
 *
 * It never matches: a bucket has three letters or more, MinIO refuses any other name before it checks permission, and the ARN contains no
 * wildcard. It lies below no real bucket, because MinIO's console shows the path of such an ARN as folders of the bucket.
 */
function neverMatchingArn(tag: string): string {
  return arnOf(`-/${tag}`);
}
