import { Injectable } from '@nestjs/common';
import type { Executor, GroupRole, SubjectRow } from '../../database/schema.js';
import { AskedStore } from './asked.store.js';
import { type Holds, holdsIn, roleOf } from './holds.js';
import { type Member, type Membership, MembershipsStore } from './memberships.store.js';

export type { Member, Membership };

/** The membership that a request wants for a user. */
export interface MemberSpec {
  user: SubjectRow;
  role: GroupRole;
  /** The person who gives it; null: MinIO had it before. */
  by: string | null;
}

/** What another origin than a person did to a membership. `by_hand`: a person gave it, so the role that counts stays. */
export type HoldOutcome = 'granted' | 'changed' | 'unchanged' | 'ended' | 'by_hand';

/** What a change of members did; `narrowed`: a member may do less than before. */
export interface MembersChanged {
  changed: boolean;
  narrowed: boolean;
}

/** Who is in which group; changes run in the caller's transaction, with the group's row locked. */
@Injectable()
export class Memberships {
  constructor(
    private readonly store: MembershipsStore,
    private readonly asked: AskedStore,
  ) {}

  of(groupId: string, trx?: Executor): Promise<Member[]> {
    return this.store.membersOf(groupId, trx);
  }

  groupsOf(userId: string, trx?: Executor): Promise<Membership[]> {
    return this.store.groupsOf(userId, trx);
  }

  /** The groups of the user of that name; none if there is no such user. */
  groupsOfName(userName: string): Promise<Membership[]> {
    return this.store.groupsOfName(userName);
  }

  /** The user of that name with the groups; undefined if there is no such user. */
  userWithGroups(userName: string): Promise<{ row: SubjectRow; groups: Membership[] } | undefined> {
    return this.store.userWithGroups(userName);
  }

  /** Gives the listed users the role; an unlisted member with one of `roles` leaves the group. */
  async replace(
    group: SubjectRow,
    specs: readonly MemberSpec[],
    roles: readonly GroupRole[],
    trx: Executor,
  ): Promise<MembersChanged> {
    const present = await this.store.membersOf(group.id, trx);
    const named = new Set(specs.map(({ user }) => user.id));
    const leaving = present.filter(({ user_id, role }) => roles.includes(role) && !named.has(user_id));
    await this.store.remove(
      group.id,
      leaving.map(({ user_id }) => user_id),
      trx,
    );
    const added = await this.put(group, specs, present, trx);
    return { changed: added.changed || leaving.length > 0, narrowed: added.narrowed || leaving.length > 0 };
  }

  /** Gives the listed users the role by hand, also those who have it by other means; the others stay. */
  async add(group: SubjectRow, specs: readonly MemberSpec[], trx: Executor): Promise<MembersChanged> {
    return this.put(group, specs, await this.store.membersOf(group.id, trx), trx, true);
  }

  /**
   * The role that a user should have in the group by roles of the provisioning, or by the login; undefined: none any more. What a person or
   * the other origin gave stays.
   */
  async hold(
    group: SubjectRow,
    user: Pick<SubjectRow, 'id'>,
    { origin, role }: { origin: 'role' | 'login'; role: GroupRole | undefined },
    trx: Executor,
  ): Promise<HoldOutcome> {
    const present = (await this.store.groupsOf(user.id, trx)).find(({ group_id }) => group_id === group.id);
    const holds: Holds = present ? holdsIn(present) : {};
    const { [origin]: old, ...others } = holds;
    const now: Holds = { ...others, ...(role ? { [origin]: role } : {}) };
    const counts = roleOf(now);
    if (old !== role && counts)
      await this.store.put(group.id, [{ user_id: user.id, holds: now, by: null }], trx);
    if (old !== role && !counts) await this.store.remove(group.id, [user.id], trx);
    if (others.hand) return 'by_hand';
    if (counts === present?.role) return 'unchanged';
    if (!counts) return 'ended';
    await this.asked.obtained(group.id, counts, [user.id], trx);
    return present ? 'changed' : 'granted';
  }

  /** Whoever gave the membership, it ends. False: the user was not in the group. */
  async remove(group: SubjectRow, userName: string, trx: Executor): Promise<boolean> {
    const present = await this.store.membersOf(group.id, trx);
    const member = present.find(({ user_name }) => user_name === userName);
    if (member) await this.store.remove(group.id, [member.user_id], trx);
    return member !== undefined;
  }

  private async put(
    group: SubjectRow,
    specs: readonly MemberSpec[],
    present: readonly Member[],
    trx: Executor,
    always = false,
  ): Promise<MembersChanged> {
    const known = new Map(present.map((member) => [member.user_id, holdsIn(member)]));
    // if a user is listed twice, with two roles, the last one counts
    const wanted = [...new Map(specs.map((each) => [each.user.id, each])).values()];
    const held = ({ id }: SubjectRow): Holds => known.get(id) ?? {};
    const news = wanted.filter(({ user, role }) => (always ? held(user).hand : roleOf(held(user))) !== role);
    await this.store.put(
      group.id,
      news.map(({ user, role, by }) => ({ user_id: user.id, holds: { ...held(user), hand: role }, by })),
      trx,
    );
    for (const [role, given] of Map.groupBy(news, (spec) => spec.role))
      await this.asked.obtained(
        group.id,
        role,
        given.map(({ user }) => user.id),
        trx,
      );
    const narrowed = news.some(({ user, role }) => role === 'reader' && known.has(user.id));
    return { changed: news.length > 0, narrowed };
  }
}
