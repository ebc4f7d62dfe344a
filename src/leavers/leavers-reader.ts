import { Injectable } from '@nestjs/common';
import type { Page } from '../common/paging/paging.js';
import { pageOf } from '../common/paging/paging.js';
import { AppConfig } from '../config/app-config.js';
import { askableDirectories } from '../config/parts/leavers.js';
import type { LeaverSource } from '../database/tables/login-tables.js';
import { type Leaver, LeaversStore } from './leavers.store.js';
import { type LookUpRow, SurveysStore } from './surveys/surveys.store.js';

/** A configured directory, or the rule about idle users, and its latest round; none before the first. */
export interface SourceState {
  directory: LeaverSource;
  latest: LookUpRow | undefined;
}

/** Who is suspended or is to be, and what the directories last said. */
@Injectable()
export class LeaversReader {
  constructor(
    private readonly store: LeaversStore,
    private readonly surveys: SurveysStore,
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

  /** Every directory that is configured to be asked, and then the rule about idle users, if it holds. */
  async sources(): Promise<SourceState[]> {
    const rows = await this.surveys.all();
    const idle = this.config.leavers.maxIdleDays > 0 ? (['idle'] as const) : [];
    return [...askableDirectories(this.config), ...idle].map((directory) => ({
      directory,
      latest: rows.find((row) => row.directory === directory),
    }));
  }
}
