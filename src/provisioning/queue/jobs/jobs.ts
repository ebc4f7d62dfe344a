import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { type ConstructorOptions, fromKysely, PgBoss, type QueueOptions } from 'pg-boss';
import { QueueAccess } from '../../../database/queue-access.js';
import type { Executor } from '../../../database/schema.js';

/** Connections of one replica in addition to those of the service. */
const CONNECTIONS = 3;
const POLL_SECONDS = 2;

/** A job of a queue. */
export interface Job<T> {
  id: string;
  data: T;
}

/** How many workers a queue has, and how many jobs one of them takes at a time. */
export interface Workers {
  count: number;
  batchSize: number;
}

/** Queues in the service's own database: a job is sent by the transaction that requires it. */
@Injectable()
export class Jobs {
  private readonly logger = new Logger('Jobs');
  readonly #boss: PgBoss;
  #started = false;

  constructor(access: QueueAccess) {
    this.#boss = new PgBoss(optionsFor(access));
    // the queue recovers by itself; the caller that needs the database reports its failure
    this.#boss.on('error', (error) => this.logger.warn(`the queue: ${error.message}`));
  }

  async start(queues: Readonly<Record<string, QueueOptions>>): Promise<void> {
    await this.#boss.start();
    for (const [name, options] of Object.entries(queues)) {
      await this.#boss.createQueue(name, { notify: true, ...options });
      // createQueue clears its cache entry; a transaction that must reload it would block itself on the embedded database's one connection
      await this.#boss.findJobs(name, { id: randomUUID() });
    }
    this.#started = true;
  }

  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    await this.#boss.stop({ graceful: false });
  }

  /** Nothing is sent if the transaction is rolled back. */
  async send(queue: string, data: object, trx: Executor): Promise<void> {
    await this.#boss.send(queue, data, { db: fromKysely(trx) });
  }

  /** Starts workers that fetch the next jobs as soon as they finish; they sleep only if there are none. A handler that throws fails its jobs. */
  async work<T extends object>(
    queue: string,
    handler: (jobs: Job<T>[]) => Promise<void>,
    { count, batchSize }: Workers,
  ): Promise<void> {
    for (let worker = 0; worker < count; worker++) await this.startWorker(queue, handler, batchSize);
  }

  /** Takes no more jobs, and waits for the handlers. */
  async stopWorking(queue: string): Promise<void> {
    if (this.#started) await this.#boss.offWork(queue, { wait: true });
  }

  private async startWorker<T extends object>(
    queue: string,
    handler: (jobs: Job<T>[]) => Promise<void>,
    batchSize: number,
  ): Promise<void> {
    let worker: string | undefined = undefined;
    worker = await this.#boss.work<T>(
      queue,
      { batchSize, pollingIntervalSeconds: POLL_SECONDS, notifyPollingIntervalSeconds: POLL_SECONDS },
      async (jobs) => {
        await handler(jobs);
        if (worker) this.#boss.notifyWorker(worker);
      },
    );
  }
}

function optionsFor({ embedded, url }: QueueAccess): ConstructorOptions {
  const common = { schema: 'queue', schedule: false, useListenNotify: true, reindex: false } as const;
  if (embedded) return { ...common, db: embedded, backend: 'pglite' };
  return {
    ...common,
    connectionString: url?.reveal() ?? '',
    application_name: 'minio-manager queue',
    max: CONNECTIONS,
    connectionTimeoutMillis: 4000,
  };
}
