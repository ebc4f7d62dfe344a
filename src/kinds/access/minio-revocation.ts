import { Injectable } from '@nestjs/common';
import { AccessWriter } from '../../access/changes/writer.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { isUnwritten } from '../../access/subjects/subject-state.js';
import { Enforcer } from '../../access/enforce/enforcer.js';
import { mustBeGone, orNull } from '../../access/plan/observe.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';
import type { MadminClient } from '../../madmin/client.js';
import { MinioAdmin, storageUnavailable } from '../../minio/minio-admin.js';
import { principalOf, userNameOfPrincipal } from '../../policy/names.js';
import { UserLifecycle } from '../../users/user-lifecycle.js';
import { enforced, type ShownChange } from '../../provisioning/kinds/kind.js';

/** Removes access keys and disables users in MinIO, including foreign ones. */
@Injectable()
export class MinioRevocation {
  constructor(
    private readonly minio: MinioAdmin,
    private readonly subjects: Subjects,
    private readonly lifecycle: UserLifecycle,
    private readonly enforcer: Enforcer,
    private readonly writer: AccessWriter,
  ) {}

  /** Removes an access key; with a user name, only if the key belongs to this user. False: there is none. */
  async removeAccessKey(
    accessKey: string,
    userName: string | null,
    context: RequestContext,
  ): Promise<boolean> {
    const holders = await this.holdersOf(accessKey);
    const info = holders[0]?.found;
    if (!info || (userName !== null && info.parentUser !== principalOf(userName))) return false;
    const owner = userNameOfPrincipal(info.parentUser) ?? info.parentUser;
    await this.enforcer.wrote({ kind: 'user', name: owner });
    await this.ask(async () => {
      for (const { client } of holders) await orNull(client.accessKeys.remove(accessKey));
      for (const { client } of holders) await mustBeGone(client, accessKey);
    });
    const entry = { action: 'access_key.removed', detail: { name: info.name ?? '' } };
    await this.subjects.record({ kind: 'user', name: owner }, context, entry);
    return true;
  }

  /** Disables a MinIO user and ends its sessions. False: the user does not exist, or is already disabled. */
  async disableUser(principal: string, context: RequestContext): Promise<boolean> {
    const name = userNameOfPrincipal(principal);
    const row = await this.ours(name);
    if (row) {
      const isDisabled = row.status === 'disabled' && row.suspended === null;
      if (isDisabled && row.applied_status === 'disabled') return false;
      try {
        enforced(await this.writer.run(await this.lifecycle.disable(row.name, context), context));
        return true;
      } catch (error) {
        if (error instanceof Problem && error.code === 'user_being_removed') return false;
        throw error;
      }
    }
    const enabled = await this.isEnabledAnywhere(principal);
    if (enabled === undefined) return false;
    if (enabled) await this.ask(() => orNull(this.minio.client.users.setStatus(principal, 'disabled')));
    // every answering node gets the call; while a node does not answer, the provision is retried
    const told = this.minio.nodes.map(({ client }) =>
      this.ask(() => orNull(client.sts.revokeTokens(principal))),
    );
    for (const result of await Promise.allSettled(told))
      if (result.status === 'rejected') throw result.reason as Error;
    if (!enabled) return false;
    if (await this.isEnabledAnywhere(principal)) throw stillThere();
    await this.subjects.record({ kind: 'user', name: name ?? principal }, context, {
      action: 'user.disabled',
    });
    return true;
  }

  /** Removes a user from a foreign MinIO group. False: the user is in no group with this name. */
  async leaveGroup(group: string, userName: string, context: RequestContext): Promise<boolean> {
    if (!(await this.isIn(group, userName))) return false;
    await this.ask(() => orNull(this.minio.client.groups.removeMembers(group, [principalOf(userName)])));
    if (await this.isIn(group, userName)) throw stillThere();
    const entry = { action: 'foreign_group.left', detail: { group } };
    await this.subjects.record({ kind: 'user', name: userName }, context, entry);
    return true;
  }

  /** The plan of {@link leaveGroup}. */
  async planLeave(group: string, userName: string): Promise<ShownChange[]> {
    if (!(await this.isIn(group, userName))) return [];
    const before = { members: [principalOf(userName)] };
    return [{ change: 'remove_members', target: `group ${group}`, before, after: { members: [] } }];
  }

  /** The plan of {@link removeAccessKey}. */
  async planAccessKey(accessKey: string, userName: string | null): Promise<ShownChange[]> {
    const info = (await this.holdersOf(accessKey))[0]?.found;
    if (!info || (userName !== null && info.parentUser !== principalOf(userName))) return [];
    const before = { user: info.parentUser };
    return [{ change: 'remove_access_key', target: `access key ${accessKey}`, before, after: null }];
  }

  /** The plan of {@link disableUser}. */
  async planDisable(principal: string, context: RequestContext): Promise<ShownChange[]> {
    const name = userNameOfPrincipal(principal);
    const row = await this.ours(name);
    if (row) return this.writer.plan(await this.lifecycle.disable(row.name, context), context);
    if (!(await this.isEnabledAnywhere(principal))) return [];
    const target = `user ${principal}`;
    return [{ change: 'disable_user', target, before: { status: 'enabled' }, after: { status: 'disabled' } }];
  }

  /** The row, if the MinIO user of that name is of this service. */
  private async ours(name: string | undefined): Promise<SubjectRow | undefined> {
    const row = name === undefined ? undefined : await this.subjects.find({ kind: 'user', name });
    return row && isUnwritten(row) ? undefined : row;
  }

  /** The answering nodes that have the key. A node that failed to remove it forgets it until it is loaded again. */
  private async holdersOf(accessKey: string) {
    const found = await this.everywhere(async (client) => {
      await client.sts.load(accessKey);
      return { client, found: await orNull(client.accessKeys.info(accessKey)) };
    });
    return found.flatMap(({ client, found }) => (found ? [{ client, found }] : []));
  }

  /** Whether the user is enabled on any answering node; undefined if no node has the user. */
  private async isEnabledAnywhere(principal: string): Promise<boolean | undefined> {
    const seen = await this.everywhere((client) => orNull(client.users.info(principal)));
    const users = seen.flatMap((user) => user ?? []);
    return users.length > 0 ? users.some(({ status }) => status === 'enabled') : undefined;
  }

  /** Whether the user is a member on any answering node. */
  private async isIn(group: string, userName: string): Promise<boolean> {
    const infos = await this.everywhere((client) => orNull(client.groups.info(group)));
    return infos.some((info) => info?.members.includes(principalOf(userName)));
  }

  /** Asks every answering node, the active one first: a node that misses a change keeps the old state for minutes. */
  private everywhere<T>(question: (client: MadminClient) => Promise<T>): Promise<T[]> {
    return this.ask(() => Promise.all(this.minio.answering.map(({ client }) => question(client))));
  }

  private async ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }
}

/** MinIO notifies its nodes of a change only once, so the provision is retried until all of them have it. */
function stillThere(): Problem {
  return storageUnavailable('A MinIO node has not received the change yet');
}
