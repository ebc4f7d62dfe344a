/**
 * A place in the lake. `prefix` is the key without a trailing slash. `folder` says whether the path was written with one: with it the
 * folder is meant, without it the object and the folder of that name, never `name*`.
 */
export interface LakePath {
  bucket: string;
  prefix: string;
  folder: boolean;
}

export type ParsedPath = { ok: true; path: LakePath } | { ok: false; rule: string };

/** A folder of homes: `users-warehouse` in the lake's bucket. */
export interface HomeRoot {
  bucket: string;
  usersPrefix: string;
}

/** Where a home is: `users-warehouse/{user}/` in the lake's bucket. */
export interface HomeLocation extends HomeRoot {
  userName: string;
}

/** Every folder of homes; none lies in another one. A user has a home in each. The first one's is told first. */
export interface HomeRoots {
  homes: readonly HomeRoot[];
}

/** Ends the path of a name prefix: `team/u_alice__*` is every key that starts with `team/u_alice__`. */
const ANY_END = '*';

/** Stands in a path of an administrator for the name of each user who gets it. */
const USER_PLACE = '{user}';

/** The longest name of a user: rules that hold with it hold with every name. */
const LONGEST_USER = 'u'.repeat(100);

/** S3's limit for a key in bytes of UTF-8; MinIO answers KeyTooLongError beyond it. */
export const MAX_KEY_BYTES = 1024;

const SCHEME = /^s3a?:\/\//;

/** Stands before the bucket in the ARN of a bucket or an object. */
const S3_ARN = 'arn:aws:s3:::';
/** S3's naming rules, as far as MinIO enforces them for new buckets (`s3utils.CheckValidBucketNameStrict`). */
export const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*(\.\.|\.-|-\.))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** `*` and `?` are wildcards to MinIO in every ARN and StringLike value, `${…}` is a variable; there is no escape for them. */
const WILDCARD = /[*?${}]/;

/** C0, DEL and C1: invisible in logs and answers, and not representable in the XML of a listing. */
const CONTROL = /\p{Cc}/u;

/** Half a UTF-16 pair: it has no UTF-8, so MinIO would store a name other than the requested one. */
const LONE_SURROGATE = /\p{Cs}/u;

/** Any other `%xx`, as Hive and Delta write them, is plain text: nothing is ever decoded twice. */
const ENCODED_NUL = '%00';

/**
 * Reads a path as callers write it: `s3a://bucket/key` or `s3://bucket/key`, the key with or without one final slash and at most 1,024
 * bytes. The caller decides whether it lies in a home or in a bucket that may be granted. The rule of a refusal names what is wrong and
 * never repeats the input.
 */
export function parsePath(text: string): ParsedPath {
  const scheme = SCHEME.exec(text);
  if (!scheme) return { ok: false, rule: 'a path starts with s3a:// or s3://' };
  const rest = text.slice(scheme[0].length);
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const key = slash < 0 ? '' : rest.slice(slash + 1);
  const folder = key.endsWith('/');
  const prefix = folder ? key.slice(0, -1) : key;
  const rule = bucketProblem(bucket) ?? keyProblem(key) ?? segmentProblem(prefix);
  return rule === undefined ? { ok: true, path: { bucket, prefix, folder } } : { ok: false, rule };
}

/**
 * Reads a path that an administrator gives: as `parsePath`, or a name prefix, which ends in `*` after at least one letter of a name. Its
 * `prefix` keeps the star, which no other path contains, and `{user}`, which must be replaced before the path is granted.
 */
export function parseGrantPath(text: string): ParsedPath {
  const isStart = text.endsWith(ANY_END);
  const written = isStart ? text.slice(0, -ANY_END.length) : text;
  const parsed = parsePath(written.replaceAll(USER_PLACE, LONGEST_USER));
  if (!parsed.ok) return parsed;
  const { bucket, folder } = parsed.path;
  if (isStart && folder)
    return { ok: false, rule: 'part of a name before the final *: a folder is written without it' };
  const key = written.replace(SCHEME, '').slice(bucket.length + 1);
  const prefix = folder ? key.slice(0, -1) : key;
  return { ok: true, path: { bucket, prefix: isStart ? prefix + ANY_END : prefix, folder } };
}

/** Whether the path is another one for each user. */
export function namesUser(path: string): boolean {
  return path.includes(USER_PLACE);
}

/** The path for one user. */
export function forUser(path: string, userName: string): string {
  return path.replaceAll(USER_PLACE, userName);
}

/** Whether a path with `{user}` is one for each user: it lies in no home but that of the user. */
export function isForEachUser(path: LakePath, lake: HomeRoots): boolean {
  return mayBeOf({ ...path, prefix: forUser(path.prefix, LONGEST_USER) }, lake, LONGEST_USER);
}

/** Whether a path with `{user}` may mean this one for the user: it lies in nobody else's home, and contains none. */
export function mayBeOf(path: LakePath, lake: HomeRoots, userName: string): boolean {
  return lake.homes.every(({ bucket, usersPrefix }) => {
    const isInside = path.bucket === bucket && path.prefix.startsWith(`${usersPrefix}/`);
    return isInside
      ? homeOwner(path, lake) === userName
      : !isCovered({ bucket, prefix: `${usersPrefix}/x` }, path);
  });
}

/** What every key of a name prefix starts with; undefined for the prefix of any other path. */
export function nameStart(prefix: string): string | undefined {
  return prefix.endsWith(ANY_END) ? prefix.slice(0, -ANY_END.length) : undefined;
}

/** The pattern of everything in a folder, or of every key of a name prefix. */
export function patternOf(prefix: string): string {
  return prefix.endsWith(ANY_END) ? prefix : `${prefix}/*`;
}

/** Whether the path is the one of `above`, or is covered by it: it lies below, or starts so. */
export function isCovered(
  path: Pick<LakePath, 'bucket' | 'prefix'>,
  above: Pick<LakePath, 'bucket' | 'prefix'>,
): boolean {
  if (path.bucket !== above.bucket) return false;
  const start = nameStart(above.prefix);
  return start === undefined
    ? `${path.prefix}/`.startsWith(`${above.prefix}/`)
    : path.prefix.startsWith(start);
}

/** The prefixes of all grants that may cover a key: itself, the folders above it, and every name prefix that it starts with. */
export function prefixesAbove(key: string): string[] {
  const segments = key.split('/');
  const folders = segments.map((_, index) => segments.slice(0, index + 1).join('/'));
  // by letters, not by UTF-16 units: half a letter has no UTF-8
  let start = '';
  const starts = Array.from(key, (letter) => (start += letter));
  const names = starts.filter((each) => !each.endsWith('/')).map((each) => each + ANY_END);
  return [...folders, ...names];
}

/** Writes a path the way Spark and this API spell it; `parsePath` reads it back unchanged. */
export function formatPath(path: LakePath): string {
  return `s3a://${path.bucket}/${path.prefix}${path.folder ? '/' : ''}`;
}

/** The home of a user, as a folder. */
export function homePath(location: HomeLocation): LakePath {
  return { bucket: location.bucket, prefix: `${location.usersPrefix}/${location.userName}`, folder: true };
}

/** All homes of a user, in the order of the configuration. */
export function homePaths({ homes }: HomeRoots, userName: string): LakePath[] {
  return homes.map((root) => homePath({ ...root, userName }));
}

/** The name of the user in whose home the path lies, or whose home it is; undefined for a path in no home. */
export function homeOwner({ bucket, prefix }: LakePath, { homes }: HomeRoots): string | undefined {
  const root = homes.find((each) => each.bucket === bucket && prefix.startsWith(`${each.usersPrefix}/`));
  const name = root && prefix.slice(root.usersPrefix.length + 1).split('/')[0];
  // a part of a name is nobody's
  return name === undefined || nameStart(name) !== undefined ? undefined : name;
}

/** Whether the path is at least one segment below a home of the user. */
export function isBelowHome(path: LakePath, lake: HomeRoots, userName: string): boolean {
  return homePaths(lake, userName).some((home) => isBelow(path, home));
}

/** The ARN of a bucket, or of an object as `bucket/key`. */
export function arnOf(resource: string): string {
  return S3_ARN + resource;
}

/** The bucket, or `bucket/key`, of an ARN; any other text is returned as it is. */
export function resourceOf(arn: string): string {
  return arn.startsWith(S3_ARN) ? arn.slice(S3_ARN.length) : arn;
}

/** Whether `path` is at least one segment below `home`. The home itself is not, nor is a sibling whose name starts the same. */
export function isBelow(path: LakePath, home: LakePath): boolean {
  return path.bucket === home.bucket && path.prefix.startsWith(`${home.prefix}/`);
}

function bucketProblem(bucket: string): string | undefined {
  if (BUCKET_NAME.test(bucket)) return undefined;
  if (/\.\.|\.-|-\./.test(bucket)) return 'a dot in a bucket name stands between letters or digits';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(bucket)) return 'a bucket name is not an IP address';
  return 'a bucket has 3 to 63 characters of a-z 0-9 . -, a letter or digit at both ends';
}

function keyProblem(key: string): string | undefined {
  if (LONE_SURROGATE.test(key)) return 'not valid Unicode';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `a key has at most ${MAX_KEY_BYTES} bytes`;
  if (CONTROL.test(key)) return 'no control characters';
  if (WILDCARD.test(key)) return 'none of * ? $ { }';
  if (key.includes('\\')) return 'no backslash';
  if (key.includes(ENCODED_NUL)) return 'no %00';
  return undefined;
}

function segmentProblem(prefix: string): string | undefined {
  if (prefix === '') return 'at least one segment after the bucket';
  for (const segment of prefix.split('/')) {
    if (segment === '') return 'no empty segment';
    // MinIO trims spaces before it compares, so `. ` is as impossible a name there as `.`
    if (/^ *\.{1,2} *$/.test(segment)) return 'no . or .. segment';
  }
  return undefined;
}
