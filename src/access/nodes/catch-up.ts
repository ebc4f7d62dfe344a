import { Injectable, Logger } from '@nestjs/common';
import type { SubjectRow } from '../../database/schema.js';
import type { MadminClient } from '../../madmin/client.js';
import { MinioAdmin } from '../../minio/minio-admin.js';
import type { MinioNode } from '../../minio/minio-node.js';
import { equals } from '../../policy/documents.js';
import { SubjectEnforcer } from '../enforce/subject-enforcer.js';
import {
  documentsUpTo,
  type ObservedDocuments,
  observeGroup,
  type ObservedMinioGroup,
  observeUser,
  orNull,
} from '../plan/observe.js';
import { type AwayNode, type Missed, NodesStore } from '../enforce/nodes.store.js';
import { forEachConcurrently } from '../../common/work/concurrency.js';

/** Subjects at once: each needs a few calls. */
const AT_ONCE = 4;

/**
 * Sends a MinIO node that is back what it missed. MinIO notifies its nodes of a change once: each change is written again to the node in
 * use, which makes every node read it again. Nothing is ever written from the returning node's own state.
 */
@Injectable()
export class CatchUp {
  private readonly logger = new Logger('CatchUp');

  constructor(
    private readonly minio: MinioAdmin,
    private readonly enforcer: SubjectEnforcer,
    private readonly store: NodesStore,
  ) {}

  /**
   * Ends the sessions that were ended meanwhile, then goes through the subjects that were written. Returns the time up to which the writes
   * are known to have arrived; undefined if some must be sent again.
   */
  async run(node: MinioNode, row: AwayNode): Promise<Date | undefined> {
    const until = await this.store.now();
    const ended = await this.store.endedMeanwhile(row);
    await forEachConcurrently(ended, AT_ONCE, async (principal) => {
      await orNull(node.client.sts.revokeTokens(principal));
    });
    await this.store.sessionsEnded(row, until);
    const missed = node === this.minio.inUse ? [] : await this.store.missed(row);
    let whole = true;
    const groups = missed.filter(({ kind }) => kind === 'group');
    const others = missed.filter(({ kind }) => kind !== 'group');
    // when MinIO removes a user, it rewrites the user's groups from what the node knows: groups come first
    for (const part of [groups, others])
      await forEachConcurrently(part, AT_ONCE, async (each) => {
        if (!(await this.sendAgain(each, node))) whole = false;
      });
    if (ended.length + missed.length > 0)
      this.logger.log(`${missed.length} subjects were sent again to MinIO at ${node.endpoint}`);
    return whole ? until : undefined;
  }

  /** True once the node shows the same as the one in use. */
  private async sendAgain(key: Missed, node: MinioNode): Promise<boolean> {
    let same = true;
    try {
      await this.enforcer.renew(key, async (row) => {
        same = await this.compare(row, node.client);
      });
      return same;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown failure';
      this.logger.warn(`${key.kind} ${key.name} is sent again to MinIO at ${node.endpoint}: ${reason}`);
      return false;
    }
  }

  private compare(row: SubjectRow, there: MadminClient): Promise<boolean> {
    return row.kind === 'group' ? this.compareGroup(row, there) : this.compareUser(row, there);
  }

  private async compareUser(row: SubjectRow, there: MadminClient): Promise<boolean> {
    const { client } = this.minio;
    const { principal } = row;
    const keys = await there.accessKeys.list(principal);
    const [seen, right, rightKeys] = await Promise.all([
      observeUser(there, row, documentsUpTo(row.top_shard)),
      observeUser(client, row, documentsUpTo(row.top_shard)),
      client.accessKeys.list(principal),
    ]);
    const sameDocuments = await this.putAgain(seen.documents, right.documents);
    const live = new Set(rightKeys.map(({ accessKey }) => accessKey));
    const tooMany = keys.filter(({ accessKey }) => !live.has(accessKey));
    for (const { accessKey } of tooMany) await orNull(there.accessKeys.remove(accessKey));
    const same = right.user ? sameUser(seen.user, right.user) : !seen.user;
    if (!same && right.user) await client.users.setStatus(principal, right.user.status);
    if (!same && !right.user) await orNull(there.users.remove(principal));
    return same && sameDocuments && tooMany.length === 0;
  }

  private async compareGroup(row: SubjectRow, there: MadminClient): Promise<boolean> {
    const [seen, right] = await Promise.all([
      observeGroup(there, row.name, row.principal, documentsUpTo(row.top_shard)),
      observeGroup(this.minio.client, row.name, row.principal, documentsUpTo(row.top_shard)),
    ]);
    const main = await this.compareMinioGroup(seen.main, right.main);
    return (await this.compareMinioGroup(seen.readers, right.readers)) && main;
  }

  private async compareMinioGroup(seen: ObservedMinioGroup, right: ObservedMinioGroup): Promise<boolean> {
    const { groups, policies } = this.minio.client;
    const { name, group } = right;
    const sameDocuments = await this.putAgain(seen.documents, right.documents);
    if (seen.group && !group) {
      // a group that is created and removed again is gone on every node
      await groups.addMembers(name, []);
      await orNull(groups.remove(name));
    }
    if (!group) return sameDocuments && !seen.group;
    const sameMapping = seen.group !== null && sameNames(seen.group.policies, group.policies);
    if (!sameMapping && group.policies.length > 0) await policies.set(group.policies, { group: name });
    const sameGroup = seen.group?.status === group.status && sameNames(seen.group.members, group.members);
    if (!sameGroup) await groups.setStatus(name, group.status);
    return sameDocuments && sameMapping && sameGroup;
  }

  private async putAgain(seen: ObservedDocuments, right: ObservedDocuments): Promise<boolean> {
    let same = true;
    for (const [name, document] of right) {
      const known = seen.get(name);
      if (known && equals(known, document)) continue;
      same = false;
      await this.minio.client.policies.put(name, document);
    }
    return same;
  }
}

interface SeenUser {
  status: string;
  policies: readonly string[];
}

function sameUser(a: SeenUser | null, b: SeenUser): boolean {
  return a !== null && a.status === b.status && sameNames(a.policies, b.policies);
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === a.length;
}
