import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { DirectoryName } from '../../common/caller.js';
import { Database, type Executor } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';
import { idleEnd } from '../../database/sql/idle-end.js';
import { recordset } from '../../database/sql/recordset.js';

/** A login that is to be recorded, or a use of credentials without one. */
export interface NotedLogin {
  name: string;
  directory: DirectoryName | null;
}

/** The last logins of people. */
@Injectable()
export class LastLoginsStore {
  constructor(private readonly db: Database) {}

  /**
   * Records that these people have logged in now, and how many did today; each name once. A row is written at most once a day of UTC. KBase or an
   * issuer that knows a person counts more than a hub, which keeps people who have left.
   */
  async note(logins: readonly NotedLogin[]): Promise<void> {
    await sql`
      with noted as (
        select subject.id, noted.directory from json_to_recordset(${recordset(logins)}::json) as noted(name text, directory text)
          join subject on subject.kind = 'user' and subject.name = noted.name and subject.status = 'active'
      ), before as (
        select user_id from login where user_id in (select id from noted) and ${dayOf('last_at')} = ${TODAY}
      ), recorded as (
        insert into login (user_id, directory) select id, directory from noted
        on conflict (user_id) do update set last_at = excluded.last_at, directory = ${KNOWN}, passed = false
        where ${dayOf('login.last_at')} < ${dayOf('excluded.last_at')} or login.directory is distinct from ${KNOWN}
        returning user_id
      )
      insert into daily_count (metric, day, value)
      select 'logins', ${TODAY}, count(*) from recorded where user_id not in (select user_id from before) having count(*) > 0
      on conflict (metric, day) do update set value = daily_count.value + excluded.value
    `.execute(this.db);
  }

  /** The user logs in again, in the transaction that lets it. The directory stays if there is none, and is forgotten if it is null. */
  async restart(userId: string, directory: DirectoryName | null | undefined, db: Executor): Promise<void> {
    const known = directory === undefined ? {} : { directory };
    const present = { missing: null, missing_since: null, passed: false };
    await db
      .insertInto('login')
      .values({ user_id: userId, ...known })
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet({ last_at: NOW, ...known, ...present }),
      )
      .execute();
  }

  /** When the credentials of a user end without another login, if that is within so many days. `asked`: directories that say who has left. */
  async endOf(
    userName: string,
    maxIdleDays: number,
    asked: readonly DirectoryName[],
    withinDays: number,
  ): Promise<Date | undefined> {
    const end = idleEnd(maxIdleDays, asked);
    const row = await this.db
      .selectFrom('subject')
      .leftJoin('login', 'login.user_id', 'subject.id')
      .select(end.as('end'))
      .where('kind', '=', 'user')
      .where('name', '=', userName)
      .where(sql<boolean>`${end} < clock_timestamp() + ${withinDays}::int * interval '1 day'`)
      .executeTakeFirst();
    return row?.end ?? undefined;
  }
}

function dayOf(column: string) {
  return sql`(${sql.ref(column)} at time zone 'UTC')::date`;
}

const TODAY = sql`(clock_timestamp() at time zone 'UTC')::date`;

const KNOWN = sql`case when excluded.directory is null or (excluded.directory = 'hub' and login.directory is not null)
  then login.directory else excluded.directory end`;
