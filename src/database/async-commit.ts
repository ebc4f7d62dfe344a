import { sql } from 'kysely';

/**
 * A condition that always holds and makes the statement's commit not wait for the disk (PostgreSQL's asynchronous commit): for what may be
 * forgotten when the database itself crashes, because it is found out and done again.
 */
export const ASYNC_COMMIT = sql<boolean>`set_config('synchronous_commit', 'off', true) = 'off'`;
