import { Injectable } from '@nestjs/common';
import type { DirectoryName } from '../common/caller.js';
import type { Page } from '../common/paging/paging.js';
import { pageOf } from '../common/paging/paging.js';
import { AppConfig } from '../config/app-config.js';
import { askableDirectories } from '../config/leavers.js';
import { type LookUpRow, MissingStore } from './directories/missing.store.js';
import { type Leaver, LeaversStore } from './leavers.store.js';

/** A configured directory and its latest look-up; none before the first round. */
export interface DirectoryState {
  directory: DirectoryName;
  latest: LookUpRow | undefined;
}

/** Who is suspended or is to be, and what the directories last said. */
@Injectable()
export class LeaversReader {
  constructor(
    private readonly store: LeaversStore,
    private readonly missing: MissingStore,
    private readonly config: AppConfig,
  ) {}

  async page(after: string | undefined, limit: number): Promise<Page<Leaver>> {
    const rows = await this.store.page(after, limit + 1);
    return pageOf(
      rows,
      limit,
      ({ name }) => name,
      (row) => row,
    );
  }

  /** Every directory that is configured to be asked. */
  async directories(): Promise<DirectoryState[]> {
    const rows = await this.missing.lookUps();
    return askableDirectories(this.config).map((directory) => ({
      directory,
      latest: rows.find((row) => row.directory === directory),
    }));
  }
}
