import { Injectable } from '@nestjs/common';
import type { SubjectRow } from '../../database/schema.js';
import type { AccessQuestion } from '../../policy/access-question.js';
import { EVERYONE } from '../../policy/names.js';
import type { LakePath } from '../../policy/paths.js';
import type { Membership } from '../memberships/memberships.store.js';
import { minioName } from '../subjects/subject-key.js';
import { type Candidate, candidates, NOTHING } from './candidates.js';
import { entryAt, entryBelow, type Entry } from './entries.js';
import { type Attached, ForeignAccess, type Holding, type Overview } from './foreign-access.js';
import { type AccessReason, judged, type OwnHolding, ownReasons } from './judge.js';
import { OwnAccess, type SizedGroup } from './own-access.js';

/** The most users and groups that are looked at together: more than a page has. */
const MAX_AT_ONCE = 1000;

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
    const keys = [...named.keys()].filter((each) => each > after).sort();
    const size = Math.min(limit, MAX_AT_ONCE);
    const found: Accessor[] = [];
    for (let from = 0; from < keys.length && found.length < limit; from += size) {
      const those = keys.slice(from, from + size).flatMap((key) => [named.get(key) ?? []]);
      found.push(...(await this.accessors(those, { path, below }, asker, overview)));
    }
    return found;
  }

  /** The entries of candidates, who come together if they are one entry. The number of statements does not grow with theirs. */
  private async accessors(
    named: readonly Candidate[][],
    { path, below }: { path: LakePath; below: boolean },
    asker: Asker,
    overview: Overview,
  ): Promise<Accessor[]> {
    const all = named.flat();
    const groupNames = all.flatMap(({ kind, name }) => (kind === 'group' ? [name] : []));
    const groups = await this.own.groups(groupNames, asker.name);
    const ours = all.flatMap(({ ours: own }) => own ?? []);
    const held = await this.own.holdingsAt(ours, { path, below, groups });
    const found: Accessor[] = [];
    for (const those of named) {
      const [first] = those;
      const [entry, ...more] = those.flatMap((each) => {
        const holdings = (each.ours && held.get(each.ours)) ?? [];
        return this.entryOf(each, holdings, { path, below, inFull: asker.admin }) ?? [];
      });
      if (!first || !entry) continue;
      for (const { because } of more) entry.because.push(...because);
      const { kind, name } = first;
      if (kind === 'user') found.push({ kind, name, ...entry });
      else {
        const members = await this.membersOf(groups.get(name), asker);
        const foreignCount = overview.groups.get(name)?.memberCount;
        found.push({
          kind,
          name,
          ...entry,
          member_count: groups.get(name)?.count ?? foreignCount ?? 0,
          ...members,
        });
      }
    }
    return found;
  }

  private entryOf(
    { held, principal, kind, name }: Candidate,
    holdings: readonly OwnHolding[],
    { path, below, inFull }: { path: LakePath; below: boolean; inFull: boolean },
  ): Entry | undefined {
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

  /** If they are asked for, and the asker may see them. */
  private async membersOf(group: SizedGroup | undefined, asker: Asker): Promise<Pick<Accessor, 'members'>> {
    if (!asker.expand || !group || group.row.name === EVERYONE) return {};
    return asker.admin || group.sees ? { members: await this.own.membersOf(group.row) } : {};
  }
}
