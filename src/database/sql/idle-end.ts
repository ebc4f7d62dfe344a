import { type RawBuilder, sql } from 'kysely';

/**
 * Of `subject` with its `login`: when the credentials end without another login. Null if they do not: the user has none yet, or was adopted
 * and has never logged in here, or one of the directories `asked` says whether the person is still there.
 */
export function idleEnd(maxIdleDays: number, asked: readonly string[]): RawBuilder<Date | null> {
  return sql<Date | null>`case when subject.kind = 'user' and subject.status = 'active'
      and not subject.unchecked and not subject.foreign_secret and ${maxIdleDays}::int > 0
      and coalesce(login.directory <> all(${[...asked]}::text[]), true)
    then coalesce(login.last_at, subject.created_at) + ${maxIdleDays}::int * interval '1 day' end`;
}
