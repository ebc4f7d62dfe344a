import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { type ConstructorOptions, fromKysely, PgBoss } from 'pg-boss';
import type { Executor } from '../../database/schema.js';
import { QueueAccess } from '../../database/queue-access.js';

const QUEUE = 'provision';
/** Connections of one replica in addition to those of the service. */
const CONNECTIONS = 3;
/** How long a worker may run one job before another worker gets it; the lease in the row decides who may continue. */
const EXPIRE_SECONDS = 3600;
const POLL_SECONDS = 2;
/** A job that is due within this time, in milliseconds, runs when it is due. A later job may wait for the next poll. */
const SOON_MS = 60_000;
/** The database's clock decides which jobs are due, and it may be slightly behind. */
const BEHIND_MS = 10;

/** A job: only the provision's id. */
interface Task {
  provision_id: string;
}

/**
 * Delivers the ids of provisions to workers on all replicas. A job is a hint: the provision's row is the truth, and a job whose row cannot
 * be claimed is dropped. Jobs are sent in the transaction that requires them.
 */
@Injectable()
export class TaskQueue {
  private readonly logger = new Logger('TaskQueue');
  readonly #boss: PgBoss;
  readonly #workers = new Set<string>();
  #started = false;

  constructor(access: QueueAccess) {
    this.#boss = new PgBoss(optionsFor(access));
    // the queue recovers by itself; the caller that needs the database reports its failure
    this.#boss.on('error', (error) => this.logger.warn(`the queue: ${error.message}`));
  }

  async start(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(QUEUE, {
      notify: true,
      // the row counts attempts and stores the time of the next one
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

  /** Sends a job within the transaction, to run at once or at `at`. */
  async send(provisionId: string, trx: Executor, at?: Date): Promise<void> {
    const task: Task = { provision_id: provisionId };
    const waitMs = at ? at.getTime() - Date.now() : 0;
    const later = at && waitMs > 0 ? { startAfter: at } : {};
    await this.#boss.send(QUEUE, task, { db: fromKysely(trx), ...later });
    // pg-boss notifies only about jobs that are due when they are sent
    if (waitMs > 0 && waitMs <= SOON_MS) setTimeout(() => this.wake(), waitMs + BEHIND_MS).unref();
  }

  /** Starts `concurrency` workers until {@link stopWork}; a job is complete when `run` returns, with any outcome. */
  async work(concurrency: number, run: (provisionId: string) => Promise<void>): Promise<void> {
    for (let worker = 0; worker < concurrency; worker++) await this.workOne(run);
  }

  /** Takes no more jobs, and waits for the running ones. */
  async stopWork(): Promise<void> {
    this.#workers.clear();
    if (this.#started) await this.#boss.offWork(QUEUE, { wait: true });
  }

  /** A worker that fetches the next job as soon as it finishes one; it sleeps only if there is none. */
  private async workOne(run: (provisionId: string) => Promise<void>): Promise<void> {
    let worker: string | undefined = undefined;
    worker = await this.#boss.work<Task>(
      QUEUE,
      { batchSize: 1, pollingIntervalSeconds: POLL_SECONDS, notifyPollingIntervalSeconds: POLL_SECONDS },
      async (jobs) => {
        for (const { data } of jobs) await run(data.provision_id);
        if (worker) this.#boss.notifyWorker(worker);
      },
    );
    this.#workers.add(worker);
  }

  private wake(): void {
    for (const worker of this.#workers) this.#boss.notifyWorker(worker);
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
