import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import type { Executor, ProvisionRow } from '../../../database/schema.js';
import { type Job, Jobs } from '../jobs/jobs.js';
import { type Task, TASK_OPTIONS, TASKS } from '../jobs/pg-boss.transport.js';
import { RunsStore } from '../runs.store.js';
import { TaskTransport } from '../task-transport.js';
import { Broker } from './broker.js';
import { type Message, messagesOf, taskIdIn, taskOf } from './messages.js';
import { brokerMessages } from './metrics.js';
import type { Verdict } from './session.js';

/** The queue of what the broker is told besides tasks. Nothing of it may be lost: it is tried again until the broker has it. */
const MESSAGES = 'broker';
const MESSAGE_OPTIONS = {
  ...{ retryLimit: 1_000_000, retryDelay: 5, expireInSeconds: 120 },
  ...{ retentionSeconds: 14 * 86_400, deleteAfterSeconds: 60 },
};
/** Messages that one worker publishes at a time. */
const BATCH = 20;
const WAIT_MS = 30_000;
const AGAIN_MS = 1000;

type Handler = (provisionId: string) => Promise<void>;

/**
 * The hop through RabbitMQ. The database's queue is the outbox: its jobs are sent in the transaction that requires them, and only publish.
 * While the broker is away they wait, or run the provisions themselves.
 */
@Injectable()
export class AmqpTransport extends TaskTransport {
  private readonly logger = new Logger('AmqpTransport');
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<Verdict>>();

  constructor(
    private readonly jobs: Jobs,
    private readonly broker: Broker,
    private readonly runs: RunsStore,
    private readonly config: AppConfig,
  ) {
    super();
  }

  override get isMoving(): boolean {
    return this.broker.isUp || this.config.amqp?.fallback === true;
  }

  start(): Promise<void> {
    return this.jobs.start({ [TASKS]: TASK_OPTIONS, [MESSAGES]: MESSAGE_OPTIONS });
  }

  publish(provisionId: string, trx: Executor): Promise<void> {
    const task: Task = { provision_id: provisionId };
    return this.jobs.send(TASKS, task, trx);
  }

  override async ended(row: ProvisionRow, trx: Executor): Promise<void> {
    for (const message of messagesOf(row)) await this.jobs.send(MESSAGES, message, trx);
  }

  async consume(handler: Handler, concurrency: number): Promise<void> {
    this.broker.start(concurrency, (content) => this.deliver(content, handler));
    const relay = async (jobs: Job<Task>[]) => {
      for (const { data } of jobs) await this.relay(data.provision_id, handler);
    };
    await this.jobs.work<Task>(TASKS, relay, { count: concurrency, batchSize: 1 });
    await this.jobs.work<Message>(MESSAGES, (jobs) => this.tell(jobs), { count: 1, batchSize: BATCH });
  }

  async stopConsuming(): Promise<void> {
    this.#stopping.abort(new Error('this process stops'));
    await Promise.all([
      this.broker.stopConsuming(),
      this.jobs.stopWorking(TASKS),
      this.jobs.stopWorking(MESSAGES),
    ]);
    await Promise.all(this.#running);
  }

  async stop(): Promise<void> {
    await this.broker.stop();
    await this.jobs.stop();
  }

  /** A task to the broker. While that is away: to the handler, if it may, otherwise it waits. */
  private async relay(provisionId: string, handler: Handler): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      if (!this.broker.isUp && this.config.amqp?.fallback) return handler(provisionId);
      await this.broker.untilUp(signal);
      try {
        return await this.broker.publish(taskOf(provisionId));
      } catch (error) {
        this.logger.warn(`provision ${provisionId} is published again: ${(error as Error).message}`);
        await delay(AGAIN_MS, undefined, { signal });
      }
    }
  }

  private async tell(jobs: Job<Message>[]): Promise<void> {
    const late = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(WAIT_MS)]);
    await this.broker.untilUp(late);
    await Promise.all(jobs.map(({ id, data }) => this.broker.publish(data, id)));
  }

  private deliver(content: Buffer, handler: Handler): Promise<Verdict> {
    // what came while the process was stopping goes to another one
    if (this.#stopping.signal.aborted) return Promise.resolve(undefined);
    const run = this.verdictOn(content, handler).finally(() => this.#running.delete(run));
    this.#running.add(run);
    return run;
  }

  private async verdictOn(content: Buffer, handler: Handler): Promise<Verdict> {
    const id = taskIdIn(content);
    const isKnown = id === undefined ? false : await this.isKnown(id);
    if (isKnown === undefined) return undefined;
    if (id === undefined || !isKnown) {
      this.logger.warn(`a message was rejected: ${id === undefined ? 'it is no task' : 'no such provision'}`);
      brokerMessages.inc({ outcome: 'rejected' });
      return 'reject';
    }
    await handler(id);
    brokerMessages.inc({ outcome: 'taken' });
    return 'ack';
  }

  /** Waits for the database; undefined: the process stops. */
  private async isKnown(id: string): Promise<boolean | undefined> {
    const { signal } = this.#stopping;
    for (;;) {
      try {
        return await this.runs.isKnown(id);
      } catch {
        await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return undefined;
      }
    }
  }
}
