import { createHash } from 'node:crypto';

/** Why a name is refused: it breaks the grammar, or it belongs to something else. */
export interface NameProblem {
  code: 'invalid_name' | 'reserved_name';
  rule: string;
}

/** The owner of a policy document: a person, a group, the read-only half of a group, a data product. */
export type PolicyKind = 'user' | 'group' | 'readers' | 'dp';

/** The parts of a policy's name. `shard` counts from 0: a subject has as many documents as its grants need. */
export interface ParsedPolicyName {
  kind: PolicyKind;
  name: string;
  shard: number;
}

/**
 * User names: 1 to 100 bytes, so every KBase name and every e-mail-like OIDC name in lower case. `checkUserName` adds rules that a pattern
 * expresses badly (no `..`, no final dot). Nothing here is a wildcard, a variable or a separator to MinIO.
 */
export const USER_NAME_PATTERN = /^[a-z0-9][a-z0-9_.@-]{0,99}$/;

/** Group names: 2 to 63 bytes. Unique regardless of case; the store ensures that, not the pattern. */
export const GROUP_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{1,62}$/;

/** Labels of access keys. MinIO accepts at most 32 bytes and requires a letter first (`internal/auth/credentials.go`). */
export const ACCESS_KEY_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9 _-]{0,31}$/;

/** Live access keys that one user may hold. */
export const MAX_ACCESS_KEYS = 50;

/** MinIO refuses user names of one or two bytes (`auth.IsAccessKeyValid`), yet people have them. */
const MIN_PRINCIPAL_BYTES = 3;

/** Starts with `_`, which no user name may, so a prefixed principal can never be another person's own name. */
const SHORT_NAME_PREFIX = '_u_';

const DATA_PRODUCT_PREFIX = 'dp-';

/** `everyone` is the built-in group; the others are MinIO's built-in policies. In lower case, as compared. */
const RESERVED_GROUP_NAMES = new Set([
  'everyone',
  'consoleadmin',
  'diagnostics',
  'readonly',
  'readwrite',
  'writeonly',
]);

const POLICY_NAME = /^mgr:(user|group|readers|dp):([A-Za-z0-9_.@-]+):(0|[1-9][0-9]{0,8})$/;

/**
 * Says why `name` cannot be a user's name, or undefined if it can. `rootUser` is MinIO's root access key: a user of that name would be
 * root. `dp-` belongs to the principals of data products.
 */
export function checkUserName(name: unknown, options: { rootUser: string }): NameProblem | undefined {
  if (typeof name !== 'string' || !USER_NAME_PATTERN.test(name)) {
    return invalid('1 to 100 characters of a-z 0-9 _ . @ -, the first a letter or digit, all lower case');
  }
  if (name.includes('..')) return invalid('no two dots in a row');
  if (name.endsWith('.')) return invalid('no dot at the end');
  if (name.startsWith(DATA_PRODUCT_PREFIX))
    return reserved('names that start with dp- belong to data products');
  if (principalOf(name) === options.rootUser) {
    return reserved('the name of the storage administrator');
  }
  return undefined;
}

/** Says why `name` cannot be a group's name, or undefined if it can. */
export function checkGroupName(name: unknown): NameProblem | undefined {
  if (typeof name !== 'string' || !GROUP_NAME_PATTERN.test(name)) {
    return invalid('2 to 63 characters of A-Z a-z 0-9 _ -, the first a letter');
  }
  if (RESERVED_GROUP_NAMES.has(name.toLowerCase())) return reserved('the name of something built in');
  return undefined;
}

/** Says why `name` cannot label an access key, or undefined if it can. */
export function checkAccessKeyName(name: unknown): NameProblem | undefined {
  if (typeof name === 'string' && ACCESS_KEY_NAME_PATTERN.test(name)) return undefined;
  return invalid('1 to 32 characters of A-Z a-z 0-9 space _ -, the first a letter');
}

/** The MinIO user of a user: the name itself, or `_u_{name}` if the name is too short for MinIO. */
export function principalOf(userName: string): string {
  return Buffer.byteLength(userName) >= MIN_PRINCIPAL_BYTES ? userName : SHORT_NAME_PREFIX + userName;
}

/** The inverse of `principalOf`: the user that a MinIO user name stands for, or undefined if no user has that principal. */
export function userNameOfPrincipal(principal: string): string | undefined {
  const name = principal.startsWith(SHORT_NAME_PREFIX)
    ? principal.slice(SHORT_NAME_PREFIX.length)
    : principal;
  if (principalOf(name) !== principal) return undefined;
  // The root user's name is a setting, not grammar; a list of principals never contains root.
  return checkUserName(name, { rootUser: '' }) ? undefined : name;
}

/** The built-in group that every user is in. */
export const EVERYONE = 'everyone';

/** Its MinIO group: no group of a person can have that name. */
export const EVERYONE_GROUP = 'mgr:everyone';

/** The MinIO group of a group's members and owners: the group's own name. */
export function minioGroup(groupName: string): string {
  return groupName === EVERYONE ? EVERYONE_GROUP : groupName;
}

/** The MinIO group of a group's readers. */
export function readersGroup(groupName: string): string {
  return `mgr:readers:${groupName}`;
}

/**
 * The MinIO user of a data product: `dp-`, the part of its namespace that is safe in a name, and a hash of its id and namespace. Two
 * products never share one, even if their namespaces begin alike or one reuses the other's. 15 to 33 bytes.
 */
export function productPrincipal(id: string, namespace: string): string {
  const slug = namespace
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 20)
    .replace(/^-+|-+$/g, '');
  const digest = createHash('sha256')
    .update(JSON.stringify([id, namespace]))
    .digest('hex')
    .slice(0, 12);
  return slug === '' ? `${DATA_PRODUCT_PREFIX}${digest}` : `${DATA_PRODUCT_PREFIX}${slug}-${digest}`;
}

/** The name of one policy document in MinIO: `mgr:user:alice:0`. Deterministic: state can be compared. */
export function policyName(kind: PolicyKind, name: string, shard: number): string {
  return `mgr:${kind}:${name}:${shard}`;
}

/** Parses a policy's name; undefined for a name that `policyName` never makes. */
export function parsePolicyName(text: string): ParsedPolicyName | undefined {
  const match = POLICY_NAME.exec(text);
  if (!match) return undefined;
  return { kind: match[1] as PolicyKind, name: match[2] as string, shard: Number(match[3]) };
}

function invalid(rule: string): NameProblem {
  return { code: 'invalid_name', rule };
}

function reserved(rule: string): NameProblem {
  return { code: 'reserved_name', rule };
}
