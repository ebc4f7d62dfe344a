import { EVERYONE_GROUP, minioGroup, readersGroup } from '../../../policy/names.js';
import { type PlannedChange, showPlan } from '../../plan/planned-change.js';
import type { Desired } from '../../desired/desired.js';
import type { Change } from '../../plan/changes.js';
import {
  foreignPolicies,
  type Observed,
  type ObservedMinioGroup,
  type ObservedUser,
} from '../../plan/observe.js';
import { isDisabledByHand } from '../../plan/plan.js';

/** Something in MinIO that this service did not make. */
export interface ForeignResource {
  kind: 'user' | 'group' | 'mapping' | 'policy' | 'membership' | 'status';
  /** MinIO's name of it. */
  name: string;
  /** How it relates to this service, for people to read. */
  detail: string;
  /** It is taken from the subject when a caller asks for that. */
  removable: boolean;
  /** The MinIO group it is attached to, for a policy of a group or a member. */
  of?: string;
}

/** The MinIO groups of this service's groups. */
export function minioGroupsOf(groupNames: readonly string[]): ReadonlySet<string> {
  return new Set(groupNames.flatMap((name) => [minioGroup(name), readersGroup(name)]));
}

/** What is foreign about a subject of this service. `ours`: the MinIO groups of this service. */
export function foreignOf(
  desired: Desired,
  observed: Observed,
  ours: ReadonlySet<string>,
): ForeignResource[] {
  if (desired.kind === 'user' && observed.kind === 'user') return foreignOfUser(desired, observed, ours);
  if (desired.kind !== 'group' || observed.kind !== 'group') return [];
  const halves = [observed.main, observed.readers];
  const policies = halves.flatMap(({ name, group }) =>
    foreignPolicies(group?.policies ?? []).map((policy) => attached(policy, `group ${name}`, name)),
  );
  // this service corrects the members of every other group
  const wanted = new Set(desired.main.members);
  const strangers = desired.addOnly
    ? (observed.main.group?.members ?? []).filter((member) => !wanted.has(member))
    : [];
  return [
    ...policies,
    ...strangers.map((name): ForeignResource => {
      const of = observed.main.name;
      return { kind: 'membership', name, detail: `member of ${of}, not a managed user`, removable: true, of };
    }),
  ];
}

function foreignOfUser(
  { row }: Extract<Desired, { kind: 'user' }>,
  observed: ObservedUser,
  ours: ReadonlySet<string>,
): ForeignResource[] {
  const { user } = observed;
  if (!user) return [];
  // MinIO does not change what is attached to a disabled user
  const removable = user.status === 'enabled';
  const things = foreignPolicies(user.policies).map((name) => ({
    ...attached(name, `user ${row.principal}`),
    removable,
  }));
  for (const name of user.groups) {
    // the plan adds missing users to everyone; a group without a row was made by this service, and counts again when its row is back
    if (ours.has(name)) continue;
    const removable = !name.startsWith('mgr:');
    things.push({ kind: 'membership', name, detail: `user ${row.principal} is in this group`, removable });
  }
  if (isDisabledByHand(row, observed)) {
    const detail = `user ${row.principal} was disabled in MinIO; POST /admin/users/${row.name}/enable enables it`;
    things.push({ kind: 'status', name: 'disabled', detail, removable: false });
  }
  return things;
}

function attached(name: string, to: string, of?: string): ForeignResource {
  return { kind: 'policy', name, detail: `attached to ${to}`, removable: true, ...(of ? { of } : {}) };
}

/** The changes that take removable resources from the subject. They delete no user, group or policy. */
export function planForeign(
  { row }: Desired,
  observed: Observed,
  foreign: readonly ForeignResource[],
): Change[] {
  const removable = foreign.filter(({ removable }) => removable);
  const policies = removable.filter(({ kind }) => kind === 'policy');
  const memberships = removable.filter(({ kind }) => kind === 'membership');
  if (observed.kind === 'user') {
    const own = ownOf(observed.user?.policies ?? []);
    return [
      ...(policies.length > 0 ? [{ change: 'set_policies', names: own } as const] : []),
      ...memberships.map(({ name }): Change => ({
        change: 'remove_members',
        group: name,
        members: [row.principal],
      })),
    ];
  }
  const halves = [observed.main, observed.readers].filter(({ name }) =>
    policies.some(({ of }) => of === name),
  );
  const members = memberships.map(({ name }) => name);
  return [
    ...halves.map(({ name, group }): Change => ({
      change: 'set_policies',
      names: ownOf(group?.policies ?? []),
      group: name,
    })),
    ...(members.length > 0 ? [{ change: 'remove_members', group: EVERYONE_GROUP, members } as const] : []),
  ];
}

/** What MinIO will hold once the foreign policies are taken away. */
export function withoutForeignPolicies(observed: Observed): Observed {
  if (observed.kind === 'user') {
    const { user } = observed;
    return { ...observed, user: user && { ...user, policies: ownOf(user.policies) } };
  }
  const stripped = (half: ObservedMinioGroup): ObservedMinioGroup => ({
    ...half,
    group: half.group && { ...half.group, policies: ownOf(half.group.policies) },
  });
  return { ...observed, main: stripped(observed.main), readers: stripped(observed.readers) };
}

/** The changes of {@link planForeign} for people to read. */
export function showForeign(
  { row }: Desired,
  observed: Observed,
  changes: readonly Change[],
): PlannedChange[] {
  return changes.flatMap((change) =>
    observed.kind === 'user' && change.change === 'remove_members'
      ? // only this member of a foreign group is known
        [
          {
            change: change.change,
            target: `group ${change.group}`,
            before: { member: row.principal },
            after: null,
          },
        ]
      : showPlan(row, observed, [change]),
  );
}

function ownOf(policies: readonly string[]): string[] {
  const foreign = new Set(foreignPolicies(policies));
  return policies.filter((name) => !foreign.has(name));
}
