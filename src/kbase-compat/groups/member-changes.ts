import { Injectable } from '@nestjs/common';
import { AccessWriter, type Mutation } from '../../access/changes/writer.js';
import { type Member, Memberships } from '../../access/memberships/memberships.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import type { GroupRole, SubjectRow } from '../../database/schema.js';
import { GroupChanges } from '../../groups/group-changes.js';
import { tagOf } from '../../groups/group-rights.js';
import { KbaseError, requireEnforced } from '../errors/kbase-error.js';
import { type KbaseGroup, KbaseGroups } from './kbase-groups.js';

/** How often a change is tried while others change the same group. */
const ATTEMPTS = 5;

/** The members of a group, and the change that they call for; nothing if it holds already. */
type Decision = (
  members: readonly Member[],
  group: { row: SubjectRow; tag: string },
) => Mutation<unknown> | undefined;

/** Changes members where KBase has two groups and this service one role for each user. Each change holds for the members that it has seen. */
@Injectable()
export class MemberChanges {
  constructor(
    private readonly groups: KbaseGroups,
    private readonly memberships: Memberships,
    private readonly changes: GroupChanges,
    private readonly writer: AccessWriter,
  ) {}

  /** Adds a user as a member, or as a reader. Whoever has more already keeps it, as somebody in both groups of KBase would. */
  add({ row, readers }: KbaseGroup, userName: string, context: RequestContext): Promise<void> {
    return this.change(row.name, context, (members, { row: { name }, tag }) => {
      const role = roleOf(members, userName);
      if (role === 'member' || role === 'owner' || (role === 'reader' && readers)) return undefined;
      return this.changes.addMember(
        name,
        { user_name: userName, role: readers ? 'reader' : 'member' },
        context,
        tag,
      );
    });
  }

  /** Takes a user out of KBase's group of members, or of readers; a user who is in the other one stays there. */
  take({ row, readers }: KbaseGroup, userName: string, context: RequestContext): Promise<void> {
    return this.change(row.name, context, (members, { row: { name }, tag }) => {
      const role = roleOf(members, userName);
      if (role === undefined || (role === 'reader') !== readers) return undefined;
      return this.changes.removeMember(name, userName, context, tag);
    });
  }

  /** Gives exactly this role, except that a steward keeps writing: readers have no say in a group here. */
  move(
    groupName: string,
    userName: string,
    wanted: 'member' | 'reader',
    context: RequestContext,
  ): Promise<void> {
    return this.change(groupName, context, (members, { row: { name }, tag }) => {
      const role = roleOf(members, userName);
      if (role === 'owner' && wanted === 'reader')
        throw new KbaseError(
          'tenant',
          `${userName} is a steward of ${name}, and stewards can write: end the stewardship first`,
        );
      if (role === wanted || role === 'owner') return undefined;
      return this.changes.addMember(name, { user_name: userName, role: wanted }, context, tag);
    });
  }

  /** Makes a user a steward, or a plain member who was one. */
  steward(groupName: string, userName: string, isSteward: boolean, context: RequestContext): Promise<void> {
    return this.change(groupName, context, (members, { row: { name }, tag }) => {
      const isOne = roleOf(members, userName) === 'owner';
      if (!isSteward && !isOne)
        throw new KbaseError('tenant_not_found', `${userName} is not a steward of ${name}`);
      if (isSteward === isOne) return undefined;
      return this.changes.addMember(
        name,
        { user_name: userName, role: isSteward ? 'owner' : 'member' },
        context,
        tag,
      );
    });
  }

  /** Takes a user out of a tenant. Stewards take out neither themselves nor each other. */
  remove(groupName: string, userName: string, context: RequestContext): Promise<void> {
    return this.change(groupName, context, (members, { row: { name }, tag }) => {
      if (!context.caller.admin && context.name === userName)
        throw new KbaseError('tenant', 'Stewards cannot remove themselves: ask an administrator');
      if (!context.caller.admin && roleOf(members, userName) === 'owner')
        throw new KbaseError('tenant_denied', 'Only administrators remove a steward from a tenant');
      return this.changes.removeMember(name, userName, context, tag);
    });
  }

  private async change(groupName: string, context: RequestContext, decide: Decision): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const row = await this.groups.group(groupName);
      if (!row) throw new KbaseError('group_not_found', `There is no group ${groupName}`);
      const mutation = decide(await this.memberships.of(row.id), { row, tag: tagOf(row) });
      if (!mutation) return;
      try {
        requireEnforced(await this.writer.run(mutation, context));
        return;
      } catch (error) {
        const isStale = error instanceof Problem && error.code === 'precondition_failed';
        if (!isStale || attempt >= ATTEMPTS) throw error;
      }
    }
  }
}

function roleOf(members: readonly Member[], userName: string): GroupRole | undefined {
  return members.find(({ user_name }) => user_name === userName)?.role;
}
