import { Injectable } from '@nestjs/common';
import type { Executor } from '../../../database/schema.js';
import { Jobs } from './jobs.js';
import { TaskTransport } from '../task-transport.js';

/** The queue of ids. Whichever transport runs, it is the same one: none is lost when a broker comes or goes. */
export const TASKS = 'provision';
/** A job may be lost: the row counts attempts. A worker may run one for an hour before another worker gets it. */
export const TASK_OPTIONS = { retryLimit: 0, expireInSeconds: 3600, deleteAfterSeconds: 60 } as const;

/** A job: only the provision's id. */
export interface Task {
  provision_id: string;
}

/** Jobs in the service's own database, sent in the transaction that requires them. */
@Injectable()
export class PgBossTransport extends TaskTransport {
  constructor(private readonly jobs: Jobs) {
    super();
  }

  start(): Promise<void> {
    return this.jobs.start({ [TASKS]: TASK_OPTIONS });
  }

  stop(): Promise<void> {
    return this.jobs.stop();
  }

  publish(provisionId: string, trx: Executor): Promise<void> {
    const task: Task = { provision_id: provisionId };
    return this.jobs.send(TASKS, task, trx);
  }

  consume(handler: (provisionId: string) => Promise<void>, concurrency: number): Promise<void> {
    const run = async (jobs: { data: Task }[]) => {
      for (const { data } of jobs) await handler(data.provision_id);
    };
    return this.jobs.work<Task>(TASKS, run, { count: concurrency, batchSize: 1 });
  }

  stopConsuming(): Promise<void> {
    return this.jobs.stopWorking(TASKS);
  }
}
