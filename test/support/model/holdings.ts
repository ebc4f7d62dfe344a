import type { MadminClient } from '../../../src/madmin/client.js';
import { EVERYONE, type Role } from './operations.js';
import type { Reference } from './reference/reference.js';

/** What MinIO holds of ours, one line each; equal lines are what two sides agree on. */
export type Holdings = Record<string, string>;

/** MinIO's name of a user. */
export const principalOf = (user: string): string => (user.length < 3 ? `_u_${user}` : user);

/** What MinIO should hold for the reference, and nothing more. */
export function expectedHoldings(state: Reference): Holdings {
  const lines: Holdings = {};
  const has = (grantee: string): boolean =>
    [...state.grants.values()].some((grant) => grant.grantee === grantee);
  const subject = (line: string, policy: string, grantee: string, rest: string): void => {
    lines[line] = `${rest}, ${has(grantee) ? 'base and grants' : 'base'} of ${policy}, all attached`;
  };
  for (const [name, status] of state.users) {
    if (state.unwritten.has(name)) continue;
    if (status === 'active')
      subject(`user ${principalOf(name)}`, `mgr:user:${name}`, `user:${name}`, 'enabled');
    // what is attached to a disabled user MinIO does not change: it is put right when the user is enabled
    else lines[`user ${principalOf(name)}`] = 'disabled';
  }
  const group = (name: string, policy: string, grantee: string, members: string[]): void => {
    const names = members.map(principalOf).sort().join(' ') || 'nobody';
    subject(`group ${name}`, policy, grantee, `enabled, of ${names}`);
  };
  const isThere = ([member]: readonly [string, ...unknown[]]): boolean => !state.unwritten.has(member);
  for (const [name, all] of state.groups) {
    const members = new Map([...all].filter(isThere));
    const readers = membersThat(members, (role) => role === 'reader');
    group(
      name,
      `mgr:group:${name}`,
      `group:${name}`,
      membersThat(members, (role) => role !== 'reader'),
    );
    if (readers.length > 0) group(`mgr:readers:${name}`, `mgr:readers:${name}`, `group:${name}`, readers);
  }
  if (state.hasEveryone)
    group(
      'mgr:everyone',
      `mgr:group:${EVERYONE}`,
      `group:${EVERYONE}`,
      [...state.users].filter(isThere).map(([name]) => name),
    );
  return lines;
}

/** What MinIO holds: users, groups, and documents that belong to none of them. */
export async function observedHoldings(root: MadminClient): Promise<Holdings> {
  const [users, policies, groups] = await Promise.all([
    root.users.list(),
    root.policies.list(),
    root.groups.list(),
  ]);
  const infos = await Promise.all(groups.map((name) => root.groups.info(name)));
  const ours = Object.keys(policies).filter((name) => name.startsWith('mgr:'));
  const left = new Set(ours);
  const lines: Holdings = {};
  const subject = (line: string, attached: readonly string[], rest: string): void => {
    const base = attached.find((name) => name.endsWith(':0'))?.slice(0, -2) ?? 'nothing';
    const documents = ours.filter((name) => name.replace(/:\d+$/, '') === base);
    for (const name of documents) left.delete(name);
    const all = isSameSet(documents, attached)
      ? 'all attached'
      : `attached: ${attached.join(' ')}, there: ${documents.join(' ')}`;
    lines[line] = `${rest}, ${documents.length > 1 ? 'base and grants' : 'base'} of ${base}, ${all}`;
  };
  for (const [name, { status, policies: attached }] of Object.entries(users)) {
    if (status === 'enabled') subject(`user ${name}`, attached, status);
    else lines[`user ${name}`] = status;
    for (const document of ours) if (documentOwner(document) === name) left.delete(document);
  }
  for (const { name, status, members, policies: attached } of infos)
    subject(`group ${name}`, attached, `${status}, of ${[...members].sort().join(' ') || 'nobody'}`);
  for (const name of left) lines[`policy ${name}`] = 'nobody needs it';
  return lines;
}

/** The lines in which they differ. */
export function compareHoldings(expected: Holdings, observed: Holdings): string[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(observed)]);
  return [...names]
    .filter((name) => expected[name] !== observed[name])
    .map(
      (name) =>
        `${name}\n    must be: ${expected[name] ?? 'absent'}\n    MinIO:   ${observed[name] ?? 'absent'}`,
    );
}

/** The MinIO user whose document it is; nothing for one of a group. */
function documentOwner(policy: string): string | undefined {
  const name = /^mgr:user:(.+):\d+$/.exec(policy)?.[1];
  return name === undefined ? undefined : principalOf(name);
}

function membersThat(members: ReadonlyMap<string, Role>, which: (role: Role) => boolean): string[] {
  return [...members].filter(([, role]) => which(role)).map(([name]) => name);
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}
