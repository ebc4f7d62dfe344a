import type { SubjectRow } from '../../database/schema.js';
import type { Change } from './changes.js';
import { type Observed, type ObservedMinioGroup, UNREADABLE } from './observe.js';
import { readable } from '../../policy/documents.js';

type Json = Record<string, unknown>;

/** One change of a plan as shown to a caller: its target, and the target's state before and after. */
export interface PlannedChange {
  /** `unreadable`: MinIO cannot be compared with what should hold, `before` says why. */
  change: Change['change'] | OwnChange | WaitingChange | 'unreadable';
  target: string;
  before: Json | null;
  after: Json | null;
}

/** The changes that a person would make, as shown to that person. */
type OwnChange =
  'add_grant' | 'remove_grant' | 'change_grant' | 'add_member' | 'remove_member' | 'change_role';

/** Changes of shares that wait for a first login: MinIO has nothing of them. */
type WaitingChange = 'add_waiting_share' | 'change_waiting_share' | 'remove_waiting_share';

type Shown = Omit<PlannedChange, 'change'>;

/** The plan of one subject for people to read; each change starts from the state after the earlier ones. No change contains a secret. */
export function showPlan(row: SubjectRow, observed: Observed, plan: readonly Change[]): PlannedChange[] {
  const left = new Map<string, Json | null>();
  return plan.map((change) => {
    const { target, before, after } = show(row, observed, change, left);
    if (after) for (const aspect of Object.keys(after)) left.set(`${aspect} of ${target}`, after);
    return { change: change.change, target, before, after };
  });
}

/** `left`: the members, policies or status of a target after the earlier changes. */
function show(
  row: SubjectRow,
  observed: Observed,
  change: Change,
  left: ReadonlyMap<string, Json | null>,
): Shown {
  const user = { target: `user ${row.principal}` };
  const seen = observed.kind === 'user' && observed.user ? { status: observed.user.status } : null;
  const status = left.get(`status of ${user.target}`) ?? seen;
  switch (change.change) {
    case 'put_policy':
      return {
        target: `policy ${change.name}`,
        before: documentOf(observed, change.name),
        after: { document: change.document },
      };
    case 'remove_policy':
      return { target: `policy ${change.name}`, before: documentOf(observed, change.name), after: null };
    case 'set_policies': {
      const target = change.group === undefined ? user.target : `group ${change.group}`;
      const before = left.get(`policies of ${target}`) ?? { policies: attachedTo(observed, change.group) };
      return { target, before, after: { policies: change.names } };
    }
    case 'add_members':
    case 'remove_members':
      return showMembers(observed, change, left);
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

function showMembers(
  observed: Observed,
  change: Extract<Change, { members: string[] }>,
  left: ReadonlyMap<string, Json | null>,
): Shown {
  const target = `group ${change.group}`;
  const seen = groupOf(observed, change.group)?.group;
  const before = left.get(`members of ${target}`) ?? (seen ? { members: seen.members } : null);
  const present = (before?.members ?? []) as string[];
  const members =
    change.change === 'add_members'
      ? [...new Set([...present, ...change.members])]
      : present.filter((member) => !change.members.includes(member));
  return { target, before, after: { members } };
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
  if (document === UNREADABLE) return { document: null, unreadable: 'MinIO cannot show it' };
  // in the order of the written document, so that only real differences show
  return document ? { document: readable(document) } : null;
}
