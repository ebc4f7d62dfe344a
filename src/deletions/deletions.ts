import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../common/caller.js';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { type DataDeletionRow, Database, type Executor } from '../database/schema.js';
import { homePaths } from '../policy/paths.js';
import { ProvisionActions } from '../provisioning/records/provision-actions.js';
import { Provisions } from '../provisioning/records/provisions.js';
import { DELETION_KIND } from './data-deletion.kind.js';
import { DeletionsStore, type NewDeletion } from './deletions.store.js';

const POLL_MS = { first: 10, most: 250 };
/** After that long, the provision finds out what became of the removal: its process may have died. */
const UNDECIDED_MS = 10_000;

/**
 * Deletion of everything below the homes of a removed user, or below the prefix of a data product that is gone. It is announced before the
 * removal, so that nobody can take the name in between. It is confirmed when the removal is committed; only then is anything deleted.
 */
@Injectable()
export class Deletions {
  constructor(
    private readonly db: Database,
    private readonly store: DeletionsStore,
    private readonly provisions: Provisions,
    private readonly actions: ProvisionActions,
    private readonly config: AppConfig,
  ) {}

  find(id: string): Promise<DataDeletionRow | undefined> {
    return this.store.find(id);
  }

  /** Records the request; the name cannot be used until the request is abandoned or the data is gone. */
  announce(userName: string, actor: Actor): Promise<DataDeletionRow> {
    const subject = { subject_kind: 'user', subject_name: userName } as const;
    const all = homePaths(this.config.lake, userName);
    const homes = all.map(({ bucket, prefix }) => ({ bucket, prefix: `${prefix}/` }));
    const request: NewDeletion = { subject, prefix: homes[0]?.prefix ?? '', actor };
    return this.request(homes.length > 1 ? { ...request, homes } : request);
  }

  /** Like {@link announce}, for a data product's principal. `prefix` ends with a slash. */
  announceProduct(name: string, prefix: string, actor: Actor): Promise<DataDeletionRow> {
    const subject = { subject_kind: 'data_product', subject_name: name } as const;
    return this.request({ subject, prefix, actor });
  }

  /** The latest deletion of a data product's data. */
  ofProduct(name: string): Promise<DataDeletionRow | undefined> {
    return this.store.latestOf({ subject_kind: 'data_product', subject_name: name });
  }

  /** Confirms the deletion: the removal is committed, and from now on the deletion happens even if this process dies. */
  async confirm(id: string): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const row = await this.store.confirm(id, trx);
      if (row?.provision_id) await this.provisions.makeDue(row.provision_id, trx);
    });
  }

  /** Abandons the deletion: the removal was refused. A provision that is being tried just now finds out by itself within a minute. */
  async abandon(id: string, actor: Actor): Promise<void> {
    try {
      await this.db.transaction().execute(async (trx) => {
        const row = await this.store.abandon(id, 'The removal of the user was refused', trx);
        if (row?.provision_id) await this.actions.cancelIn(row.provision_id, actor, trx);
      });
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'not_possible')) throw error;
    }
  }

  /** Waits for the end, at most until `deadline` (of `performance.now()`); returns the row at that time. */
  async waitFor(id: string, deadline: number): Promise<DataDeletionRow> {
    for (let pause = POLL_MS.first; ; pause = Math.min(pause * 1.5, POLL_MS.most)) {
      const row = await this.store.find(id);
      if (!row) throw new Problem('internal', 'The deletion no longer exists');
      if (isEnded(row) || performance.now() + pause > deadline) return row;
      await sleep(pause);
    }
  }

  /** Throws `user_being_removed` while data of the former user with this name awaits deletion: new data would look the same. */
  async refuseWhileOpen(userName: string): Promise<void> {
    if (await this.store.isOpen(userName))
      throw new Problem('user_being_removed', 'The data of the former user with this name is being deleted');
  }

  private request(deletion: NewDeletion): Promise<DataDeletionRow> {
    return this.db.transaction().execute(async (trx) => {
      const { row, waits } = await this.store.announce(deletion, trx);
      if (waits) return row;
      const provisionId = await this.provide(row, deletion.actor, trx);
      await this.store.carriedBy(row.id, provisionId, trx);
      return { ...row, provision_id: provisionId };
    });
  }

  /** A provision for the deletion: the one that failed is repeated, if there is one. */
  private async provide(row: DataDeletionRow, actor: Actor, trx: Executor): Promise<string> {
    const repeated =
      row.provision_id === null
        ? undefined
        : await this.actions.redriveIn(row.provision_id, actor, trx, UNDECIDED_MS);
    if (repeated) return repeated.id;
    const input = { deletion_id: row.id };
    const request = { kind: DELETION_KIND, input, origin: 'api', subject: `data:${row.prefix}` } as const;
    return (await this.provisions.accept({ ...request, delayMs: UNDECIDED_MS }, actor, trx)).id;
  }
}

/** Whether the deletion is in a final state, and makes no further progress by itself. */
function isEnded({ state }: Pick<DataDeletionRow, 'state'>): boolean {
  return state === 'completed' || state === 'failed';
}
