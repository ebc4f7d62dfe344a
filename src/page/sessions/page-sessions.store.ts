import { Injectable } from '@nestjs/common';
import { type ExpressionBuilder, sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { Database, type PageSessionRow, type Schema } from '../../database/schema.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { inMs, NOW } from '../../database/sql/clock.js';
import type { LoginWay } from '../../database/tables/page-tables.js';

/** A session is ended by so much time without a request, in milliseconds. */
const IDLE_MS = 3_600_000;
/** How exactly its last use is known, in milliseconds. */
const USE_MS = 60_000;
/** Of one person: with one more, the oldest one ends. */
const MOST_OF_A_PERSON = 20;
/** A renewal whose process is gone is taken over after so much time, in milliseconds. */
const RENEWAL_MS = 6000;

export interface NewPageSession {
  id_hash: string;
  user_name: string;
  way: LoginWay;
  sealed: string;
  /** How long before now the person logged in, in milliseconds. */
  loggedInMsAgo: number;
  /** How long the session lasts, in milliseconds. */
  lastsMs: number;
}

/** Sessions of the page. */
@Injectable()
export class PageSessionsStore {
  constructor(private readonly db: Database) {}

  /** Keeps a new session, and ends the one that the browser had before. */
  async open(session: NewPageSession, before: string | undefined, actor: Actor): Promise<PageSessionRow> {
    const { loggedInMsAgo, lastsMs, ...columns } = session;
    const { user_name: name, way } = columns;
    return this.db.transaction().execute(async (trx) => {
      if (before !== undefined) await trx.deleteFrom('page_session').where('id_hash', '=', before).execute();
      const row = await trx
        .insertInto('page_session')
        .values({ ...columns, logged_in_at: inMs(-loggedInMsAgo), ends_at: inMs(lastsMs) })
        .returningAll()
        .executeTakeFirstOrThrow();
      await sql`delete from page_session where id_hash in (
        select id_hash from page_session where user_name = ${name} order by created_at desc offset ${MOST_OF_A_PERSON}
      )`.execute(trx);
      const subject = { kind: 'user', name };
      await appendAudit(trx, actor, { action: 'page.logged_in', subject, detail: { way } });
      return row;
    });
  }

  /** A session that has not ended. */
  async find(idHash: string): Promise<PageSessionRow | undefined> {
    return this.db
      .selectFrom('page_session')
      .selectAll()
      .where('id_hash', '=', idHash)
      .where(isLive)
      .executeTakeFirst();
  }

  /** Notes that a session is used. It stays as it is if that was noted within the last minute. */
  async use({ id_hash: idHash, used_at: usedAt }: PageSessionRow): Promise<void> {
    if (Date.now() - usedAt.getTime() < USE_MS) return;
    await this.db
      .updateTable('page_session')
      .set({ used_at: NOW })
      .where('id_hash', '=', idHash)
      .where('used_at', '<', inMs(-USE_MS))
      .execute();
  }

  /** Ends a session; false if it had ended. `actor`: the person who logs out; without one, the service ended it. */
  async end(idHash: string, actor?: Actor): Promise<PageSessionRow | undefined> {
    return this.db.transaction().execute(async (trx) => {
      const row = await trx
        .deleteFrom('page_session')
        .where('id_hash', '=', idHash)
        .returningAll()
        .executeTakeFirst();
      if (row && actor) {
        const subject = { kind: 'user', name: row.user_name };
        await appendAudit(trx, actor, { action: 'page.logged_out', subject, detail: { way: row.way } });
      }
      return row;
    });
  }

  /** Ends all sessions of a person. */
  async endOf(userName: string): Promise<void> {
    await this.db.deleteFrom('page_session').where('user_name', '=', userName).execute();
  }

  /** Takes the renewal of the session's token; false if another one has it, or the session was renewed since the row was read. */
  async beginRenewal({ id_hash: idHash, renewals }: PageSessionRow): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('page_session')
      .set({ renewing_until: inMs(RENEWAL_MS) })
      .where('id_hash', '=', idHash)
      .where('renewals', '=', renewals)
      .where((eb) => eb.or([eb('renewing_until', 'is', null), eb('renewing_until', '<', NOW)]))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Keeps what the renewal gave. */
  async renewed({ id_hash: idHash, renewals }: PageSessionRow, sealed: string): Promise<void> {
    await this.db
      .updateTable('page_session')
      .set({ sealed, renewals: renewals + 1, renewing_until: null })
      .where('id_hash', '=', idHash)
      .execute();
  }

  /** The renewal gave nothing: the next request tries again. */
  async endRenewal({ id_hash: idHash }: PageSessionRow): Promise<void> {
    await this.db
      .updateTable('page_session')
      .set({ renewing_until: null })
      .where('id_hash', '=', idHash)
      .execute();
  }

  /** Deletes sessions that have ended by themselves. */
  async forgetEnded(): Promise<void> {
    await this.db
      .deleteFrom('page_session')
      .where((eb) => eb.not(isLive(eb)))
      .execute();
  }
}

function isLive(eb: ExpressionBuilder<Schema, 'page_session'>) {
  return eb.and([eb('ends_at', '>', NOW), eb('used_at', '>', inMs(-IDLE_MS))]);
}
