import type { Secret } from '../common/secret.js';

/**
 * Runs SQL of the queue library. A text may hold several statements, and its own `begin` and `commit`. It never runs inside a transaction
 * of this service, and its failure does not affect one.
 */
export interface ForeignSql {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** Calls back for each notification in the channel, until closed. */
  listen(
    channel: string,
    onNotification: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<{ close: () => Promise<void> }>;
}

/** How the queue reaches the database: through the one connection of the embedded one, or by separate connections. */
export abstract class QueueAccess {
  abstract readonly embedded?: ForeignSql;
  abstract readonly url?: Secret;
}
