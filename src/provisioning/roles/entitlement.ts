import type { GroupRole } from '../../database/schema.js';
import { formatPath, type LakePath, parsePath } from '../../policy/paths.js';

/** Being in a group. */
export interface GroupEntitlement {
  type: 'group';
  group: string;
  role: GroupRole;
}

/** Reaching a path. */
export interface PathEntitlement {
  type: 'path';
  /** As `formatPath` writes it. */
  path: string;
  permission: 'read' | 'write';
}

/** One thing that a role gives. */
export type Entitlement = GroupEntitlement | PathEntitlement;

const STRENGTH = { reader: 0, member: 1, owner: 2, read: 0, write: 1 } as const;

/** What the entitlement is about: two of one key differ in how much they give. */
export function keyOf(entitlement: Entitlement): string {
  if (entitlement.type === 'group') return groupKey(entitlement.group);
  return pathKey(pathOf(entitlement));
}

export function groupKey(group: string): string {
  return `group:${group}`;
}

/** The key of a path, whether as a folder or as an object: what is revoked is both. */
export function pathKey({ bucket, prefix }: Pick<LakePath, 'bucket' | 'prefix'>): string {
  return `path:${formatPath({ bucket, prefix, folder: false })}`;
}

export function pathOf({ path }: PathEntitlement): LakePath {
  const parsed = parsePath(path);
  if (!parsed.ok) throw new Error('a role holds a path that is none');
  return parsed.path;
}

/** What several roles give together: of what two of them give, the stronger. */
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
