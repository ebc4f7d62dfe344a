import type { AccessRequest } from '../evaluate.js';
import type { PolicyGrant } from '../grants.js';
import { BUCKET_ACTIONS, OWNER_ACTION, READ_ACTIONS, SERVER_ACTIONS, WRITE_ACTIONS } from './actions.js';

/** Before and after every date that a document may contain: a right without date holds then, too. */
export const ALWAYS = ['1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z'];

/** When to ask. */
export interface Moments {
  now: Date;
  /** Moments that any date lies between; empty if neither the grants nor the document know time. */
  always: readonly string[];
}

const GRANTED_ACTIONS = [...READ_ACTIONS, ...WRITE_ACTIONS];

/** What grants give, what only an owner gets, and one that nobody gets. */
const KEY_ACTIONS = [...GRANTED_ACTIONS, OWNER_ACTION, 's3:GetObjectVersion'];

/** A moment as MinIO passes it to a policy: RFC 3339 in whole seconds of UTC. */
export function instant(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A word that occurs in none of the texts, so that no grant names it by accident. */
export function unnamed(texts: readonly string[]): string {
  let token = 'probe';
  while (texts.some((text) => text.includes(token))) token += '-';
  return token;
}

/**
 * The borders of one grant: the grant's path and below it at the moments when it may begin and end, then the neighborhood: names that start
 * the same, its parent, another name in its parent, and listings of all these, alone and with the grant's own prefix as a second value.
 */
export function* probesOf(grant: PolicyGrant, moments: Moments, token: string): Generator<AccessRequest> {
  const { bucket, prefix, expiresAt } = grant;
  const now = instant(moments.now.getTime());
  const end = expiresAt?.getTime();
  yield* onKeys(bucket, [prefix, `${prefix}/${token}`, `${prefix}/${token}/${token}`], now);
  yield* listings(bucket, [`${prefix}/`, `${prefix}/${token}/`, prefix], now);
  for (const moment of end === undefined ? moments.always : [instant(end - 1000), instant(end)]) {
    yield* onKeys(bucket, [prefix, `${prefix}/${token}`], moment, GRANTED_ACTIONS);
    yield* listings(bucket, [`${prefix}/`], moment);
  }
  const parent = prefix.slice(0, Math.max(prefix.lastIndexOf('/'), 0));
  const inParent = parent === '' ? token : `${parent}/${token}`;
  const beside = [`${prefix}${token}`, inParent, ...shortened(prefix), ...(parent ? [parent] : [])];
  yield* onKeys(bucket, beside, now, ['s3:GetObject', 's3:PutObject']);
  yield* onKeys(`${bucket}${token}`, [`${prefix}/${token}`], now, ['s3:GetObject', 's3:PutObject']);
  const foreign = [`${prefix}${token}/`, `${prefix}${token}`, `${parent}/`, parent, `${inParent}/`];
  yield* listings(bucket, foreign, now);
  yield* listings(
    bucket,
    ['', ...foreign].map((each) => [each, `${prefix}/`]),
    now,
  );
}

/**
 * What a grant gives, and two names that start the same, for a grant whose borders were asked when it was new. What other grants' entries
 * could give there by mistake, they show themselves: by their own borders, and by the requests that the document names.
 */
export function* heldProbesOf(
  { bucket, prefix, expiresAt }: PolicyGrant,
  moments: Moments,
  token: string,
): Generator<AccessRequest> {
  const end = expiresAt?.getTime();
  const now = instant(moments.now.getTime());
  for (const moment of end === undefined ? [now] : [now, instant(end - 1000), instant(end)]) {
    yield* onKeys(bucket, [prefix, `${prefix}/${token}`], moment, GRANTED_ACTIONS);
    yield* listings(bucket, [`${prefix}/`], moment);
  }
  yield* onKeys(bucket, [`${prefix}${token}`], now, ['s3:GetObject', 's3:PutObject']);
  yield* listings(bucket, [`${prefix}${token}/`], now);
}

/** Questions about whole buckets and the server: these buckets, and one without any grant. */
export function* bucketProbes(
  buckets: ReadonlySet<string>,
  { now, always }: Moments,
  token: string,
): Generator<AccessRequest> {
  for (const moment of [instant(now.getTime()), ...always]) {
    const conditions = { 'aws:CurrentTime': moment };
    for (const bucket of [...buckets, token]) {
      for (const action of BUCKET_ACTIONS) yield { action, bucket, conditions };
      yield* onKeys(bucket, [token], moment);
      yield* listings(bucket, ['', '/', token], moment);
    }
    for (const action of [...SERVER_ACTIONS, `admin:${token}`]) yield { action, bucket: '', conditions };
  }
}

function* onKeys(
  bucket: string,
  keys: readonly string[],
  moment: string,
  actions: readonly string[] = KEY_ACTIONS,
): Generator<AccessRequest> {
  const conditions = { 'aws:CurrentTime': moment };
  for (const key of keys) {
    for (const action of actions) yield { action, bucket, key, conditions };
  }
}

function* listings(
  bucket: string,
  prefixes: readonly (string | string[])[],
  moment: string,
): Generator<AccessRequest> {
  for (const prefix of prefixes) {
    yield { action: 's3:ListBucket', bucket, conditions: { 's3:prefix': prefix, 'aws:CurrentTime': moment } };
  }
}

/** The path without its last letter, unless that is another spelling of a folder above (`a/`, `a/..`), which MinIO cleans. */
function shortened(prefix: string): string[] {
  const path = [...prefix].slice(0, -1).join('');
  return /(?:^|\/)\.{0,2}$/.test(path) ? [] : [path];
}
