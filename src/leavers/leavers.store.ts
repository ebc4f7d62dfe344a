import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { DirectoryName } from '../common/caller.js';
import { AppConfig } from '../config/app-config.js';
import { askableDirectories } from '../config/parts/leavers.js';
import { Database } from '../database/schema.js';
import { idleEnd } from '../database/sql/idle-end.js';
import type { SuspensionReason } from '../database/tables/login-tables.js';

/** A user who is suspended, or is to be. */
export interface Leaver {
  name: string;
  reason: SuspensionReason;
  is_suspended: boolean;
  /** When it was suspended, or when the reason began to hold. */
  since: Date;
  directory: DirectoryName | null;
}

/** Who is suspended, and who is to be. */
@Injectable()
export class LeaversStore {
  constructor(
    private readonly db: Database,
    private readonly config: AppConfig,
  ) {}

  /** Up to `limit` leavers, by name. */
  page(after: string | undefined, limit: number): Promise<Leaver[]> {
    const name = sql<string>`subject.name collate "C"`;
    return this.db
      .selectFrom('subject')
      .leftJoin('login', 'login.user_id', 'subject.id')
      .select([
        'subject.name',
        'login.directory',
        sql<SuspensionReason>`coalesce(subject.suspended, ${this.missing()}, 'idle')`.as('reason'),
        sql<boolean>`subject.suspended is not null`.as('is_suspended'),
        sql<Date>`coalesce(subject.suspended_at, case when ${this.missing()} is not null then login.missing_since end,
          ${this.idleEnd()})`.as('since'),
      ])
      .where('subject.kind', '=', 'user')
      .where('subject.status', 'in', ['active', 'disabled'])
      .where(
        sql<boolean>`(subject.suspended is not null or ${this.missing()} is not null or ${this.isIdle()})`,
      )
      .$if(after !== undefined, (query) => query.where(name, '>', after ?? ''))
      .orderBy(name)
      .limit(limit)
      .execute();
  }

  /** What the latest look-up says of an active user, where its directory is still asked. */
  private missing() {
    const asked = askableDirectories(this.config);
    return sql`case when subject.status = 'active' and login.directory = any(${asked}::text[]) then login.missing end`;
  }

  private isIdle() {
    return sql<boolean>`${this.idleEnd()} < clock_timestamp()`;
  }

  private idleEnd() {
    return idleEnd(this.config.leavers.maxIdleDays, askableDirectories(this.config));
  }
}
