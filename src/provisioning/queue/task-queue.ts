import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { type ConstructorOptions, fromKysely, PgBoss } from 'pg-boss';
import type { Executor } from '../../database/schema.js';
import { QueueAccess } from '../../database/queue-access.js';

const QUEUE = 'provision';
/** Connections of one replica beside those of the service. */
const CONNECTIONS = 3;
/** How long a worker may be busy with one job before it is given to another; the row's own lease decides who may go on. */
const EXPIRE_SECONDS = 3600;
const POLL_SECONDS = 2;
/** What is due this soon, in milliseconds, is taken when it is due. What is due later may wait for the next poll. */
const SOON_MS = 60_000;
/** The database's clock decides what is due, and it may be a little behind. */
const BEHIND_MS = 10;

/** A job: the provision's id, nothing else. */
interface Task {
  provision_id: string;
}

/**
 * Carries the ids of provisions to a worker of any replica. A job is a hint: the provision's row is the truth, and one that cannot be
 * claimed is let go. Jobs are sent in the transaction that makes them necessary.
 */
@Injectable()
export class TaskQueue {
  private readonly logger = new Logger('TaskQueue');
  readonly #boss: PgBoss;
  readonly #workers = new Set<string>();
  #started = false;

  constructor(access: QueueAccess) {
    this.#boss = new PgBoss(optionsFor(access));
    // it goes on by itself: a failure of the database is told by what needed it
    this.#boss.on('error', (error) => this.logger.warn(`the queue: ${error.message}`));
  }

  async start(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(QUEUE, {
      notify: true,
      // the row counts attempts and knows when the next one is due
      retryLimit: 0,
      expireInSeconds: EXPIRE_SECONDS,
      deleteAfterSeconds: 60,
    });
    // making it forgets it: a transaction that had to ask for it again would wait for itself on the embedded database's one connection
    await this.#boss.findJobs(QUEUE, { id: randomUUID() });
    this.#started = true;
  }

  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    await this.#boss.stop({ graceful: false });
  }

  /** Sends a job with the transaction, to be taken at once or at `at`. */
  async send(provisionId: string, trx: Executor, at?: Date): Promise<void> {
    const task: Task = { provision_id: provisionId };
    const waitMs = at ? at.getTime() - Date.now() : 0;
    const later = at && waitMs > 0 ? { startAfter: at } : {};
    await this.#boss.send(QUEUE, task, { db: fromKysely(trx), ...later });
    // a job is announced only if it is due when it is sent
    if (waitMs > 0 && waitMs <= SOON_MS) setTimeout(() => this.wake(), waitMs + BEHIND_MS).unref();
  }

  /** Lets `concurrency` workers take jobs until {@link stopWork}; a job is over when `run` is, whatever came of it. */
  async work(concurrency: number, run: (provisionId: string) => Promise<void>): Promise<void> {
    for (let worker = 0; worker < concurrency; worker++) await this.workOne(run);
  }

  /** No more jobs are taken; those under way are waited for. */
  async stopWork(): Promise<void> {
    this.#workers.clear();
    if (this.#started) await this.#boss.offWork(QUEUE, { wait: true });
  }

  /** A worker that looks for the next job as soon as it is done with one; it sleeps only when there is none. */
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
