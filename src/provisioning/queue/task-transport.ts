import type { Executor, ProvisionRow } from '../../database/schema.js';

/**
 * Carries the ids of provisions to workers on all replicas. What it carries is a hint: the provision's row is the truth, it counts attempts
 * and knows when the next one is due, and an id whose row cannot be claimed is dropped. An id may be lost or come twice.
 */
export abstract class TaskTransport {
  abstract start(): Promise<void>;

  /** Sends the id to a worker once the transaction has committed. If it is rolled back, nothing is sent. */
  abstract publish(provisionId: string, trx: Executor): Promise<void>;

  /** Gives ids to the handler until {@link stopConsuming}, at most `concurrency` at a time. The handler never throws. */
  abstract consume(handler: (provisionId: string) => Promise<void>, concurrency: number): Promise<void>;

  /** Takes no more ids, and waits for the handler. */
  abstract stopConsuming(): Promise<void>;

  abstract stop(): Promise<void>;

  /** False: ids wait until it goes on, and to publish one of them again is of no use. */
  get isMoving(): boolean {
    return true;
  }

  /** Tells whoever listens how a provision ended, once the transaction has committed. Nobody listens unless a transport says so. */
  ended(_row: ProvisionRow, _trx: Executor): Promise<void> {
    return Promise.resolve();
  }
}
