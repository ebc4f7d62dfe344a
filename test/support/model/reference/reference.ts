import type { Action } from '../../access/probe.js';
import {
  ADMIN,
  EVERYONE,
  home,
  type Operation,
  type Place,
  type Role,
  ROLES,
  type Wish,
} from '../operations.js';
import { covers, type Flaw } from './reach.js';

/** One grant as it stands. `grantee`: `user:{name}` or `group:{name}`. */
export interface Granted extends Place {
  grantee: string;
  write: boolean;
  /** Milliseconds since the epoch; Infinity: it does not end by itself. */
  expiresAt: number;
  origin: 'share' | 'group';
}

/** What a request must lead to: accepted or refused, and what becomes of each target of a share. */
export interface Expected {
  accepted: boolean;
  /** By `kind:name`; absent where the time decides between two answers. */
  results?: Record<string, string>;
}

const ACCEPTED: Expected = { accepted: true };
const REFUSED: Expected = { accepted: false };

/** Who sends the request. */
function askerOf(step: Operation): string {
  if ('by' in step) return step.by;
  const forOneself = ['login', 'rotate', 'session', 'end_sessions'].includes(step.kind);
  return forOneself && 'user' in step ? step.user : ADMIN;
}

/** What the service promises, in the simplest words: who is there, in which group, and what each was given. Nothing of `src/` is in it. */
export class Reference {
  users = new Map<string, 'active' | 'disabled'>();
  /** Those of them who have called, and have needed nothing in MinIO yet. */
  unwritten = new Set<string>();
  groups = new Map<string, Map<string, Role>>();
  grants = new Map<string, Granted>();
  /** The built-in group is there from its first use on. */
  hasEveryone = false;

  copy(): Reference {
    return Object.assign(new Reference(), structuredClone({ ...this }));
  }

  usersThatAre(status: 'active' | 'disabled'): string[] {
    return [...this.users].filter(([, is]) => is === status).map(([name]) => name);
  }

  /** Whether a user may do this to a key at that moment. */
  may(user: string, action: Action, key: string, now: number, flaw?: Flaw): boolean {
    const status = this.users.get(user);
    if (!status || (status === 'disabled' && flaw !== 'a disabled user still reaches everything'))
      return false;
    const segments = key.split('/');
    const own = { segments: home(user), folder: true, write: true };
    if (covers(own, action, segments)) return true;
    for (const grant of this.grants.values()) {
      if (grant.expiresAt <= now && flaw !== 'nothing ends by itself') continue;
      const write = this.permission(user, grant, flaw);
      if (write !== undefined && covers({ ...grant, write }, action, segments, flaw)) return true;
    }
    return false;
  }

  /** Whether the grant is one of the user's, and lets the user write. */
  private permission(user: string, { grantee, write }: Granted, flaw?: Flaw): boolean | undefined {
    if (grantee === `user:${user}`) return write;
    if (grantee === `group:${EVERYONE}`) return flaw === 'everyone is nobody' ? undefined : write;
    const role = this.groups.get(grantee.replace(/^group:/, ''))?.get(user);
    if (!grantee.startsWith('group:') || !role) return undefined;
    return write && (role !== 'reader' || flaw === 'readers write');
  }

  /** Carries the step out. Moments are those at which the request was sent (`sentAt`). */
  apply(step: Operation, sentAt: number): Expected {
    const asker = askerOf(step);
    if (asker !== ADMIN && !this.users.has(asker)) {
      this.users.set(asker, 'active');
      this.unwritten.add(asker);
    }
    // whoever is disabled does nothing
    if (this.users.get(asker) === 'disabled') return REFUSED;
    switch (step.kind) {
      case 'login':
      case 'rotate':
      case 'session':
        this.users.set(step.user, 'active');
        this.unwritten.delete(step.user);
        return ACCEPTED;
      case 'end_sessions':
      case 'expire':
        return ACCEPTED;
      case 'disable':
      case 'enable':
        if (!this.users.has(step.user)) return REFUSED;
        this.users.set(step.user, step.kind === 'enable' ? 'active' : 'disabled');
        this.unwritten.delete(step.user);
        return ACCEPTED;
      case 'remove_user':
        this.removeUser(step.user);
        return ACCEPTED;
      case 'share':
        return this.share(step, sentAt);
      case 'unshare':
        return this.unshare(step, sentAt);
      case 'save_group':
        return this.saveGroup(step, sentAt);
      case 'join':
      case 'leave':
        return this.moveMember(step);
      case 'remove_group':
        this.groups.delete(step.group);
        this.drop((grant) => grant.grantee === `group:${step.group}`);
        return ACCEPTED;
    }
  }

  /** Lets go of what has ended by itself. */
  forgetEnded(now: number): void {
    this.drop(({ expiresAt }) => expiresAt <= now);
  }

  private removeUser(user: string): void {
    this.users.delete(user);
    this.unwritten.delete(user);
    for (const members of this.groups.values()) members.delete(user);
    const [homes, name] = home(user);
    // what the user was given, and all that anybody was given in the user's home
    this.drop(
      ({ grantee, segments }) =>
        grantee === `user:${user}` || (segments[0] === homes && segments[1] === name),
    );
  }

  private share(step: Operation & { kind: 'share' }, sentAt: number): Expected {
    if (this.users.get(step.owner) !== 'active') return REFUSED;
    const results: Record<string, string> = {};
    let certain = true;
    if (step.groups.includes(EVERYONE)) this.hasEveryone = true;
    for (const grantee of targetsOf(step)) {
      if (!this.isThere(grantee) || grantee === `user:${step.owner}`) {
        results[grantee] = 'refused';
        continue;
      }
      const { outcome, ended } = this.give(grantee, step.wish, 'share', sentAt);
      results[grantee] = outcome;
      this.unwritten.delete(grantee.replace(/^user:/, ''));
      if (ended) certain = false;
    }
    const accepted = Object.values(results).some((each) => each !== 'refused');
    return { accepted, ...(certain ? { results } : {}) };
  }

  private unshare(step: Operation & { kind: 'unshare' }, sentAt: number): Expected {
    // what a disabled owner gave may be taken away by an administrator all the same
    if (!this.users.has(step.owner)) return REFUSED;
    if (step.groups.includes(EVERYONE)) this.hasEveryone = true;
    const named = targetsOf(step);
    const gone = [...this.grants.values()].filter(
      (grant) =>
        grant.origin === 'share' &&
        isSame(grant.segments, step.place.segments) &&
        (named.length === 0 || named.includes(grant.grantee)),
    );
    this.drop((grant) => gone.includes(grant));
    if (gone.some(({ expiresAt }) => expiresAt <= sentAt)) return ACCEPTED;
    const results = Object.fromEntries(
      named.map((grantee) => [grantee, this.isThere(grantee) ? 'not_shared' : 'refused']),
    );
    for (const { grantee } of gone) results[grantee] = 'revoked';
    const accepted = named.length === 0 || Object.values(results).some((each) => each !== 'refused');
    return { accepted, results };
  }

  private saveGroup(
    { by, group, lists, grants }: Operation & { kind: 'save_group' },
    sentAt: number,
  ): Expected {
    const members = this.groups.get(group);
    if (by !== ADMIN && (!this.mayChange(by, members) || grants)) return REFUSED;
    if (Object.values(lists).some((names) => names.some((name) => !this.users.has(name)))) return REFUSED;
    const now = new Map(members);
    for (const [name, role] of now) if (lists[role] && !lists[role].includes(name)) now.delete(name);
    for (const role of ROLES) for (const name of lists[role] ?? []) now.set(name, role);
    this.groups.set(group, now);
    if (grants) {
      const named = new Set(grants.map((grant) => keyOf(`group:${group}`, grant, 'group')));
      this.drop((grant) => {
        const key = keyOf(grant.grantee, grant, grant.origin);
        return grant.origin === 'group' && grant.grantee === `group:${group}` && !named.has(key);
      });
      for (const grant of grants) this.give(`group:${group}`, grant, 'group', sentAt);
    }
    return ACCEPTED;
  }

  private moveMember(step: Operation & { kind: 'join' | 'leave' }): Expected {
    const members = this.groups.get(step.group);
    if (!members || (step.by !== ADMIN && !this.mayChange(step.by, members))) return REFUSED;
    if (step.kind === 'leave') members.delete(step.user);
    else if (!this.users.has(step.user)) return REFUSED;
    else members.set(step.user, step.role);
    return ACCEPTED;
  }

  private mayChange(user: string, members: ReadonlyMap<string, string> | undefined): boolean {
    return members?.get(user) === 'owner' && this.users.get(user) === 'active';
  }

  /** `ended`: there was one whose time was over, so that the service may or may not have known it still. */
  private give(grantee: string, wish: Wish, origin: Granted['origin'], sentAt: number) {
    const key = keyOf(grantee, wish, origin);
    const before = this.grants.get(key);
    const { segments, folder, write, expiresInMs } = wish;
    const expiresAt = expiresInMs === undefined ? Infinity : wholeSeconds(sentAt + expiresInMs);
    this.grants.set(key, { grantee, segments, folder, write, expiresAt, origin });
    const isChange = before && (before.write !== write || before.expiresAt !== expiresAt);
    const outcome = !before ? 'granted' : isChange ? 'changed' : 'unchanged';
    return { outcome, ended: before !== undefined && before.expiresAt <= sentAt };
  }

  private isThere(grantee: string): boolean {
    const [kind, name = ''] = grantee.split(':');
    return kind === 'user' ? this.users.has(name) : name === EVERYONE || this.groups.has(name);
  }

  private drop(which: (grant: Granted) => boolean): void {
    for (const [key, grant] of this.grants) if (which(grant)) this.grants.delete(key);
  }
}

/** When a grant that is to end at this moment ends: whole seconds count. */
export function wholeSeconds(moment: number): number {
  return Math.floor(moment / 1000) * 1000;
}

function targetsOf({ users, groups }: { users: string[]; groups: string[] }): string[] {
  return [...users.map((name) => `user:${name}`), ...groups.map((name) => `group:${name}`)];
}

function keyOf(grantee: string, { segments, folder }: Place, origin: Granted['origin']): string {
  return `${grantee} ${segments.join('/')}${folder ? '/' : ''} ${origin}`;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
