import { Injectable } from '@nestjs/common';
import { type GrantWish, Grants } from '../access/grants/grants.js';
import { Memberships, type MemberWish } from '../access/memberships/memberships.js';
import { Targets } from '../access/subjects/targets.js';
import type { Change, Work } from '../access/changes/writer.js';
import { Subjects } from '../access/subjects/subjects.js';
import { userDisabled } from '../auth/people/user-status.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import type { RequestActor } from '../auth/authenticated.js';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import type { Executor, GroupRole, SubjectRow } from '../database/schema.js';
import { homeOwner } from '../policy/paths.js';
import type { GroupGrantWish, GroupWish } from './group-requests.js';
import { requireTag, tagOf } from './group-rights.js';

/** Whether a group was made by a change. */
export interface GroupSaved {
  created: boolean;
}

/** On what terms a group is saved. */
export interface SaveTerms {
  tag: string | undefined;
  unchecked: boolean;
}

/** Who comes into a group, and as what. */
export interface NewMember {
  user_name: string;
  role: GroupRole;
}

interface Rows {
  group: SubjectRow | undefined;
  user: (name: string) => SubjectRow | undefined;
}

/** Changes of groups, each in the transaction it is given, by whoever may make them. */
@Injectable()
export class GroupChanges {
  constructor(
    private readonly subjects: Subjects,
    private readonly targets: Targets,
    private readonly memberships: Memberships,
    private readonly grants: Grants,
    private readonly config: AppConfig,
  ) {}

  /**
   * Makes the group (administrators) or changes it (its owners, too). `tag`: only if the group is still as it was then. `unchecked`: MinIO
   * could not be asked whether it has such a group of somebody else.
   */
  save(name: string, wish: GroupWish, actor: RequestActor, { tag, unchecked }: SaveTerms): Work<GroupSaved> {
    return async (trx) => {
      const named = Object.entries(wish.roles).flatMap(([, names]) => names);
      const owners = (wish.grants ?? []).flatMap(({ path }) => homeOwner(path, this.config.lake) ?? []);
      const rows = await this.lock(name, [...named, ...owners], trx);
      await this.requireRights(rows.group, actor, trx);
      if (wish.grants && !actor.caller.admin)
        throw new Problem('forbidden', 'Only an administrator gives a group access to a path');
      requireTag(rows.group, tag);
      const created = rows.group ? undefined : await this.create(name, wish, { actor, unchecked }, trx);
      const group = rows.group ?? created;
      if (!group) throw new Problem('name_taken', 'A group of that name is just being made');
      const done = [
        await this.setMembers(group, wish.roles, rows, trx),
        await this.setGrants(group, wish.grants, rows, actor, trx),
        await this.setDescription(group, wish, created !== undefined, trx),
      ];
      const detail = { fields: [...Object.keys(wish.roles), ...(wish.grants ? ['grants'] : [])] };
      const event = { action: 'group.changed', detail };
      const changed = created !== undefined || done.some((each) => each.changed);
      const revoking = done.some((each) => each.narrowed);
      const touched = await this.finish(group, { changed, revoking }, { actor, event }, trx);
      return { value: { created: created !== undefined }, touched };
    };
  }

  /** Puts a user into the group, or gives a new role there. `tag` as for `save`. */
  addMember(
    name: string,
    { user_name: userName, role }: NewMember,
    actor: RequestActor,
    tag?: string,
  ): Work<string> {
    return async (trx) => {
      const rows = await this.lock(name, [userName], trx);
      const group = await this.requireGroup(rows.group, actor, trx);
      requireTag(group, tag);
      const user = rows.user(userName);
      if (!user) throw unknownUser('user_name');
      const { changed, narrowed } = await this.memberships.add(group, [{ user, role }], trx);
      const event = { action: 'group.member_added', detail: { user_name: userName, role } };
      return tagged(await this.finish(group, { changed, revoking: narrowed }, { actor, event }, trx), group);
    };
  }

  /** Takes a user out of the group; one who is not in it is fine. `tag` as for `save`. */
  removeMember(name: string, userName: string, actor: RequestActor, tag?: string): Work<string> {
    return async (trx) => {
      const rows = await this.lock(name, [], trx);
      const group = await this.requireGroup(rows.group, actor, trx);
      requireTag(group, tag);
      const changed = await this.memberships.remove(group, userName, trx);
      const event = { action: 'group.member_removed', detail: { user_name: userName } };
      return tagged(await this.finish(group, { changed, revoking: true }, { actor, event }, trx), group);
    };
  }

  private async lock(name: string, users: readonly string[], trx: Executor): Promise<Rows> {
    const key: SubjectKey = { kind: 'group', name };
    const userKeys = users.map((user): SubjectKey => ({ kind: 'user', name: user }));
    const { targets, also } = await this.targets.lock(userKeys, trx, [key]);
    const rows = new Map(targets.flatMap(({ key: { name: user }, row }) => (row ? [[user, row]] : [])));
    return { group: also[0], user: (user) => rows.get(user) };
  }

  /** A group is not there for who is not in it; it is changed by its owners and administrators. */
  private async requireRights(
    group: SubjectRow | undefined,
    actor: RequestActor,
    trx: Executor,
  ): Promise<void> {
    if (group?.status === 'removing' && actor.caller.admin)
      throw new Problem('name_taken', 'The removal of the group is not finished yet');
    if (actor.caller.admin) return;
    const members = group ? await this.memberships.of(group.id, trx) : [];
    const caller = members.find(({ user_name }) => user_name === actor.name);
    if (!caller) throw new Problem('not_found', 'There is no such group');
    if (caller.role !== 'owner') throw new Problem('forbidden', 'Only an owner of the group may change it');
    if (caller.status === 'disabled') throw userDisabled();
  }

  private async requireGroup(
    group: SubjectRow | undefined,
    actor: RequestActor,
    trx: Executor,
  ): Promise<SubjectRow> {
    if (!group || group.status === 'removing') throw new Problem('not_found', 'There is no such group');
    await this.requireRights(group, actor, trx);
    return group;
  }

  private async create(
    name: string,
    wish: GroupWish,
    { actor, unchecked }: { actor: RequestActor; unchecked: boolean },
    trx: Executor,
  ): Promise<SubjectRow | undefined> {
    if (await this.subjects.find({ kind: 'group', name }, trx))
      throw new Problem('name_taken', 'A group whose name differs only in case is there');
    const group = { name, description: wish.description ?? null, unchecked };
    return this.subjects.createGroup(group, actor, trx);
  }

  private async setMembers(group: SubjectRow, roles: GroupWish['roles'], rows: Rows, trx: Executor) {
    const wishes: MemberWish[] = [];
    for (const [role, names] of Object.entries(roles) as [GroupRole, string[]][]) {
      for (const name of new Set(names)) {
        const user = rows.user(name);
        if (!user) throw unknownUser(`${role}s`);
        wishes.push({ user, role });
      }
    }
    return this.memberships.replace(group, wishes, Object.keys(roles) as GroupRole[], trx);
  }

  private async setGrants(
    group: SubjectRow,
    wishes: readonly GroupGrantWish[] | undefined,
    rows: Rows,
    actor: RequestActor,
    trx: Executor,
  ) {
    if (!wishes) return { changed: false, narrowed: false };
    const full = wishes.map((each) => {
      const owner = homeOwner(each.path, this.config.lake);
      const wish: GrantWish = { ...each, reason: null, origin: 'group', grantedBy: actor.name };
      return { wish, owner: (owner === undefined ? undefined : rows.user(owner)) ?? null };
    });
    return this.grants.replaceOwn(group, full, trx);
  }

  private async setDescription(group: SubjectRow, wish: GroupWish, created: boolean, trx: Executor) {
    const { description } = wish;
    const changed = !created && description !== undefined && description !== group.description;
    if (changed) await this.subjects.describe(group, description, trx);
    return { changed, narrowed: false };
  }

  private finish(
    group: SubjectRow,
    { changed, revoking }: { changed: boolean; revoking: boolean },
    { actor, event }: { actor: RequestActor; event: { action: string; detail: Record<string, unknown> } },
    trx: Executor,
  ): Promise<SubjectRow[]> {
    const touched = changed ? [{ id: group.id, revoking }] : [];
    return this.subjects.touch(touched, { key: group, actor, event }, trx);
  }
}

/** The change with the tag that the group has by it. */
function tagged(touched: SubjectRow[], group: SubjectRow): Change<string> {
  return { value: tagOf(touched.find(({ id }) => id === group.id) ?? group), touched };
}

function unknownUser(field: string): Problem {
  const errors = [{ field, rule: 'names a user who was never here' }];
  return new Problem('unknown_user', `${field}: names a user who was never here`, { errors });
}
