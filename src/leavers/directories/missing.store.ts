import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Actor, DirectoryName } from '../../common/caller.js';
import { Database, type Executor, type SubjectRow } from '../../database/schema.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { recordset } from '../../database/sql/recordset.js';

/** A person whom a look-up did not find, or found disabled. */
export interface MissingPerson {
  name: string;
  verdict: 'absent' | 'disabled';
}

const WITHIN_A_DAY = sql<boolean>`subject.suspended in ('absent', 'disabled')
  and subject.suspended_at > clock_timestamp() - interval '1 day'`;

/** Who is missing in which directory. */
@Injectable()
export class MissingStore {
  constructor(private readonly db: Database) {}

  /** Names of the active people of a directory who have something in MinIO; `passed`: an administrator has confirmed that they have left. */
  people(directory: DirectoryName): Promise<{ name: string; passed: boolean }[]> {
    return this.ofDirectory(directory)
      .select(['subject.name', 'login.passed'])
      .where('subject.status', '=', 'active')
      .where('subject.unchecked', '=', false)
      .execute();
  }

  /** How many people of the directory were suspended within a day, without those whom an administrator has confirmed. */
  async suspendedWithinADay(directory: DirectoryName): Promise<number> {
    const { count } = await this.ofDirectory(directory)
      .select((eb) => eb.fn.countAll<string>().as('count'))
      .where(WITHIN_A_DAY)
      .where('login.passed', '=', false)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** Marks exactly these people of the directory as missing. */
  async mark(directory: DirectoryName, missing: readonly MissingPerson[]): Promise<void> {
    await sql`
      update login set missing = gone.verdict, passed = login.passed and gone.verdict is not null,
        missing_since = case when gone.verdict is not null then coalesce(login.missing_since, clock_timestamp()) end
      from subject left join json_to_recordset(${recordset(missing)}::json) as gone(name text, verdict text)
        on gone.name = subject.name
      where subject.id = login.user_id and subject.kind = 'user' and subject.status = 'active'
        and login.directory = ${directory} and (login.missing is not null or gone.verdict is not null)
    `.execute(this.db);
  }

  /** Active people who are missing since so many milliseconds at least; `onlyPassed`: those whom an administrator has confirmed. */
  missing(directory: DirectoryName, sinceMs: number, onlyPassed: boolean): Promise<SubjectRow[]> {
    return this.ofDirectory(directory)
      .selectAll('subject')
      .where('subject.status', '=', 'active')
      .where('login.missing', 'is not', null)
      .where(sql<boolean>`login.missing_since <= clock_timestamp() - ${sinceMs} * interval '1 millisecond'`)
      .$if(onlyPassed, (query) => query.where('login.passed', '=', true))
      .orderBy('subject.id')
      .execute();
  }

  /** What is still said of the person; undefined if nothing. */
  async verdictOn(userId: string, trx: Executor): Promise<MissingPerson['verdict'] | undefined> {
    const row = await trx
      .selectFrom('login')
      .select('missing')
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row?.missing ?? undefined;
  }

  /** Confirms that all who are missing in the directory have left. Returns how many. */
  confirm(directory: DirectoryName, actor: Actor): Promise<number> {
    return this.db.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('login')
        .set({ passed: true })
        .where('directory', '=', directory)
        .where('missing', 'is not', null)
        .executeTakeFirst();
      const users = Number(numUpdatedRows);
      await appendAudit(trx, actor, { action: 'leavers.confirmed', detail: { directory, users } });
      return users;
    });
  }

  private ofDirectory(directory: DirectoryName) {
    return this.db
      .selectFrom('subject')
      .innerJoin('login', 'login.user_id', 'subject.id')
      .where('subject.kind', '=', 'user')
      .where('login.directory', '=', directory);
  }
}
