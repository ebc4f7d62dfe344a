import { Injectable } from '@nestjs/common';
import type { SubjectRow } from '../database/schema.js';
import { MadminError } from '../madmin/errors.js';
import { Lake } from '../minio/lake.js';
import { MinioAdmin } from '../minio/minio-admin.js';
import { KeyRing } from '../secrets/key-ring.js';
import type { Lease } from './leases.js';
import type { Change } from './plan.js';
import { SessionKeysStore } from './store/session-keys.store.js';

/** Sessions that are shown to a node at once. */
const AT_ONCE = 16;

/** Carries out plans: each change is idempotent, "not found" and "already" are success. */
@Injectable()
export class Applier {
  constructor(
    private readonly minio: MinioAdmin,
    private readonly lake: Lake,
    private readonly keys: KeyRing,
    private readonly sessions: SessionKeysStore,
  ) {}

  /** Applies the changes in order, each only while the lease allows a write; the home is made beside them. */
  async apply(row: SubjectRow, plan: readonly Change[], lease: Lease): Promise<void> {
    const home = plan.some(({ change }) => change === 'create_home')
      ? this.lake.createHome(row.name)
      : undefined;
    const inOrder = async (): Promise<void> => {
      for (const change of plan) {
        await lease.guard();
        await this.applyOne(row, change, lease);
      }
    };
    // both are waited for, so that no write goes on after the answer
    const results = await Promise.allSettled([inOrder(), home]);
    for (const result of results) if (result.status === 'rejected') throw result.reason as Error;
  }

  private async applyOne(row: SubjectRow, change: Change, lease: Lease): Promise<void> {
    const { client } = this.minio;
    const { principal } = row;
    switch (change.change) {
      case 'disable_user':
        return unlessMissing(client.users.setStatus(principal, 'disabled'));
      case 'enable_user':
        return client.users.setStatus(principal, 'enabled');
      case 'put_policy':
        return client.policies.put(change.name, change.document);
      case 'put_user':
        return client.users.add(principal, {
          secretKey: this.keys.secretOf(row).reveal(),
          status: change.status,
        });
      case 'set_policies':
        return unlessMissing(client.policies.set(change.names, { user: principal }));
      case 'revoke_sessions':
        return this.revokeSessions(principal, lease);
      case 'delete_access_keys':
        return this.deleteAccessKeys(principal, lease);
      case 'remove_user':
        return unlessMissing(client.users.remove(principal));
      case 'remove_policy':
        return unlessMissing(client.policies.remove(change.name));
      case 'create_home':
        return;
    }
  }

  /**
   * Since its start a node of MinIO knows a session only when it was used or the node has re-read everything (every 5 to 15 minutes), and
   * it revokes only what it knows: those handed out here are shown to each node first.
   */
  private async revokeSessions(principal: string, lease: Lease): Promise<void> {
    const issued = await this.sessions.live(principal);
    const accessKeys = issued.flatMap((session) => this.keys.open(session.sealed_access_key) ?? []);
    for (const node of this.minio.nodes) {
      for (let from = 0; from < accessKeys.length; from += AT_ONCE) {
        await Promise.all(accessKeys.slice(from, from + AT_ONCE).map((key) => node.sts.load(key)));
      }
      await lease.guard();
      await unlessMissing(node.sts.revokeTokens(principal));
    }
    await this.sessions.forget(issued.map(({ id }) => id));
  }

  private async deleteAccessKeys(principal: string, lease: Lease): Promise<void> {
    for (const { accessKey } of await this.minio.client.accessKeys.list(principal)) {
      await lease.guard();
      await unlessMissing(this.minio.client.accessKeys.remove(accessKey));
    }
  }
}

async function unlessMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof MadminError) || (error.code !== 'not_found' && error.code !== 'already_applied'))
      throw error;
  }
}
