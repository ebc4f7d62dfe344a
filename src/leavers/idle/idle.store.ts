import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { AppConfig } from '../../config/app-config.js';
import { askableDirectories } from '../../config/parts/leavers.js';
import { Database, type Executor, type SubjectRow } from '../../database/schema.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { idleEnd } from '../../database/sql/idle-end.js';
import type { Survey } from '../surveys/brake.js';

const NOT_CONFIRMED = sql<boolean>`not coalesce(login.passed, false)`;

/** Users who have not logged in for too long, where no directory can be asked about them. */
@Injectable()
export class IdleStore {
  constructor(
    private readonly db: Database,
    private readonly config: AppConfig,
  ) {}

  /** How many users the rule concerns, and how many of them are idle. */
  async survey(): Promise<Survey & { idle: number }> {
    const recent = sql`subject.suspended = 'idle' and subject.suspended_at > clock_timestamp() - interval '1 day'
      and ${NOT_CONFIRMED}`;
    const row = await this.users()
      .select([
        sql<string>`count(*) filter (where ${this.end()} is not null)`.as('asked'),
        sql<string>`count(*) filter (where ${this.isIdle()})`.as('idle'),
        sql<string>`count(*) filter (where ${this.isIdle()} and ${NOT_CONFIRMED})`.as('held'),
        sql<string>`count(*) filter (where ${recent})`.as('recent'),
      ])
      .executeTakeFirstOrThrow();
    const [asked, idle, recently] = [Number(row.asked), Number(row.idle), Number(row.recent)];
    return {
      ...{ asked, idle, found: asked - idle },
      ...{ people: asked + recently, missing: Number(row.held) + recently },
    };
  }

  /** Up to `limit` idle users after an id; `onlyConfirmed`: those whom an administrator has confirmed. */
  page(after: string | undefined, limit: number, onlyConfirmed: boolean): Promise<SubjectRow[]> {
    return this.users()
      .selectAll('subject')
      .where(this.isIdle())
      .$if(onlyConfirmed, (query) => query.where('login.passed', '=', true))
      .$if(after !== undefined, (query) => query.where('subject.id', '>', after ?? ''))
      .orderBy('subject.id')
      .limit(limit)
      .execute();
  }

  /** Whether the user still has not logged in. */
  async isStillIdle(id: string, trx: Executor): Promise<boolean> {
    const row = await this.users(trx)
      .select('subject.id')
      .where('subject.id', '=', id)
      .where(this.isIdle())
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Confirms that all who are idle do not come any more. Whoever logs in meanwhile is not among them. Returns how many. */
  confirm(actor: Actor): Promise<number> {
    return this.db.transaction().execute(async (trx) => {
      const idle = this.users(trx)
        .select([
          'subject.id as user_id',
          sql<Date>`coalesce(login.last_at, subject.created_at)`.as('last_at'),
          sql<boolean>`true`.as('passed'),
        ])
        .where(this.isIdle());
      const { numInsertedOrUpdatedRows } = await trx
        .insertInto('login')
        .columns(['user_id', 'last_at', 'passed'])
        .expression(idle)
        .onConflict((conflict) =>
          conflict
            .column('user_id')
            .doUpdateSet({ passed: true })
            .whereRef('login.last_at', '=', 'excluded.last_at'),
        )
        .executeTakeFirst();
      const users = Number(numInsertedOrUpdatedRows ?? 0);
      await appendAudit(trx, actor, { action: 'leavers.confirmed', detail: { directory: 'idle', users } });
      return users;
    });
  }

  private users(db: Executor = this.db) {
    return db
      .selectFrom('subject')
      .leftJoin('login', 'login.user_id', 'subject.id')
      .where('subject.kind', '=', 'user');
  }

  private isIdle() {
    return sql<boolean>`${this.end()} < clock_timestamp()`;
  }

  private end() {
    return idleEnd(this.config.leavers.maxIdleDays, askableDirectories(this.config));
  }
}
