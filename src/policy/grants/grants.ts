import { createHash } from 'node:crypto';
import {
  type CanonicalDocument,
  type CanonicalStatement,
  MAX_DOCUMENT_BYTES,
  normalise,
} from '../documents.js';
import { withoutCovered } from './covered.js';
import { patternOf } from '../paths.js';
import {
  bucketStatement,
  bytesOfEntry,
  IDLE_ACTIONS,
  listBelowStatement,
  MAX_SHOWN_BYTES,
  objectArn,
  readStatement,
  writeStatement,
} from '../statements.js';

export type Permission = 'read' | 'write';

/** The part of a grant that a policy document needs. `prefix` is checked and has no final slash, as `parseGrantPath` returns it. */
export interface PolicyGrant {
  bucket: string;
  prefix: string;
  /** Whether the path was written with a final slash; without it the object of exactly that name is meant, too. */
  folder: boolean;
  permission: Permission;
  expiresAt?: Date;
  /** The owner who may give it: the ends stated for one owner's grants do not change those of another owner's. */
  owner?: string;
}

export interface ShardOptions {
  /** Whether write is lowered to read: for the readers of a group. */
  lower?: boolean;
  /** Distinguishes this document from all others that one user can hold: its policy name. */
  tag: string;
  /** The bucket of the subject's document without grants, which lets this bucket be asked about: documents with grants do not repeat that. */
  base?: string;
}

/** The longest name of a bucket in bytes. */
const MAX_BUCKET_BYTES = 63;

/** Stands for any date: all are written in this length. */
const ANY_DATE = '2000-01-01T00:00:00Z';

/** Stands for any tag: all are hashed to this length. */
const ANY_TAG = hash('');

/** RFC 3339 and Go support only years of four digits. */
const FIRST_INSTANT = Date.parse('0000-01-01T00:00:00Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59Z');

/**
 * What the document of any shard contains once, however many grants are in it: the envelope, and for grants without date the statements
 * without their entries. The statements about a bucket count for one bucket of the longest name, with room for the prefixes that its list
 * repeats.
 */
const BASE_BYTES =
  bytes(normalise({ Version: '2012-10-17', Statement: [] })) +
  bytesOfBucket('b'.repeat(MAX_BUCKET_BYTES)) +
  MAX_SHOWN_BYTES +
  bytesOfStatement(readStatement([])) +
  bytesOfStatement(writeStatement([]));

/** Bytes of grants (as `weightOf` counts them) that fit one shard. */
export const SHARD_CAPACITY = MAX_DOCUMENT_BYTES - BASE_BYTES;

/**
 * Upper bound, in bytes, of what this grant adds to a shard's document, whatever other grants and dates it contains: the grant's entries,
 * and every statement that it may be the first to need. Grants whose weights sum up to at most SHARD_CAPACITY make a document that MinIO
 * accepts, lowered or not.
 *
 * The base already contains the statements of one bucket: `mainBucket`, where most grants of the subject are. Without it the bound holds
 * too, and about half as many grants fit a shard. All weights of one shard must be counted with the same `mainBucket`.
 */
export function weightOf(grant: PolicyGrant, mainBucket?: string): number {
  const { bucket, prefix, permission, expiresAt } = grant;
  const pattern = patternOf(prefix);
  // of a name prefix the second and the third are the same
  const entries = new Set([pattern, objectArn(bucket, prefix), objectArn(bucket, pattern)]);
  let weight = 0;
  for (const entry of entries) weight += bytesOfEntry(entry);
  if (bucket !== mainBucket) weight += bytesOfBucket(bucket);
  // its prefix again, in the one statement that lists it; the base already counts the prefixes of the other statement
  if (bucket !== mainBucket || expiresAt) weight += Math.min(bytesOfEntry(pattern), MAX_SHOWN_BYTES);
  if (expiresAt) {
    weight += bytesOfStatement(listBelowStatement(bucket, [], { tag: ANY_TAG, before: ANY_DATE }));
    weight += bytesOfStatement(readStatement([], ANY_DATE));
    if (permission === 'write') weight += bytesOfStatement(writeStatement([], ANY_DATE));
  }
  return weight;
}

/**
 * The shard (1, 2, …) for a new grant: the lowest one with room. `loads` is the sum of the weights in each shard. Shard 0 holds no grants.
 * A grant stays in its shard, so that adding or removing one changes one document.
 */
export function placeGrant(weight: number, loads: ReadonlyMap<number, number>): number {
  if (weight > SHARD_CAPACITY) throw new RangeError('a grant that fits no shard');
  let shard = 1;
  while ((loads.get(shard) ?? 0) + weight > SHARD_CAPACITY) shard++;
  return shard;
}

/**
 * The shard of each of these grants, by their current weights: this version may compute larger weights than the version that placed them.
 * Earlier grants stay. Those that no longer fit go into new shards, so that they exist there before they leave the old ones.
 */
export function repack(grants: readonly { shard: number; weight: number }[]): number[] {
  const loads = new Map<number, number>();
  const last = Math.max(0, ...grants.map(({ shard }) => shard));
  const kept = grants.map(({ shard, weight }) => {
    const load = (loads.get(shard) ?? 0) + weight;
    if (load <= SHARD_CAPACITY) loads.set(shard, load);
    return load <= SHARD_CAPACITY;
  });
  for (let shard = 1; shard <= last; shard++) loads.set(shard, SHARD_CAPACITY);
  return grants.map(({ shard, weight }, index) => {
    if (kept[index]) return shard;
    const place = placeGrant(weight, loads);
    loads.set(place, (loads.get(place) ?? 0) + weight);
    return place;
  });
}

/**
 * The document of one shard, in canonical form. For each date, and for all grants without one together, it has at most one statement that
 * reads, one that writes, and one for each bucket that lists. Rights are the union of the grants'. Rights without a date are not repeated
 * with one, and a grant below another one that gives as much for as long adds nothing. Without grants there are no statements, and MinIO
 * refuses such a document.
 */
export function shardDocument(grants: readonly PolicyGrant[], options: ShardOptions): CanonicalDocument {
  const lasting = new Section();
  const dated = new Map<string, Section>();
  const lowered = options.lower ? grants.map((grant) => ({ ...grant, permission: 'read' as const })) : grants;
  for (const grant of withoutCovered(lowered)) {
    const { expiresAt } = grant;
    const section = expiresAt ? computed(dated, dateText(expiresAt), () => new Section()) : lasting;
    section.add(grant);
  }
  for (const section of dated.values()) section.leaveOut(lasting);
  const buckets = new Set(grants.map(({ bucket }) => bucket));
  // with the read and the write statement together, these are smaller than the statement about the bucket
  const idle = buckets.delete(options.base ?? '') ? idleActions(options.tag) : [];
  const Statement = [
    ...[...buckets].map((bucket) => bucketStatement(bucket)),
    ...lasting.statements(options.tag).map((statement) => withIdle(statement, idle)),
    ...[...dated].flatMap(([before, section]) => section.statements(options.tag, before)),
  ];
  return normalise({ Version: '2012-10-17', Statement });
}

/**
 * The base document of a group, its shard 0: it allows requests about the bucket itself and nothing more. Every group has a mapping,
 * because without one MinIO reads the disk at each authorization.
 */
export function groupBaseDocument(bucket: string): CanonicalDocument {
  return normalise({ Version: '2012-10-17', Statement: [bucketStatement(bucket)] });
}

/** What the grants of one expiry give together. */
class Section {
  private readonly listed = new Map<string, Set<string>>();
  private readonly read = new Set<string>();
  private readonly written = new Set<string>();

  add({ bucket, prefix, folder, permission }: PolicyGrant): void {
    const below = objectArn(bucket, patternOf(prefix));
    const exact = objectArn(bucket, prefix);
    computed(this.listed, bucket, () => new Set()).add(prefix);
    (permission === 'write' ? this.written : this.read).add(below);
    // every key of a name prefix is meant by one pattern
    if (exact === below) return;
    // s3a asks for a folder as if it were a file first: reading the exact key is part of every grant.
    (permission === 'write' && !folder ? this.written : this.read).add(exact);
  }

  /** Drops what `other` gives already; `other` holds whenever this section does. */
  leaveOut(other: Section): void {
    for (const [bucket, prefixes] of other.listed) remove(this.listed.get(bucket), prefixes);
    for (const given of [other.read, other.written]) remove(this.read, given);
    remove(this.written, other.written);
  }

  statements(tag: string, before?: string): CanonicalStatement[] {
    const listTag = hash(`${tag} ${before ?? ''}`);
    const read = [...this.read].filter((arn) => !this.written.has(arn));
    const lists = [...this.listed].filter(([, prefixes]) => prefixes.size > 0);
    return [
      ...lists.map(([bucket, set]) => listBelowStatement(bucket, [...set], { tag: listTag, before })),
      ...(read.length > 0 ? [readStatement(read, before)] : []),
      ...(this.written.size > 0 ? [writeStatement([...this.written], before)] : []),
    ];
  }
}

/** Some of IDLE_ACTIONS, by the document. */
function idleActions(tag: string): string[] {
  const number = createHash('sha256').update(tag).digest().readUInt8();
  return IDLE_ACTIONS.filter((_, bit) => (number >> bit) & 1);
}

/** Adds actions that give nothing to a statement about objects. */
function withIdle(statement: CanonicalStatement, idle: readonly string[]): CanonicalStatement {
  return statement.Condition ? statement : { ...statement, Action: [...statement.Action, ...idle] };
}

/** RFC 3339 in whole seconds, as MinIO keeps it: fractions are cut off, so a grant never ends late. */
function dateText(date: Date): string {
  const time = Math.min(Math.max(date.getTime(), FIRST_INSTANT), LAST_INSTANT);
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** 66 bits of SHA-256: short, without wildcards. Two tags of one user never collide in practice (a collision would only be slower). */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 11);
}

/** Both statements of a bucket without date, without entries. */
function bytesOfBucket(bucket: string): number {
  const list = listBelowStatement(bucket, [], { tag: ANY_TAG });
  return bytesOfStatement(bucketStatement(bucket)) + bytesOfStatement(list);
}

/** With the comma after it. */
function bytesOfStatement(statement: CanonicalStatement): number {
  return bytes(statement) + 1;
}

/** As JSON is sent: escapes and UTF-8 counted. */
function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function remove<T>(from: Set<T> | undefined, given: ReadonlySet<T>): void {
  for (const value of given) from?.delete(value);
}

function computed<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
