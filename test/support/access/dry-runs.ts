import type { MadminClient } from '../../../src/madmin/client.js';
import { normalise } from '../../../src/policy/documents.js';
import type { Call } from '../network/proxy.js';

/** One change as a dry run shows it. */
export interface Planned {
  change: string;
  target: string;
  before: any;
  after: any;
}

/** What MinIO holds, by the names that plans have for it: `user bob`, `group KBase`, `policy mgr:user:bob:1`. */
export type Held = Record<string, any>;

/** Reads all that MinIO holds of users, groups and our policies. */
export async function heldBy(root: MadminClient): Promise<Held> {
  const [users, policies, groups] = await Promise.all([
    root.users.list(),
    root.policies.list(),
    root.groups.list(),
  ]);
  const held: Held = {};
  for (const [name, user] of Object.entries(users))
    held[`user ${name}`] = { status: user.status, policies: [...user.policies].sort() };
  for (const [name, document] of Object.entries(policies))
    if (name.startsWith('mgr:')) held[`policy ${name}`] = { document: normalise(document) };
  for (const name of groups) {
    const { status, members, policies: attached } = await root.groups.info(name);
    held[`group ${name}`] = { status, members: [...members].sort(), policies: [...attached].sort() };
  }
  return held;
}

/** What MinIO would hold if the plan were carried out to the letter. What each change says of before must be so. */
export function carriedOut(held: Held, plan: readonly Planned[]): Held {
  const next = structuredClone(held);
  for (const { change, target, before, after } of plan) {
    const now = next[target];
    switch (change) {
      case 'put_policy':
        expect([target, before]).toEqual([target, now ?? null]);
        next[target] = { document: normalise(after.document) };
        break;
      case 'remove_policy':
        expect([target, before]).toEqual([target, now]);
        delete next[target];
        break;
      case 'set_policies':
        expect([target, sorted(before?.policies)]).toEqual([target, now?.policies ?? []]);
        next[target] = { ...now, policies: [...after.policies].sort() };
        break;
      case 'add_members':
      case 'remove_members':
        expect([target, sorted(before?.members)]).toEqual([target, now?.members]);
        next[target] = { status: 'enabled', policies: [], ...now, members: [...after.members].sort() };
        break;
      case 'remove_group':
      case 'remove_user':
        expect([target, after, now]).toEqual([target, null, expect.objectContaining(before)]);
        delete next[target];
        break;
      case 'put_user':
      case 'enable_user':
      case 'disable_user':
        expect([target, before?.status]).toEqual([target, now?.status]);
        next[target] = { policies: [], ...now, status: after.status };
        break;
      default:
        // sessions, access keys and homes are in no list of these
        expect(['revoke_sessions', 'delete_access_keys', 'create_home']).toContain(change);
    }
  }
  return next;
}

function sorted(names: string[] | undefined): string[] | undefined {
  return names && [...names].sort();
}

const WRITES: Record<string, string> = {
  'add-canned-policy': 'put_policy policy',
  'remove-canned-policy': 'remove_policy policy',
  'set-user-or-group-policy': 'set_policies',
  'update-group-members': 'members',
  'set-user-status': 'status user',
  'add-user': 'put_user user',
  'remove-user': 'remove_user user',
};

/** The admin writes among the calls, as plans would call them. */
export function writesOf(calls: readonly Call[]): string[] {
  return calls.flatMap(({ path, query }) => {
    const write = WRITES[path.split('/').pop() ?? ''];
    if (!write) return [];
    const name = query.get('name') ?? query.get('accessKey') ?? query.get('userOrGroup') ?? '';
    const kind = query.get('isGroup') === 'true' ? ' group' : query.get('isGroup') === 'false' ? ' user' : '';
    return [`${write}${kind} ${name}`.trim()];
  });
}

/** The admin writes that a plan announces, in the same words. The body of a change of members says whose; the path does not. */
export function writesPlanned(plan: readonly Planned[]): string[] {
  const written = plan.filter(
    ({ change }) => !/^(revoke_sessions|delete_access_keys|create_home)$/.test(change),
  );
  return written.map(({ change, target }) => {
    if (/_members$|^remove_group$/.test(change)) return 'members';
    if (/^(en|dis)able_user$/.test(change)) return `status ${target}`;
    return `${change} ${target}`;
  });
}
