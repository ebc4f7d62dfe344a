import type { Answer, Service } from '../service/service.js';
import { LAKE } from '../access/probe.js';
import { ADMIN, type Operation, type Place, type Wish } from './operations.js';
import { wholeSeconds } from './reference/reference.js';

/** Fleet gives this token the role of an administrator. */
const ADMIN_TOKEN = 'token-of-an-administrator';

export const tokenOf = (name: string): string => (name === ADMIN ? ADMIN_TOKEN : `token-of-${name}`);
export const formatPlace = ({ segments, folder }: Place): string =>
  `s3a://${LAKE}/${segments.join('/')}${folder ? '/' : ''}`;

/** What the step asks of the service. `sentAt`: the moment that expiry counts from. */
export function send(
  service: Service,
  step: Exclude<Operation, { kind: 'expire' }>,
  sentAt: number,
): Promise<Answer> {
  const ask = (by: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    service.request(method, path, { token: tokenOf(by), ...(body === undefined ? {} : { body }) });
  switch (step.kind) {
    case 'login':
      return ask(step.user, 'POST', `/users/${step.user}`, { rotate: false });
    case 'rotate':
      return ask(step.user, 'POST', `/users/${step.user}`);
    case 'session':
      return ask(step.user, 'POST', `/users/${step.user}/sessions`);
    case 'end_sessions':
      return ask(step.user, 'DELETE', `/users/${step.user}/sessions`);
    case 'disable':
    case 'enable':
      return ask(ADMIN, 'POST', `/admin/users/${step.user}/${step.kind}`);
    case 'remove_user':
      return ask(ADMIN, 'DELETE', `/admin/users/${step.user}`);
    case 'share': {
      const body = { ...wishOf(step.wish, sentAt), with_users: step.users, with_groups: step.groups };
      return ask(step.by, 'POST', `/users/${step.owner}/share`, body);
    }
    case 'unshare': {
      const body = { path: formatPlace(step.place), from_users: step.users, from_groups: step.groups };
      return ask(step.by, 'POST', `/users/${step.owner}/unshare`, body);
    }
    case 'save_group': {
      const { member: members, reader: readers, owner: owners } = step.lists;
      const grants = step.grants?.map((grant) => wishOf(grant, sentAt));
      return ask(step.by, 'POST', `/groups/${step.group}`, { members, readers, owners, grants });
    }
    case 'join':
      return ask(step.by, 'POST', `/groups/${step.group}/members`, { user_name: step.user, role: step.role });
    case 'leave':
      return ask(step.by, 'DELETE', `/groups/${step.group}/members/${step.user}`);
    case 'remove_group':
      return ask(ADMIN, 'DELETE', `/admin/groups/${step.group}`);
  }
}

function wishOf(wish: Wish, sentAt: number): object {
  const { write, expiresInMs } = wish;
  const expires_at =
    expiresInMs === undefined
      ? {}
      : { expires_at: new Date(wholeSeconds(sentAt + expiresInMs)).toISOString() };
  return { path: formatPlace(wish), permission: write ? 'write' : 'read', ...expires_at };
}

/** The step in one line, for people who read a failure. */
export function describeStep(step: Operation): string {
  const { kind, ...rest } = step;
  const parts = Object.entries(rest).map(([name, value]) => `${name}=${describeValue(value)}`);
  return [kind, ...parts].join(' ');
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(describeValue).join(', ')}]`;
  if (value && typeof value === 'object' && 'segments' in value) {
    const { write, expiresInMs } = value as Partial<Wish>;
    const permission = write === undefined ? '' : write ? ' write' : ' read';
    const end = expiresInMs === undefined ? '' : ` for ${expiresInMs} ms`;
    return `${formatPlace(value as Place).replace(`s3a://${LAKE}/`, '')}${permission}${end}`;
  }
  if (value && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, each]) => `${name}: ${describeValue(each)}`)
      .join(', ')}}`;
  return String(value);
}
