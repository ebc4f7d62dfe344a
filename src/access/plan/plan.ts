import type { SubjectRow } from '../../database/schema.js';
import { equals } from '../../policy/documents.js';
import { EVERYONE_GROUP, policyName } from '../../policy/names.js';
import type {
  Desired,
  DesiredGroup,
  DesiredUser,
  WantedDocument,
  WantedDocuments,
  WantedGroup,
} from '../desired/desired.js';
import { policyKindOf } from '../subjects/subject-key.js';
import type { Change } from './changes.js';
import type { Observed, ObservedGroup, ObservedMinioGroup, ObservedUser } from './observe.js';
import { planMapping } from './plan-mapping.js';

/** Somebody else disabled the user in MinIO; a login never undoes that. */
export function isDisabledByHand(row: SubjectRow, { user }: ObservedUser): boolean {
  return row.status === 'active' && row.applied_status !== 'disabled' && user?.status === 'disabled';
}

/** The user must be disabled in MinIO at the end: MinIO does not change the policies attached to a disabled user. */
export function isFrozen(row: SubjectRow, observed: ObservedUser): boolean {
  return row.status === 'disabled' || isDisabledByHand(row, observed);
}

/**
 * The MinIO user or group of that name is foreign: nothing of this subject was written yet. One of this service has a document of this
 * service, which is written before the user or group and removed after it.
 */
export function isForeign(row: SubjectRow, observed: Observed): boolean {
  if (!row.unchecked) return false;
  if (observed.kind === 'user') return observed.user !== null && observed.document === null;
  return observed.main.group !== null && !observed.main.documents.has(policyName('group', row.name, 0));
}

/** MinIO should have the subject. */
export function isPresent({ status }: Pick<SubjectRow, 'status'>): boolean {
  return status === 'active' || status === 'disabled';
}

/**
 * What must be done in MinIO, in order, so that it holds what should hold. Access is narrowed before it is widened. A secret is replaced
 * before the sessions end, because it could create new ones. `certain` false: the secret in MinIO is not to be trusted.
 */
export function planFor(desired: Desired, observed: Observed, certain: boolean): Change[] {
  const present = isPresent(desired.row);
  if (desired.kind === 'user' && observed.kind === 'user')
    return present ? planUser(desired, observed, certain) : planNoUser(desired.row, observed);
  if (desired.kind === 'group' && observed.kind === 'group')
    return present ? planGroup(desired, observed) : planNoGroup(desired, observed);
  throw new TypeError('a user and a group cannot be compared');
}

function planUser(desired: DesiredUser, observed: ObservedUser, certain: boolean): Change[] {
  const { row, documents, everyone, nothing } = desired;
  const { user } = observed;
  const frozen = isFrozen(row, observed);
  const mapping = planMapping(desired, observed.documents, user && user.policies);
  const changes: Change[] = [];
  if (row.status === 'disabled' && user?.status === 'enabled') changes.push({ change: 'disable_user' });
  // MinIO keeps the sessions of a removed user, and a new user of that name would revive them: end them before the user exists
  if (!user) changes.push({ change: 'revoke_sessions' });
  // documents that cannot be detached yet are replaced by one that gives nothing
  const late = frozen || user?.status === 'disabled';
  changes.push(...(late ? planEmptied(documents, observed, nothing) : mapping.narrow), ...mapping.put);
  changes.push(...planSelf(row, user, certain, frozen));
  if (late && !frozen) changes.push(...mapping.narrow);
  if (user && row.applied_session_epoch < row.session_epoch) changes.push({ change: 'revoke_sessions' });
  if (row.applied_access_key_epoch < row.access_key_epoch) changes.push({ change: 'delete_access_keys' });
  if (!frozen) changes.push(...mapping.attach, ...mapping.drop);
  if (everyone && !user?.groups.includes(EVERYONE_GROUP))
    changes.push({ change: 'add_members', group: EVERYONE_GROUP, members: [row.principal] });
  if (!user || row.applied_generation === 0 || getsHome(desired, mapping.put))
    changes.push({ change: 'create_home' });
  return changes;
}

/** The user itself: its secret and its status. The secret of an adopted user is not replaced before its first login. */
function planSelf(row: SubjectRow, user: ObservedUser['user'], certain: boolean, frozen: boolean): Change[] {
  const stale = !certain || row.applied_secret_generation < row.secret_generation;
  if (!user || (stale && !row.foreign_secret))
    return [{ change: 'put_user', status: frozen ? 'disabled' : 'enabled' }];
  if (frozen) return certain ? [] : [{ change: 'disable_user' }];
  return user.status === 'disabled' || !certain ? [{ change: 'enable_user' }] : [];
}

/** The first document changes, and names several homes: one of them may be new. */
function getsHome({ row, homes }: DesiredUser, put: readonly Change[]): boolean {
  const first = policyName(policyKindOf(row.kind), row.name, 0);
  return homes > 1 && put.some((change) => change.change === 'put_policy' && change.name === first);
}

/** Replaces unwanted documents of the user by one that gives nothing. */
function planEmptied(
  wanted: WantedDocuments,
  { documents }: ObservedUser,
  { document: nothing }: WantedDocument,
): Change[] {
  return [...documents].flatMap(([name, document]): Change[] =>
    wanted.has(name) || equals(document, nothing) ? [] : [{ change: 'put_policy', name, document: nothing }],
  );
}

function planNoUser(row: SubjectRow, observed: ObservedUser): Change[] {
  const { user, document, documents } = observed;
  const changes: Change[] = [];
  // for a removed name, only what a late write of this service may have left is removed: never a foreign user
  const ours =
    (row.status === 'removing' && !isForeign(row, observed)) ||
    document !== null ||
    isLeftover(row, observed);
  if (user && ours) {
    if (user.status === 'enabled') changes.push({ change: 'disable_user' });
    changes.push(
      { change: 'revoke_sessions' },
      { change: 'delete_access_keys' },
      { change: 'set_policies', names: [] },
    );
    changes.push({ change: 'remove_user' });
  }
  // the first document is removed last: it identifies the user as one of this service
  const names = [...documents.keys()].reverse();
  for (const name of names) changes.push({ change: 'remove_policy', name });
  return changes;
}

/**
 * A user without policies under a removed name, which a late write of this service made. Under a name for which it never wrote, the user is
 * foreign; `unsettled_until` says that a first write was on its way.
 */
function isLeftover({ unchecked, unsettled_until: until }: SubjectRow, { user }: ObservedUser): boolean {
  return user?.policies.length === 0 && (!unchecked || until !== null);
}

function planGroup({ main, readers, addOnly }: DesiredGroup, observed: ObservedGroup): Change[] {
  const halves = [
    ...planMinioGroup(main, observed.main, addOnly),
    ...(readers
      ? planMinioGroup(readers, observed.readers, false)
      : [{ widens: false, changes: planNoMinioGroup(observed.readers) }]),
  ];
  // across both MinIO groups: narrowing changes first, then widening ones
  return halves.sort((a, b) => Number(a.widens) - Number(b.widens)).flatMap(({ changes }) => changes);
}

interface Part {
  widens: boolean;
  changes: Change[];
}

function planMinioGroup(wanted: WantedGroup, observed: ObservedMinioGroup, addOnly: boolean): Part[] {
  const { group } = wanted;
  const present = observed.group?.members ?? [];
  const lost = addOnly ? [] : present.filter((member) => !wanted.members.includes(member));
  const known = new Set(present);
  const missing = wanted.members.filter((member) => !known.has(member));
  const mapping = planMapping(wanted, observed.documents, observed.group?.policies ?? null, group);
  const narrow: Change[] = [...mapping.narrow];
  if (lost.length > 0) narrow.unshift({ change: 'remove_members', group, members: lost });
  const widen: Change[] = [...mapping.put];
  // a group must exist before a policy is attached to it, and members come after the policy
  if (!observed.group) widen.push({ change: 'add_members', group, members: [] });
  widen.push(...mapping.attach);
  if (observed.group?.status === 'disabled') widen.push({ change: 'enable_group', group });
  if (missing.length > 0) widen.push({ change: 'add_members', group, members: missing });
  widen.push(...mapping.drop);
  return [
    { widens: false, changes: narrow },
    { widens: true, changes: widen },
  ];
}

function planNoGroup({ row }: DesiredGroup, observed: ObservedGroup): Change[] {
  const { main, readers } = observed;
  // for a removed name, only what a late write of this service may have left is removed: never a foreign group
  const ours = (row.status === 'removing' && !isForeign(row, observed)) || main.documents.size > 0;
  return [readers, ours ? main : { ...main, group: null }].flatMap(planNoMinioGroup);
}

function planNoMinioGroup({ name: group, group: present, documents }: ObservedMinioGroup): Change[] {
  const changes: Change[] = [];
  if (present) {
    if (present.members.length > 0)
      changes.push({ change: 'remove_members', group, members: present.members });
    changes.push({ change: 'set_policies', names: [], group }, { change: 'remove_group', group });
  }
  for (const name of [...documents.keys()].reverse()) changes.push({ change: 'remove_policy', name });
  return changes;
}
