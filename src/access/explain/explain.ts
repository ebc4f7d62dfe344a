import { Injectable } from '@nestjs/common';
import type { SubjectRow } from '../../database/schema.js';
import type { AccessQuestion } from '../../policy/access-question.js';
import { EVERYONE } from '../../policy/names.js';
import type { LakePath } from '../../policy/paths.js';
import type { Membership } from '../memberships/memberships.store.js';
import { minioName } from '../subjects/subject-key.js';
import { type Candidate, candidates, NOTHING } from './candidates.js';
import { entryAt, entryBelow, type Entry } from './entries.js';
import { type Attached, ForeignAccess, type Holding } from './foreign-access.js';
import { type AccessReason, judged, ownReasons } from './judge.js';
import { OwnAccess } from './own-access.js';

/** A user or group that reaches a path. A group is one entry, whatever its members. */
export interface Accessor {
  kind: 'user' | 'group';
  name: string;
  permission: AccessReason['permission'];
  /** Of a group. */
  member_count?: number;
  /** Of a group, if the asker wants them and may see them. */
  members?: { user_name: string; role: string }[];
  because: AccessReason[];
  /** Reasons that are left out, with `below`. */
  because_left_out?: number;
}

/** Which part of the list is wanted. */
export interface ReachersPage {
  /** Kind and name of the last entry before. */
  after?: string;
  limit?: number;
  below?: boolean;
}

/** Who asks, and how much of the answer is shown. */
export interface Asker {
  name: string;
  admin: boolean;
  /** With the members of the groups that the asker may see. */
  expand?: boolean;
}

/** Answers who reaches a path and why, from this service's grants and from foreign policies in MinIO. */
@Injectable()
export class Explain {
  constructor(
    private readonly own: OwnAccess,
    private readonly foreign: ForeignAccess,
  ) {}

  /** The user in whose home the path lies; undefined for a path outside every home. */
  ownerOf(path: LakePath): string | undefined {
    return this.own.ownerOf(path);
  }

  /**
   * Who reaches the path, or with `below` anything at or below it, by kind and name: at least `limit` of them after `after`, if there are
   * as many. The number of calls to MinIO is bounded, whatever the number of people.
   */
  async reachers(
    path: LakePath,
    asker: Asker,
    { after = '', limit = Infinity, below = false }: ReachersPage = {},
  ): Promise<Accessor[]> {
    const [ours, overview] = await Promise.all([this.own.candidates(path, below), this.foreign.overview()]);
    // a group of this service and the one of its readers are one entry
    const named = Map.groupBy(candidates(ours, overview), ({ kind, name }) => `${kind}:${name}`);
    const found: Accessor[] = [];
    for (const key of [...named.keys()].filter((each) => each > after).sort()) {
      if (found.length >= limit) break;
      const those = named.get(key) ?? [];
      const [first] = those;
      const entries = await Promise.all(those.map((each) => this.entryOf(each, path, asker.admin, below)));
      const [entry, ...more] = entries.filter((each) => each !== undefined);
      if (!first || !entry) continue;
      for (const { because } of more) entry.because.push(...because);
      const { kind, name } = first;
      const group = kind === 'group' ? await this.countOf(name, asker, overview.groups.get(name)) : {};
      found.push({ kind, name, ...entry, ...group });
    }
    return found;
  }

  private async entryOf(
    { ours, held, principal, kind, name }: Candidate,
    path: LakePath,
    inFull: boolean,
    below: boolean,
  ): Promise<Entry | undefined> {
    const holdings = ours ? await this.own.holdingsAt(ours, path, below) : [];
    const asked = { path, inFull, principal };
    const homes = kind === 'user' ? this.own.homesOf(name) : [];
    return below ? entryBelow(asked, holdings, held, homes) : entryAt(asked, holdings, held);
  }

  /** Why the user may do this now; empty: they may not. `withGroup`: as if they were a member of that group, too. */
  async reasons(
    user: SubjectRow,
    asked: Pick<AccessQuestion, 'action'> & { path: LakePath; withGroup?: SubjectRow | undefined },
    inFull = false,
  ): Promise<AccessReason[]> {
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

  /** A user's foreign policies in MinIO; `locked`: disabled there, or in a disabled group. */
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
   * The foreign policies by which a user or a group reaches the path. Throws `storage_unavailable` when MinIO failed other calls since the
   * moment (of `performance.now()`).
   */
  async foreignReasons(row: SubjectRow, path: LakePath, since: number): Promise<AccessReason[]> {
    // MinIO's group of that name may be foreign
    if (row.unchecked) return [];
    this.foreign.refuseIfAway(since);
    const principal = minioName(row);
    const isGroup = row.kind === 'group';
    const held = isGroup ? await this.foreign.ofGroup(principal) : await this.holdingOf(row);
    const asked = { path, inFull: false, principal: isGroup ? undefined : principal };
    return entryAt(asked, [], held)?.because ?? [];
  }

  private async countOf(
    name: string,
    asker: Asker,
    held: { memberCount: number } | undefined,
  ): Promise<Pick<Accessor, 'member_count' | 'members'>> {
    const row = await this.own.find('group', name);
    if (row?.name !== name) return { member_count: held?.memberCount ?? 0 };
    const { count, members } = await this.own.membersOf(row);
    const maySee = asker.admin || members.some(({ user_name }) => user_name === asker.name);
    return { member_count: count, ...(asker.expand && maySee && name !== EVERYONE ? { members } : {}) };
  }
}
