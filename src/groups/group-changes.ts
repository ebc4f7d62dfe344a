import { Injectable } from '@nestjs/common';
import { type GrantSpec, Grants } from '../access/grants/grants.js';
import { Memberships, type MemberSpec } from '../access/memberships/memberships.js';
import { Targets } from '../access/subjects/targets.js';
import type { MutationResult, Mutation } from '../access/changes/writer.js';
import { Subjects } from '../access/subjects/subjects.js';
import { userDisabled } from '../auth/people/user-status.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import type { RequestContext } from '../auth/authenticated.js';
import { MissingThings } from '../common/problems/missing-things.js';
import { brokenRule, noSuch, Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import type { Executor, GroupRole, SubjectRow } from '../database/schema.js';
import { homeOwner, namesUser } from '../policy/paths.js';
import type { GroupGrantSpec, GroupSpec } from './group-requests.js';
import { requireTag, tagOf } from './group-rights.js';

/** Whether a change created the group. */
export interface GroupSaved {
  created: boolean;
}

/** Conditions of saving a group. */
export interface SaveTerms {
  tag: string | undefined;
  unchecked: boolean;
}

/** A new member and its role. */
export interface NewMember {
  user_name: string;
  role: GroupRole;
}

interface Rows {
  group: SubjectRow | undefined;
  user: (name: string) => SubjectRow | undefined;
}

/** Changes of groups, each in the given transaction, with the rules for who may make them. */
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
   * Creates the group (administrators) or changes it (also its owners). `tag`: only if the group has not changed since. `unchecked`: MinIO
   * could not be asked whether it already has a foreign group of this name.
   */
  save(
    name: string,
    spec: GroupSpec,
    context: RequestContext,
    { tag, unchecked }: SaveTerms,
  ): Mutation<GroupSaved> {
    return async (trx) => {
      const named = Object.entries(spec.roles).flatMap(([, names]) => names);
      const owners = (spec.grants ?? []).flatMap(({ path }) => homeOwner(path, this.config.lake) ?? []);
      const rows = await this.lock(name, [...named, ...owners], trx);
      await this.requireRights(rows.group, context, trx);
      if (spec.grants && !context.caller.admin)
        throw new Problem('forbidden', 'Only an administrator gives a group access to a path');
      requireTag(rows.group, tag);
      const created = rows.group
        ? undefined
        : await this.create(name, spec, { actor: context, unchecked }, trx);
      const group = rows.group ?? created;
      if (!group) throw new Problem('name_taken', 'A group with that name is just being created');
      const done = [
        await this.setMembers(group, spec.roles, rows, { actor: context, trx }),
        await this.setGrants(group, spec.grants, rows, context, trx),
        await this.setProfile(group, spec.profile, trx),
      ];
      const fields = [
        ...Object.keys(spec.roles),
        ...(spec.grants ? ['grants'] : []),
        ...Object.keys(spec.profile),
      ];
      const detail = { fields };
      const event = { action: 'group.changed', detail };
      const changed = created !== undefined || done.some((each) => each.changed);
      const revoking = done.some((each) => each.narrowed);
      const affected = await this.finish(group, { changed, revoking }, { actor: context, event }, trx);
      return { value: { created: created !== undefined }, affected };
    };
  }

  /** Adds a user to the group, or changes the user's role. `tag` as for `save`. */
  addMember(
    name: string,
    { user_name: userName, role }: NewMember,
    context: RequestContext,
    tag?: string,
  ): Mutation<string> {
    return async (trx) => {
      const rows = await this.lock(name, [userName], trx);
      const user = rows.user(userName);
      const unknown = user ? [] : [userName];
      if (!rows.group) throw noGroup(name, unknown);
      const group = await this.requireGroup(rows.group, context, trx);
      requireTag(group, tag);
      if (!user) throw unknownUsers('user_name', unknown);
      const { changed, narrowed } = await this.memberships.add(
        group,
        [{ user, role, by: context.name }],
        trx,
      );
      const event = { action: 'group.member_added', detail: { user_name: userName, role } };
      return tagged(
        await this.finish(group, { changed, revoking: narrowed }, { actor: context, event }, trx),
        group,
      );
    };
  }

  /** Removes a user from the group; a user who is not in it is no error. `tag` as for `save`. */
  removeMember(name: string, userName: string, context: RequestContext, tag?: string): Mutation<string> {
    return async (trx) => {
      const rows = await this.lock(name, [], trx);
      if (!rows.group) throw noGroup(name);
      const group = await this.requireGroup(rows.group, context, trx);
      requireTag(group, tag);
      const changed = await this.memberships.remove(group, userName, trx);
      const event = { action: 'group.member_removed', detail: { user_name: userName } };
      return tagged(
        await this.finish(group, { changed, revoking: true }, { actor: context, event }, trx),
        group,
      );
    };
  }

  private async lock(name: string, users: readonly string[], trx: Executor): Promise<Rows> {
    const key: SubjectKey = { kind: 'group', name };
    const userKeys = users.map((user): SubjectKey => ({ kind: 'user', name: user }));
    const { targets, also } = await this.targets.lock(userKeys, trx, [key]);
    const rows = new Map(targets.flatMap(({ key: { name: user }, row }) => (row ? [[user, row]] : [])));
    return { group: also[0], user: (user) => rows.get(user) };
  }

  /** A group does not exist for users outside it. Its owners and administrators may change it. */
  private async requireRights(
    group: SubjectRow | undefined,
    context: RequestContext,
    trx: Executor,
  ): Promise<void> {
    if (group?.status === 'removing' && context.caller.admin)
      throw new Problem('name_taken', 'The removal of the group is not finished yet');
    if (context.caller.admin) return;
    const members = group ? await this.memberships.of(group.id, trx) : [];
    const caller = members.find(({ user_name }) => user_name === context.name);
    if (!caller) throw noSuch('group');
    if (caller.role !== 'owner') throw new Problem('forbidden', 'Only an owner of the group may change it');
    if (caller.status === 'disabled') throw userDisabled();
  }

  private async requireGroup(group: SubjectRow, context: RequestContext, trx: Executor): Promise<SubjectRow> {
    if (group.status === 'removing') throw noSuch('group');
    await this.requireRights(group, context, trx);
    return group;
  }

  private async create(
    name: string,
    spec: GroupSpec,
    { actor, unchecked }: { actor: RequestContext; unchecked: boolean },
    trx: Executor,
  ): Promise<SubjectRow | undefined> {
    if (await this.subjects.find({ kind: 'group', name }, trx))
      throw new Problem('name_taken', 'A group whose name differs only in case exists');
    const group = { name, description: spec.profile.description ?? null, unchecked };
    return this.subjects.createGroup(group, actor, trx);
  }

  private async setMembers(
    group: SubjectRow,
    roles: GroupSpec['roles'],
    rows: Rows,
    { actor, trx }: { actor: RequestContext; trx: Executor },
  ) {
    const specs: MemberSpec[] = [];
    const unknown: { role: GroupRole; name: string }[] = [];
    for (const [role, names] of Object.entries(roles) as [GroupRole, string[]][]) {
      for (const name of new Set(names)) {
        const user = rows.user(name);
        if (user) specs.push({ user, role, by: actor.name });
        else unknown.push({ role, name });
      }
    }
    const [first] = unknown;
    if (first)
      throw unknownUsers(
        `${first.role}s`,
        unknown.map(({ name }) => name),
      );
    return this.memberships.replace(group, specs, Object.keys(roles) as GroupRole[], trx);
  }

  private async setGrants(
    group: SubjectRow,
    specs: readonly GroupGrantSpec[] | undefined,
    rows: Rows,
    context: RequestContext,
    trx: Executor,
  ) {
    if (!specs) return { changed: false, narrowed: false };
    const full = specs.map((each) => {
      const owner = homeOwner(each.path, this.config.lake);
      const spec: GrantSpec = { ...each, reason: null, origin: 'group', grantedBy: context.name };
      return { spec, owner: (owner === undefined ? undefined : rows.user(owner)) ?? null };
    });
    const isOfMembers = ({ spec }: { spec: GrantSpec }): boolean => namesUser(spec.path.prefix);
    const own = full.filter((each) => !isOfMembers(each));
    const { changed, narrowed } = await this.grants.replaceOwn(group, own, trx);
    const places = full.filter(isOfMembers).map(({ spec }) => spec);
    const placesChanged = await this.grants.replacePlaces(group, places, trx);
    return { changed: changed || placesChanged, narrowed };
  }

  private async setProfile(group: SubjectRow, profile: GroupSpec['profile'], trx: Executor) {
    const fields = Object.keys(profile) as (keyof typeof profile)[];
    const changed = fields.some((field) => profile[field] !== group[field]);
    if (changed) await this.subjects.describe(group, profile, trx);
    return { changed, narrowed: false };
  }

  private finish(
    group: SubjectRow,
    { changed, revoking }: { changed: boolean; revoking: boolean },
    { actor, event }: { actor: RequestContext; event: { action: string; detail: Record<string, unknown> } },
    trx: Executor,
  ): Promise<SubjectRow[]> {
    const affected = changed ? [{ id: group.id, revoking }] : [];
    return this.subjects.markChanged(affected, { key: group, actor, event }, trx);
  }
}

/** The change, with the tag that the group gets from it. */
function tagged(affected: SubjectRow[], group: SubjectRow): MutationResult<string> {
  return { value: tagOf(affected.find(({ id }) => id === group.id) ?? group), affected };
}

function noGroup(name: string, unknownUsers: readonly string[] = []): Problem {
  return new MissingThings(noSuch('group'), [{ kind: 'group', name }, ...unknownUsers.map(userOf)]);
}

function unknownUsers(field: string, names: readonly string[]): Problem {
  const problem = brokenRule(field, 'names a user who never existed here', 'unknown_user');
  return new MissingThings(problem, names.map(userOf));
}

function userOf(name: string): SubjectKey & { kind: 'user' } {
  return { kind: 'user', name };
}
