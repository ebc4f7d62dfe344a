import { equals } from '../../policy/documents.js';
import { EVERYONE_GROUP, minioGroup, policyName, readersGroup } from '../../policy/names.js';
import type { Desired } from '../desired/desired.js';
import type { Membership } from '../memberships/memberships.store.js';
import { policyKindOf } from '../subjects/subject-key.js';
import type { ObservedUser } from '../plan/observe.js';

/**
 * Whether MinIO gives the user or data product what should hold: the status and the first document are right, and every document is
 * attached. The content of further documents is not checked.
 */
export function isWhole(desired: Desired, { user, document }: ObservedUser): boolean {
  if (desired.kind !== 'user' || !user || !document) return false;
  const { row, documents, everyone } = desired;
  const own = documents.get(policyName(policyKindOf(row.kind), row.name, 0));
  return (
    (user.status === 'enabled') === (row.status === 'active') &&
    own !== undefined &&
    equals(document, own.document) &&
    [...documents.keys()].every((name) => user.policies.includes(name)) &&
    (!everyone || user.groups.includes(EVERYONE_GROUP))
  );
}

/** Names of the groups in which MinIO does not list the user. */
export function groupsMissing(memberships: readonly Membership[], { user }: ObservedUser): string[] {
  const present = new Set(user?.groups);
  return memberships
    .filter(({ group_name, role }) => {
      const group = role === 'reader' ? readersGroup(group_name) : minioGroup(group_name);
      return !present.has(group);
    })
    .map(({ group_name }) => group_name);
}
