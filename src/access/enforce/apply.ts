import { Injectable } from '@nestjs/common';
import { forEachConcurrently } from '../../common/work/concurrency.js';
import { Problem } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';
import { MadminError, type MadminErrorCode } from '../../madmin/errors.js';
import { Lake } from '../../minio/lake.js';
import { MinioAdmin, storageUnavailable } from '../../minio/minio-admin.js';
import type { MinioNode } from '../../minio/minio-node.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { IssuedStore } from '../subjects/issued.store.js';
import { NodesStore } from './nodes.store.js';
import { type Change, stepsOf } from '../plan/changes.js';
import type { SubjectLease } from '../leases/leases.js';
import { mustBeGone } from '../plan/observe.js';

/** Calls of one kind that are sent to a node concurrently. */
const AT_ONCE = 16;

/** Carries out plans: each change is idempotent, "not found" and "already" are success. */
@Injectable()
export class Applier {
  constructor(
    private readonly minio: MinioAdmin,
    private readonly lake: Lake,
    private readonly keys: KeyRing,
    private readonly sessions: IssuedStore,
    private readonly nodes: NodesStore,
  ) {}

  /** Applies the changes step by step, each only while the lease allows a write. The home is created at the same time. */
  async apply(row: SubjectRow, plan: readonly Change[], lease: SubjectLease): Promise<void> {
    const home = plan.some(({ change }) => change === 'create_home') ? this.createHome(row) : undefined;
    // wait for everything, so that no write goes on after the answer
    await settled([this.applySteps(row, plan, lease), ...(home ? [home] : [])]);
  }

  private async createHome({ kind, name, prefix }: SubjectRow): Promise<void> {
    if (kind === 'user') await this.lake.createHome(name);
    else if (prefix !== null) await this.lake.createProductPrefix(prefix);
  }

  private async applySteps(row: SubjectRow, plan: readonly Change[], lease: SubjectLease): Promise<void> {
    for (const step of stepsOf(plan)) {
      for (let from = 0; from < step.length; from += AT_ONCE) {
        await lease.guard();
        await settled(step.slice(from, from + AT_ONCE).map((change) => this.applyOne(row, change, lease)));
      }
    }
  }

  private async applyOne(row: SubjectRow, change: Change, lease: SubjectLease): Promise<void> {
    const { users, policies, groups } = this.minio.client;
    const { principal } = row;
    switch (change.change) {
      case 'disable_user':
        return ignoring(users.setStatus(principal, 'disabled'), 'not_found');
      case 'enable_user':
        return users.setStatus(principal, 'enabled');
      case 'put_policy':
        return policies.put(change.name, change.document);
      case 'put_user':
        return users.add(principal, { secretKey: this.keys.secretOf(row).reveal(), status: change.status });
      case 'set_policies':
        return ignoring(
          policies.set(
            change.names,
            change.group === undefined ? { user: principal } : { group: change.group },
          ),
          'not_found',
        );
      case 'revoke_sessions':
        return this.revokeSessions(row, lease);
      case 'delete_access_keys':
        return this.deleteAccessKeys(principal, lease);
      case 'remove_user':
        return ignoring(users.remove(principal), 'not_found');
      case 'remove_policy':
        return ignoring(policies.remove(change.name), 'not_found');
      case 'create_home':
        return;
      case 'add_members':
        return this.addMembers(change.group, change.members, lease);
      case 'remove_members':
        return this.removeMembers(change.group, change.members, lease);
      case 'enable_group':
        return groups.setStatus(change.group, 'enabled');
      case 'remove_group':
        return ignoring(groups.remove(change.group), 'not_found');
    }
  }

  /** MinIO refuses the whole call if one user is missing: then each is added alone, and a missing user joins when it is created again. */
  private async addMembers(group: string, members: string[], lease: SubjectLease): Promise<void> {
    const { groups } = this.minio.client;
    try {
      await groups.addMembers(group, members);
    } catch (error) {
      if (!isOne(error, ['not_found'])) throw error;
      for (const member of members) {
        await lease.guard();
        await ignoring(groups.addMembers(group, [member]), 'not_found');
      }
    }
  }

  private async removeMembers(group: string, members: string[], lease: SubjectLease): Promise<void> {
    const { groups } = this.minio.client;
    try {
      await groups.removeMembers(group, members);
    } catch (error) {
      if (!isOne(error, ['not_found'])) throw error;
      for (const member of members) {
        await lease.guard();
        await ignoring(groups.removeMembers(group, [member]), 'not_found');
      }
    }
  }

  /**
   * Every node that answers is called at once. A node that does not is updated when it is back (access/nodes): the debt is stored before
   * the revocation is recorded as done. Throws when no node could be called.
   */
  private async revokeSessions({ id, principal }: SubjectRow, lease: SubjectLease): Promise<void> {
    const { nodes } = this.minio;
    const issued = await this.sessions.live(principal);
    const accessKeys = issued.flatMap((session) => this.keys.open(session.sealed_access_key) ?? []);
    const told = await Promise.allSettled(
      nodes.map((node) => this.revokeAt(node, principal, accessKeys, lease)),
    );
    for (const [index, result] of told.entries()) {
      if (result.status === 'fulfilled') continue;
      const { reason } = result as { reason: unknown };
      const missed = told.some(({ status }) => status === 'fulfilled') && isAwayError(reason);
      if (!missed) throw reason as Error;
      await this.nodes.owe(nodes[index] as MinioNode, id);
    }
    await this.sessions.forget(issued.map(({ id }) => id));
  }

  /**
   * After its start a MinIO node knows a session only once it was used or the node has read everything again (every 5 to 15 minutes), and
   * it revokes only sessions that it knows: the issued sessions are therefore loaded there first.
   */
  private async revokeAt(
    node: MinioNode,
    principal: string,
    accessKeys: readonly string[],
    lease: SubjectLease,
  ): Promise<void> {
    // do not wait for a node that is known to be away, unless it is the only one
    if (node.isAway && this.minio.nodes.length > 1) throw storageUnavailable('The node is away');
    await forEachConcurrently(accessKeys, AT_ONCE, async (key) => void (await node.client.sts.load(key)));
    await lease.guard();
    await ignoring(node.client.sts.revokeTokens(principal), 'not_found');
    await forEachConcurrently(accessKeys, AT_ONCE, (key) => mustBeGone(node.client, key));
  }

  private async deleteAccessKeys(principal: string, lease: SubjectLease): Promise<void> {
    // a node that fails to remove a user forgets it nevertheless, and does not notify the other nodes
    for (const { client } of this.minio.answering)
      for (const { accessKey } of await client.accessKeys.list(principal)) {
        await lease.guard();
        await ignoring(client.accessKeys.remove(accessKey), 'not_found');
        await mustBeGone(client, accessKey);
      }
  }
}

/** True when the node did not answer: it is called again later. */
function isAwayError(error: unknown): boolean {
  return error instanceof MadminError
    ? error.retryable
    : error instanceof Problem && error.code === 'storage_unavailable';
}

/** Waits for all, then throws the first failure. */
async function settled(work: Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work))
    if (result.status === 'rejected') throw result.reason as Error;
}

async function ignoring(call: Promise<unknown>, ...codes: MadminErrorCode[]): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isOne(error, ['already_applied', ...codes])) throw error;
  }
}

function isOne(error: unknown, codes: readonly MadminErrorCode[]): boolean {
  return error instanceof MadminError && codes.includes(error.code);
}
