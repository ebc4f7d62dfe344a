import { Injectable } from '@nestjs/common';
import type { SubjectRow } from '../../database/schema.js';
import type { AccessQuestion } from '../../policy/access-question.js';
import { EVERYONE, MEMBERS_OF_ALL, minioGroup, userNameOfPrincipal } from '../../policy/names.js';
import type { LakePath } from '../../policy/paths.js';
import type { Membership } from '../store/memberships.store.js';
import { minioName } from '../subject-key.js';
import { type Attached, ForeignAccess, type Holding, type Overview } from './foreign-access.js';
import { type Because, judged, mostOf, type OwnHolding, ownReasons } from './judge.js';
import { OwnAccess } from './own-access.js';

/** Somebody who reaches a path. A group is one entry, whoever is in it. */
export interface Reacher {
  kind: 'user' | 'group';
  name: string;
  permission: Because['permission'];
  /** Of a group. */
  member_count?: number;
  /** Of a group, where they were asked for and may be seen. */
  members?: { user_name: string; role: string }[];
  because: Because[];
}

/** Who asks, and how much of it is shown. */
export interface Asker {
  name: string;
  admin: boolean;
  /** With the members of the groups that the asker may see. */
  expand?: boolean;
}

const NOTHING: Holding = { locked: false, policies: [] };

/** Answers who reaches a path and why, by what is ours and by whatever else MinIO holds. */
@Injectable()
export class Explain {
  constructor(
    private readonly own: OwnAccess,
    private readonly foreign: ForeignAccess,
  ) {}

  /** The user in whose home the path lies; nothing for a path in nobody's. */
  ownerOf(path: LakePath): string | undefined {
    return this.own.ownerOf(path);
  }

  /** Everybody who reaches the path, by kind and name. MinIO is asked a bounded number of times, however many people there are. */
  async reachers(path: LakePath, asker: Asker): Promise<Reacher[]> {
    const [at, overview] = await Promise.all([this.own.at(path), this.foreign.overview()]);
    const found = new Map<string, Reacher>();
    for (const { kind, name, principal, holdings, held } of candidates(at, overview)) {
      const entry = entryOf({ path, inFull: asker.admin, principal }, holdings, held);
      if (!entry) continue;
      const key = `${kind}:${name}`;
      const known = found.get(key);
      // a group of ours and the one of its readers
      if (known) known.because.push(...entry.because);
      else found.set(key, { kind, name, ...entry });
    }
    const sorted = [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reacher]) => reacher);
    for (const reacher of sorted)
      if (reacher.kind === 'group')
        Object.assign(reacher, await this.countOf(reacher.name, asker, overview.groups.get(reacher.name)));
    return sorted;
  }

  /** Why the user may do this now; empty: they may not. `withGroup`: as if they were a member of that group, too. */
  async reasons(
    user: SubjectRow,
    asked: Pick<AccessQuestion, 'action'> & { path: LakePath; withGroup?: SubjectRow | undefined },
    inFull = false,
  ): Promise<Because[]> {
    if (user.status !== 'active') return [];
    const { path, action, withGroup } = asked;
    const principal = minioName(user);
    const question: AccessQuestion = { ...path, action, now: new Date(), principal };
    const [holdings, held, more] = await Promise.all([
      this.own.of(user, path, withGroup),
      this.foreign.ofUser(principal, await this.own.minioGroupsOf(user)),
      withGroup ? this.foreign.ofGroup(minioName(withGroup)) : NOTHING,
    ]);
    const all = { locked: held.locked || more.locked, policies: [...held.policies, ...more.policies] };
    const own = holdings.flatMap((holding) => ownReasons(holding, question));
    return judged(own, all, question, inFull);
  }

  /** What a user holds in MinIO that is not ours; `locked`: disabled there, or in a disabled group. */
  async holdingOf(user: SubjectRow): Promise<Holding> {
    return this.foreign.ofUser(minioName(user), await this.own.minioGroupsOf(user));
  }

  /** The groups of a user, and the names of the policies in {@link holdingOf}. */
  async standingOf(user: SubjectRow): Promise<{ memberships: Membership[]; policies: Attached[] }> {
    const memberships = await this.own.membershipsOf(user);
    const expected = await this.own.minioGroupsOf(user);
    return { memberships, policies: await this.foreign.namesOf(minioName(user), expected) };
  }

  /**
   * By which policies that are not ours a user or a group reaches the path. Throws `storage_unavailable` when MinIO failed others since the
   * moment (of `performance.now()`).
   */
  async foreignReasons(row: SubjectRow, path: LakePath, since: number): Promise<Because[]> {
    // MinIO's group of that name is somebody else's
    if (row.unchecked) return [];
    this.foreign.refuseIfAway(since);
    const principal = minioName(row);
    const isGroup = row.kind === 'group';
    const held = isGroup ? await this.foreign.ofGroup(principal) : await this.holdingOf(row);
    const asked = { path, inFull: false, principal: isGroup ? undefined : principal };
    return entryOf(asked, [], held)?.because ?? [];
  }

  private async countOf(
    name: string,
    asker: Asker,
    held: { memberCount: number } | undefined,
  ): Promise<Pick<Reacher, 'member_count' | 'members'>> {
    const row = await this.own.find('group', name);
    if (row?.name !== name) return { member_count: held?.memberCount ?? 0 };
    const { count, members } = await this.own.membersOf(row);
    const maySee = asker.admin || members.some(({ user_name }) => user_name === asker.name);
    return { member_count: count, ...(asker.expand && maySee && name !== EVERYONE ? { members } : {}) };
  }
}

/** Somebody who may reach the path: whom our grants name, and who holds a policy that is not ours. */
interface Candidate {
  kind: Reacher['kind'];
  name: string;
  /** The MinIO user; a group is asked for anybody in it. */
  principal: string | undefined;
  holdings: readonly OwnHolding[];
  held: Holding;
}

function candidates(
  at: readonly { row: SubjectRow; holdings: OwnHolding[] }[],
  { users, groups }: Overview,
): Candidate[] {
  const ours = at.map(({ row, holdings }): Candidate => {
    const minio = minioName(row);
    return row.kind === 'group'
      ? { kind: 'group', name: row.name, principal: undefined, holdings, held: groups.get(minio) ?? NOTHING }
      : { kind: 'user', name: row.name, principal: minio, holdings, held: users.get(minio) ?? NOTHING };
  });
  const met = new Set(ours.map(({ kind, name, principal }) => `${kind}:${principal ?? minioGroup(name)}`));
  const others: Candidate[] = [];
  for (const [group, held] of groups)
    if (!met.has(`group:${group}`))
      others.push({ kind: 'group', name: groupNameOf(group), principal: undefined, holdings: [], held });
  for (const [principal, held] of users) {
    // who has it by a group only is in the entry of the group
    if (met.has(`user:${principal}`) || held.policies.every(({ group }) => group !== undefined)) continue;
    const name = userNameOfPrincipal(principal) ?? principal;
    others.push({ kind: 'user', name, principal, holdings: [], held });
  }
  return [...ours, ...others];
}

function entryOf(
  { path, inFull, principal }: { path: LakePath; inFull: boolean; principal?: string | undefined },
  holdings: readonly OwnHolding[],
  held: Holding,
): Pick<Reacher, 'permission' | 'because'> | undefined {
  const now = new Date();
  return mostOf((action) => {
    const question: AccessQuestion = {
      ...path,
      action,
      now,
      ...(principal === undefined ? {} : { principal }),
    };
    const own = holdings.flatMap((holding) => ownReasons(holding, question));
    return judged(own, held, question, inFull);
  });
}

/** Our name of a MinIO group, if it is one of ours. */
function groupNameOf(group: string): string {
  if (group === MEMBERS_OF_ALL) return EVERYONE;
  return group.replace(/^mgr:readers:/, '');
}
