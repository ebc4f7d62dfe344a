import type { GroupRole } from '../database/schema.js';
import {
  formatPath,
  forUser,
  type HomeRoots,
  type LakePath,
  mayBeOf,
  namesUser,
  parseGrantPath,
} from '../policy/paths.js';

/** Membership in a group. */
export interface GroupEntitlement {
  type: 'group';
  group: string;
  role: GroupRole;
}

/** Access to a path. */
export interface PathEntitlement {
  type: 'path';
  /** In the format of `formatPath`. */
  path: string;
  permission: 'read' | 'write';
}

/** One entitlement of a role. */
export type Entitlement = GroupEntitlement | PathEntitlement;

/** The form of the name of a role. */
export const ROLE_NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/;

const STRENGTH = { reader: 0, member: 1, owner: 2, read: 0, write: 1 } as const;

/** Identifies the target of the entitlement: two with the same key differ only in role or permission. */
export function keyOf(entitlement: Entitlement): string {
  if (entitlement.type === 'group') return groupKey(entitlement.group);
  return pathKey(pathOf(entitlement));
}

export function groupKey(group: string): string {
  return `group:${group}`;
}

/** The key of a path, for a folder and for an object: a revocation covers both. */
export function pathKey({ bucket, prefix }: Pick<LakePath, 'bucket' | 'prefix'>): string {
  return `path:${formatPath({ bucket, prefix, folder: false })}`;
}

export function pathOf({ path }: PathEntitlement): LakePath {
  const parsed = parseGrantPath(path);
  if (!parsed.ok) throw new Error('a role contains an invalid path');
  return parsed.path;
}

/** What a role gives to this user: a path with `{user}` is one with the user's name, as long as that lies in nobody else's home. */
export function entitlementsFor(
  entitlements: readonly Entitlement[],
  userName: string,
  lake: HomeRoots,
): Entitlement[] {
  return entitlements.flatMap((each): Entitlement[] => {
    if (each.type === 'group' || !namesUser(each.path)) return [each];
    const own: PathEntitlement = { ...each, path: forUser(each.path, userName) };
    return mayBeOf(pathOf(own), lake, userName) ? [own] : [];
  });
}

/** The union of the entitlements of several roles: of two with the same target, the stronger one. */
export function union(entitlements: readonly Entitlement[]): Entitlement[] {
  const strongest = new Map<string, Entitlement>();
  for (const each of entitlements) {
    const key = each.type === 'path' ? `path:${each.path}` : keyOf(each);
    const present = strongest.get(key);
    if (!present || strengthOf(each) > strengthOf(present)) strongest.set(key, each);
  }
  return [...strongest.values()];
}

function strengthOf(entitlement: Entitlement): number {
  return STRENGTH[entitlement.type === 'group' ? entitlement.role : entitlement.permission];
}
