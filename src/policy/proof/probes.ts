import type { AccessRequest } from '../evaluate.js';
import type { PolicyGrant } from '../grants/grants.js';
import { nameStart } from '../paths.js';
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

/**
 * A word that occurs in none of the prefixes, so that no grant names it by accident. If a name prefix is the start of it, it starts with a
 * control character, which no path contains.
 */
export function unnamed(prefixes: readonly string[]): string {
  let token = 'probe';
  while (prefixes.some((prefix) => prefix.includes(token))) token += '-';
  const starts = prefixes.flatMap((prefix) => nameStart(prefix)?.split('/').at(-1) ?? []);
  return starts.some((start) => token.startsWith(start)) ? `\u0001${token}` : token;
}

/**
 * The borders of one grant: the grant's path and below it at the moments when it may begin and end, then the neighborhood: names that start
 * the same, its parent, another name in its parent, and listings of all these, alone and with the grant's own prefix as a second value.
 */
export function* probesOf(grant: PolicyGrant, moments: Moments, token: string): Generator<AccessRequest> {
  const { bucket, expiresAt } = grant;
  const now = instant(moments.now.getTime());
  const end = expiresAt?.getTime();
  const { prefix, inside, deep, listed, listedMore, beside } = bordersOf(grant, token);
  yield* onKeys(bucket, [prefix, inside, ...deep], now);
  yield* listings(bucket, [listed, ...listedMore], now);
  for (const moment of end === undefined ? moments.always : [instant(end - 1000), instant(end)]) {
    yield* onKeys(bucket, [prefix, inside], moment, GRANTED_ACTIONS);
    yield* listings(bucket, [listed], moment);
  }
  const parent = prefix.slice(0, Math.max(prefix.lastIndexOf('/'), 0));
  const inParent = parent === '' ? token : `${parent}/${token}`;
  const around = [...beside, inParent, ...shortened(prefix), ...(parent ? [parent] : [])];
  yield* onKeys(bucket, around, now, ['s3:GetObject', 's3:PutObject']);
  yield* onKeys(`${bucket}${token}`, [inside], now, ['s3:GetObject', 's3:PutObject']);
  const foreign = [...beside.flatMap((each) => [`${each}/`, each]), `${parent}/`, parent, `${inParent}/`];
  yield* listings(bucket, foreign, now);
  yield* listings(
    bucket,
    ['', ...foreign].map((each) => [each, listed]),
    now,
  );
}

/** Where a grant gives something and where it ends. */
interface Borders {
  prefix: string;
  /** Keys within it. */
  inside: string;
  deep: string[];
  /** The widest listing that it gives, and others near by. */
  listed: string;
  listedMore: string[];
  /** Names that start the same and are not in it. */
  beside: string[];
}

function bordersOf({ prefix }: PolicyGrant, token: string): Borders {
  const start = nameStart(prefix);
  if (start !== undefined)
    return {
      prefix: start,
      inside: `${start}${token}`,
      deep: [`${start}${token}/${token}`, `${start}/${token}`],
      listed: start,
      listedMore: [`${start}${token}/`, `${start}/`],
      beside: [],
    };
  return {
    prefix,
    inside: `${prefix}/${token}`,
    deep: [`${prefix}/${token}/${token}`],
    listed: `${prefix}/`,
    listedMore: [`${prefix}/${token}/`, prefix],
    beside: [`${prefix}${token}`],
  };
}

/**
 * What a grant gives, and two names that start the same, for a grant whose borders were asked when it was new. What other grants' entries
 * could give there by mistake, they show themselves: by their own borders, and by the requests that the document names.
 */
export function* heldProbesOf(grant: PolicyGrant, moments: Moments, token: string): Generator<AccessRequest> {
  const { bucket, expiresAt } = grant;
  const { prefix, inside, listed, beside } = bordersOf(grant, token);
  const end = expiresAt?.getTime();
  const now = instant(moments.now.getTime());
  for (const moment of end === undefined ? [now] : [now, instant(end - 1000), instant(end)]) {
    yield* onKeys(bucket, [prefix, inside], moment, GRANTED_ACTIONS);
    yield* listings(bucket, [listed], moment);
  }
  const near = beside.length > 0 ? beside : shortened(prefix);
  yield* onKeys(bucket, near, now, ['s3:GetObject', 's3:PutObject']);
  yield* listings(
    bucket,
    near.map((each) => `${each}/`),
    now,
  );
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
