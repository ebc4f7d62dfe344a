import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../common/caller.js';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import type { DataDeletionRow } from '../database/schema.js';
import { homeKey } from '../policy/paths.js';
import { isEnded } from './deletion-run.js';
import { DeletionWorker } from './deletion-worker.js';
import { DeletionsStore } from './deletions.store.js';

const POLL_MS = { first: 10, most: 250 };

/**
 * Deletion of everything below the home of a removed user, or below the prefix of a data product that is gone. It is announced before the
 * removal, so that nobody can take the name in between. It is confirmed when the removal is committed; only then is anything deleted.
 */
@Injectable()
export class Deletions {
  constructor(
    private readonly store: DeletionsStore,
    private readonly worker: DeletionWorker,
    private readonly config: AppConfig,
  ) {}

  find(id: string): Promise<DataDeletionRow | undefined> {
    return this.store.find(id);
  }

  /** Records the request; the name cannot be used until the request is abandoned or the data is gone. */
  announce(userName: string, actor: Actor): Promise<DataDeletionRow> {
    const subject = { subject_kind: 'user', subject_name: userName } as const;
    return this.store.announce({ subject, prefix: homeKey({ ...this.config.lake, userName }), actor });
  }

  /** Like {@link announce}, for a data product's principal. `prefix` ends with a slash. */
  announceProduct(name: string, prefix: string, actor: Actor): Promise<DataDeletionRow> {
    const subject = { subject_kind: 'data_product', subject_name: name } as const;
    return this.store.announce({ subject, prefix, actor });
  }

  /** The latest deletion of a data product's data. */
  ofProduct(name: string): Promise<DataDeletionRow | undefined> {
    return this.store.latestOf({ subject_kind: 'data_product', subject_name: name });
  }

  /** Confirms the deletion: the removal is committed. */
  async confirm(id: string): Promise<void> {
    await this.store.confirm(id);
    this.worker.wake();
  }

  /** Abandons the deletion: the removal was refused. */
  abandon(id: string): Promise<void> {
    return this.store.abandon(id, 'The removal of the user was refused');
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
}
