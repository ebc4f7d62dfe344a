import type { SubjectRow } from '../../database/schema.js';
import type { Change } from '../enforce/changes.js';
import type { Observed, ObservedMinioGroup } from '../enforce/observe.js';

type Json = Record<string, unknown>;

/** One change of a plan as a caller is shown it: what it is done to, and how that is before and after. */
export interface PlannedChange {
  change: Change['change'];
  target: string;
  before: Json | null;
  after: Json | null;
}

/** The plan of one subject for people to read. No change has a secret in it. */
export function showPlan(row: SubjectRow, observed: Observed, plan: readonly Change[]): PlannedChange[] {
  return plan.map((change) => ({ change: change.change, ...show(row, observed, change) }));
}

function show(row: SubjectRow, observed: Observed, change: Change): Omit<PlannedChange, 'change'> {
  const user = { target: `user ${row.principal}` };
  const status = observed.kind === 'user' && observed.user ? { status: observed.user.status } : null;
  switch (change.change) {
    case 'put_policy':
      return {
        target: `policy ${change.name}`,
        before: documentOf(observed, change.name),
        after: { document: change.document },
      };
    case 'remove_policy':
      return { target: `policy ${change.name}`, before: documentOf(observed, change.name), after: null };
    case 'set_policies':
      return {
        target: change.group === undefined ? user.target : `group ${change.group}`,
        before: { policies: attachedTo(observed, change.group) },
        after: { policies: change.names },
      };
    case 'add_members':
    case 'remove_members':
      return members(observed, change);
    case 'enable_group':
      return {
        target: `group ${change.group}`,
        before: { status: 'disabled' },
        after: { status: 'enabled' },
      };
    case 'remove_group':
      return { target: `group ${change.group}`, before: { members: [] }, after: null };
    case 'disable_user':
      return { ...user, before: status, after: { status: 'disabled' } };
    case 'enable_user':
      return { ...user, before: status, after: { status: 'enabled' } };
    case 'put_user':
      return { ...user, before: status, after: { status: change.status } };
    case 'remove_user':
      return { ...user, before: status, after: null };
    case 'create_home':
      return { target: `home of ${row.name}`, before: null, after: {} };
    case 'revoke_sessions':
      return { target: `sessions of ${row.principal}`, before: {}, after: null };
    case 'delete_access_keys':
      return { target: `access keys of ${row.principal}`, before: {}, after: null };
  }
}

function members(
  observed: Observed,
  change: Extract<Change, { members: string[] }>,
): Omit<PlannedChange, 'change'> {
  const before = groupOf(observed, change.group)?.group?.members ?? [];
  const after =
    change.change === 'add_members'
      ? [...new Set([...before, ...change.members])]
      : before.filter((member) => !change.members.includes(member));
  return { target: `group ${change.group}`, before: { members: before }, after: { members: after } };
}

function groupOf(observed: Observed, name: string): ObservedMinioGroup | undefined {
  return observed.kind === 'group'
    ? [observed.main, observed.readers].find((each) => each.name === name)
    : undefined;
}

function attachedTo(observed: Observed, group: string | undefined): string[] {
  if (group !== undefined) return groupOf(observed, group)?.group?.policies ?? [];
  return observed.kind === 'user' ? (observed.user?.policies ?? []) : [];
}

function documentOf(observed: Observed, name: string): Json | null {
  const sources = observed.kind === 'user' ? [observed] : [observed.main, observed.readers];
  const document = sources.map((each) => each.documents.get(name)).find((each) => each !== undefined);
  return document ? { document } : null;
}
