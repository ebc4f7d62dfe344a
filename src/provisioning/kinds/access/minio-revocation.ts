import { Injectable } from '@nestjs/common';
import { Subjects } from '../../../access/subjects/subjects.js';
import { Enforcer } from '../../../access/enforce/enforcer.js';
import { mustBeGone, orNull } from '../../../access/plan/observe.js';
import type { RequestContext } from '../../../auth/authenticated.js';
import { Problem } from '../../../common/problems/problem.js';
import type { MadminClient } from '../../../madmin/client.js';
import { MinioAdmin, storageUnavailable } from '../../../minio/minio-admin.js';
import { principalOf, userNameOfPrincipal } from '../../../policy/names.js';
import { UserLifecycle } from '../../../users/user-lifecycle.js';
import { enforced, type ShownChange } from '../kind.js';

/** Takes access keys and users away in MinIO, also those that this service never made. */
@Injectable()
export class MinioRevocation {
  constructor(
    private readonly minio: MinioAdmin,
    private readonly subjects: Subjects,
    private readonly lifecycle: UserLifecycle,
    private readonly enforcer: Enforcer,
  ) {}

  /** Ends an access key; of a user, only one of its own. False: there is none. */
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

  /** Disables a MinIO user and ends its sessions. False: there is none, or it is disabled already. */
  async disableUser(principal: string, context: RequestContext): Promise<boolean> {
    const name = userNameOfPrincipal(principal);
    const row = name === undefined ? undefined : await this.subjects.find({ kind: 'user', name });
    if (row) {
      if (row.status === 'disabled' && row.applied_status === 'disabled') return false;
      try {
        const { enforced: done } = await this.lifecycle.disable(row.name, context);
        return enforced({ value: true, enforced: done });
      } catch (error) {
        if (error instanceof Problem && error.code === 'user_being_removed') return false;
        throw error;
      }
    }
    const enabled = await this.isEnabledAnywhere(principal);
    if (enabled === undefined) return false;
    if (enabled) await this.ask(() => orNull(this.minio.client.users.setStatus(principal, 'disabled')));
    // every node that answers is told; while one does not, the provision is tried again
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

  /** Takes a user out of a MinIO group that somebody else made. False: it is in none of that name. */
  async leaveGroup(group: string, userName: string, context: RequestContext): Promise<boolean> {
    if (!(await this.isIn(group, userName))) return false;
    await this.ask(() => orNull(this.minio.client.groups.removeMembers(group, [principalOf(userName)])));
    if (await this.isIn(group, userName)) throw stillThere();
    const entry = { action: 'foreign_group.left', detail: { group } };
    await this.subjects.record({ kind: 'user', name: userName }, context, entry);
    return true;
  }

  /** What {@link leaveGroup} would do. */
  async planLeave(group: string, userName: string): Promise<ShownChange[]> {
    if (!(await this.isIn(group, userName))) return [];
    const before = { members: [principalOf(userName)] };
    return [{ change: 'remove_members', target: `group ${group}`, before, after: { members: [] } }];
  }

  /** What {@link removeAccessKey} would do. */
  async planAccessKey(accessKey: string, userName: string | null): Promise<ShownChange[]> {
    const info = (await this.holdersOf(accessKey))[0]?.found;
    if (!info || (userName !== null && info.parentUser !== principalOf(userName))) return [];
    const before = { user: info.parentUser };
    return [{ change: 'remove_access_key', target: `access key ${accessKey}`, before, after: null }];
  }

  /** What {@link disableUser} would do. */
  async planDisable(principal: string, context: RequestContext): Promise<ShownChange[]> {
    const name = userNameOfPrincipal(principal);
    const row = name === undefined ? undefined : await this.subjects.find({ kind: 'user', name });
    if (row) return this.lifecycle.planDisable(row.name, context);
    if (!(await this.isEnabledAnywhere(principal))) return [];
    const target = `user ${principal}`;
    return [{ change: 'disable_user', target, before: { status: 'enabled' }, after: { status: 'disabled' } }];
  }

  /** The nodes that answer and have the key: one that failed to remove it has forgotten it until it is looked up. */
  private async holdersOf(accessKey: string) {
    const found = await this.everywhere(async (client) => {
      await client.sts.load(accessKey);
      return { client, found: await orNull(client.accessKeys.info(accessKey)) };
    });
    return found.flatMap(({ client, found }) => (found ? [{ client, found }] : []));
  }

  /** Whether a node that answers lets the user in; undefined: none has it. */
  private async isEnabledAnywhere(principal: string): Promise<boolean | undefined> {
    const seen = await this.everywhere((client) => orNull(client.users.info(principal)));
    const users = seen.flatMap((user) => user ?? []);
    return users.length > 0 ? users.some(({ status }) => status === 'enabled') : undefined;
  }

  /** Whether a node that answers takes the user for a member. */
  private async isIn(group: string, userName: string): Promise<boolean> {
    const infos = await this.everywhere((client) => orNull(client.groups.info(group)));
    return infos.some((info) => info?.members.includes(principalOf(userName)));
  }

  /** Asks every node that answers, the one in use first: what a node is not told of, it goes on with for minutes. */
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

/** MinIO tells its nodes of a change once: the provision is tried again until all of them have heard. */
function stillThere(): Problem {
  return storageUnavailable('A node of MinIO has not heard of it yet');
}
