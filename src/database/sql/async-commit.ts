import { sql } from 'kysely';

/**
 * A condition that is always true. The statement's commit then does not wait for the disk (PostgreSQL's asynchronous commit). It is for
 * rows that a crash of the database may lose, because the loss is noticed and the work done again.
 */
export const ASYNC_COMMIT = sql<boolean>`set_config('synchronous_commit', 'off', true) = 'off'`;
