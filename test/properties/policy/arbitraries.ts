import fc from 'fast-check';
import type { PolicyGrant } from '../../../src/policy/grants/grants.js';
import { parsePath } from '../../../src/policy/paths.js';

/** A grant with what matters given and the rest ordinary. */
export function grantOf(given: Partial<PolicyGrant>): PolicyGrant {
  return {
    bucket: 'cdm-lake',
    prefix: 'users-warehouse/bob/data',
    folder: true,
    permission: 'read',
    ...given,
  };
}

/** Names that are the start of one another, look like patterns to somebody, or are more bytes than letters. */
const segment = fc.constantFrom(
  ...[
    'a',
    'ab',
    'a b',
    'a2',
    'a.b',
    'day=2026-01-01',
    'x%20y',
    'p+q',
    '"',
    "it's",
    'é',
    'e\u0301',
    '語',
    '😀',
    '..b',
    'A',
    '&<>',
  ],
);

const shortPrefix = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

const longPrefix = fc
  .tuple(shortPrefix, fc.constantFrom('"', 'x', 'é', '😀'), fc.nat({ max: 900 }))
  .map(
    ([start, letter, length]) =>
      `${start}/${letter.repeat(Math.floor(length / Buffer.byteLength(letter)) + 1)}`,
  );

const BUCKETS = ['cdm-lake', 'cdm-lake', 'cdm-lake2', 'other', 'b'.repeat(63)];

/** Few of them are equal to the second, so dates meet. */
const date = fc.integer({ min: 0, max: 40 }).map((n) => new Date(Date.UTC(2030, 0, 1) + n * 700));

/** A grant whose path the API would take. `long`: up to the limit of a key, in many buckets. */
export function anyGrant({ long = false, dated = true } = {}): fc.Arbitrary<PolicyGrant> {
  const bucket = fc.constantFrom(...BUCKETS);
  const anyBucket = fc.oneof(
    bucket,
    fc.integer({ min: 100, max: 999 }).map((n) => `b${n}`),
  );
  return fc
    .record({
      bucket: long ? anyBucket : bucket,
      prefix: long ? fc.oneof(shortPrefix, longPrefix) : shortPrefix,
      folder: fc.boolean(),
      permission: fc.constantFrom('read' as const, 'write' as const),
      expiresAt: dated ? fc.option(date, { nil: undefined }) : fc.constant(undefined),
    })
    .filter(({ bucket, prefix }) => parsePath(`s3a://${bucket}/${prefix}/`).ok)
    .map(({ expiresAt, ...grant }) => (expiresAt ? { ...grant, expiresAt } : grant));
}

/** What one shard may hold: nested, neighbouring and equal paths included. */
export const anyGrants = fc.array(anyGrant(), { minLength: 1, maxLength: 12 });

/** Grants of which none is in or around another, so each statement and each path of a document matters. Not all without date. */
export const separateGrants = fc
  .array(anyGrant(), { minLength: 1, maxLength: 6 })
  .map((grants) => grants.map((grant, index) => ({ ...grant, prefix: `top${index}/${grant.prefix}/end` })));
