import { Injectable } from '@nestjs/common';
import type { Executor, GroupRole, SubjectRow } from '../../database/schema.js';
import { AskedStore } from './asked.store.js';
import { type Member, type Membership, MembershipsStore } from './memberships.store.js';

export type { Membership };

/** The membership that a request wants for a user. */
export interface MemberSpec {
  user: SubjectRow;
  role: GroupRole;
}

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

  /** Gives the listed users the role, the others stay. */
  async add(group: SubjectRow, specs: readonly MemberSpec[], trx: Executor): Promise<MembersChanged> {
    return this.put(group, specs, await this.store.membersOf(group.id, trx), trx);
  }

  /** For roles of the provisioning: a membership that a person gave stays as it is. */
  async manage(
    group: SubjectRow,
    user: SubjectRow,
    role: GroupRole,
    trx: Executor,
  ): Promise<'granted' | 'changed' | 'unchanged' | 'by_hand'> {
    const present = (await this.store.groupsOf(user.id, trx)).find(({ group_id }) => group_id === group.id);
    if (present && !present.managed) return 'by_hand';
    if (present?.role === role) return 'unchanged';
    await this.store.put(group.id, [{ user_id: user.id, role }], trx, true);
    await this.asked.obtained(group.id, role, [user.id], trx);
    return present ? 'changed' : 'granted';
  }

  /** False: the user was not in the group. */
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
  ): Promise<MembersChanged> {
    const roles = new Map(present.map(({ user_id, role }) => [user_id, role]));
    // if a user is listed twice, with two roles, the last one counts
    const wanted = [...new Map(specs.map((each) => [each.user.id, each])).values()];
    const news = wanted.filter(({ user, role }) => roles.get(user.id) !== role);
    await this.store.put(
      group.id,
      news.map(({ user, role }) => ({ user_id: user.id, role })),
      trx,
    );
    for (const [role, given] of Map.groupBy(news, (spec) => spec.role))
      await this.asked.obtained(
        group.id,
        role,
        given.map(({ user }) => user.id),
        trx,
      );
    const narrowed = news.some(({ user, role }) => role === 'reader' && roles.has(user.id));
    return { changed: news.length > 0, narrowed };
  }
}
