import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { type ConstructorOptions, fromKysely, PgBoss } from 'pg-boss';
import type { Executor } from '../../database/schema.js';
import { QueueAccess } from '../../database/queue-access.js';
import { TaskTransport } from './task-transport.js';

const QUEUE = 'provision';
/** Connections of one replica in addition to those of the service. */
const CONNECTIONS = 3;
/** How long a worker may run one job before another worker gets it; the lease in the row decides who may continue. */
const EXPIRE_SECONDS = 3600;
const POLL_SECONDS = 2;

/** A job: only the provision's id. */
interface Task {
  provision_id: string;
}

/** Jobs in the service's own database, sent in the transaction that requires them. */
@Injectable()
export class PgBossTransport extends TaskTransport {
  private readonly logger = new Logger('PgBossTransport');
  readonly #boss: PgBoss;
  #started = false;

  constructor(access: QueueAccess) {
    super();
    this.#boss = new PgBoss(optionsFor(access));
    // the queue recovers by itself; the caller that needs the database reports its failure
    this.#boss.on('error', (error) => this.logger.warn(`the queue: ${error.message}`));
  }

  async start(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(QUEUE, {
      notify: true,
      retryLimit: 0,
      expireInSeconds: EXPIRE_SECONDS,
      deleteAfterSeconds: 60,
    });
    // createQueue clears its cache entry; a transaction that must reload it would block itself on the embedded database's one connection
    await this.#boss.findJobs(QUEUE, { id: randomUUID() });
    this.#started = true;
  }

  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    await this.#boss.stop({ graceful: false });
  }

  async publish(provisionId: string, trx: Executor): Promise<void> {
    const task: Task = { provision_id: provisionId };
    await this.#boss.send(QUEUE, task, { db: fromKysely(trx) });
  }

  async consume(handler: (provisionId: string) => Promise<void>, concurrency: number): Promise<void> {
    for (let worker = 0; worker < concurrency; worker++) await this.startWorker(handler);
  }

  async stopConsuming(): Promise<void> {
    if (this.#started) await this.#boss.offWork(QUEUE, { wait: true });
  }

  /** A worker that fetches the next job as soon as it finishes one; it sleeps only if there is none. */
  private async startWorker(handler: (provisionId: string) => Promise<void>): Promise<void> {
    let worker: string | undefined = undefined;
    worker = await this.#boss.work<Task>(
      QUEUE,
      { batchSize: 1, pollingIntervalSeconds: POLL_SECONDS, notifyPollingIntervalSeconds: POLL_SECONDS },
      async (jobs) => {
        for (const { data } of jobs) await handler(data.provision_id);
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
