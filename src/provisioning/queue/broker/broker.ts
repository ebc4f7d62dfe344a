import { EventEmitter, once } from 'node:events';
import { Injectable, Logger } from '@nestjs/common';
import { backoffMs } from '../../../common/work/backoff.js';
import { Loop } from '../../../common/work/loop.js';
import { AppConfig } from '../../../config/app-config.js';
import type { Message } from './messages.js';
import { brokerMessages, brokerUp } from './metrics.js';
import { type Deliver, Session } from './session.js';

/** So that the wait before the next try is at most eight seconds: provisions may wait for it. */
const MOST_FAILURES = 3;

/** How often everything is declared again: a lost binding is no error for anybody. */
const CHECK_MS = 10_000;

export interface BrokerState {
  isUp: boolean;
  /** Why it is not. */
  problem?: string;
}

/** The connection to RabbitMQ, which is made again whenever it ends. */
@Injectable()
export class Broker {
  private readonly logger = new Logger('Broker');
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #loop = new Loop(() => this.round(), { logger: this.logger, retryMs: 1000 });
  #consumer: { prefetch: number; deliver: Deliver } | undefined;
  #session: Session | undefined;
  #problem: string | undefined;
  #failures = 0;

  constructor(private readonly config: AppConfig) {}

  /** Undefined: this process has nothing to do with a broker. */
  get state(): BrokerState | undefined {
    if (!this.#consumer) return undefined;
    if (this.isUp) return { isUp: true };
    const blocked = this.#session ? 'it takes no messages: it is short of memory or disk' : undefined;
    return { isUp: false, problem: blocked ?? this.#problem ?? 'it has not answered yet' };
  }

  /** It is connected, and takes messages. */
  get isUp(): boolean {
    return this.#session?.isBlocked === false;
  }

  /** Connects, and gives the messages of tasks to `deliver`, at most `prefetch` at a time. */
  start(prefetch: number, deliver: Deliver): void {
    this.#consumer = { prefetch, deliver };
    this.#loop.start();
  }

  /** Resolves when the broker is up; throws when the signal says so. */
  async untilUp(signal: AbortSignal): Promise<void> {
    while (!this.isUp) await once(this.#events, 'up', { signal });
  }

  /** Throws unless the broker has taken the message. */
  async publish(message: Message, messageId?: string): Promise<void> {
    try {
      if (!this.#session) throw new Error('it is away');
      await this.#session.publish(message, messageId);
      brokerMessages.inc({ outcome: 'confirmed' });
    } catch (error) {
      brokerMessages.inc({ outcome: 'refused' });
      throw error;
    }
  }

  /** Gets no more messages, and connects no more. */
  async stopConsuming(): Promise<void> {
    await this.#loop.stop();
    await this.#session?.stopConsuming();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#session?.close();
    this.#session = undefined;
  }

  private async round(): Promise<number | undefined> {
    if (!this.#session) return this.connect();
    // what is wrong ends the session
    await this.#session.check().catch(() => undefined);
    return this.#session ? CHECK_MS : 0;
  }

  private async connect(): Promise<number | undefined> {
    const { url } = this.config.amqp ?? {};
    if (!url || !this.#consumer) return undefined;
    let session: Session | undefined;
    try {
      session = await Session.open(url);
      session.onEnd = (why) => this.lost(why);
      session.onChange = () => this.changed();
      this.#session = session;
      await session.consume(this.#consumer.prefetch, this.#consumer.deliver);
    } catch (error) {
      this.#session = undefined;
      await session?.close();
      return this.failed(error);
    }
    // it may have ended before it was heard
    if (!this.#session) return this.failed(new Error('the connection ended'));
    this.#failures = 0;
    this.#problem = undefined;
    this.logger.log('the broker is connected');
    this.changed();
    return CHECK_MS;
  }

  private changed(): void {
    brokerUp.set(this.isUp ? 1 : 0);
    if (this.isUp) this.#events.emit('up');
  }

  private failed(error: unknown): number {
    const why = explained(error);
    // the same again is no news
    if (why !== this.#problem) this.logger.warn(`the broker cannot be used: ${why}`);
    this.#problem = why;
    return backoffMs(Math.min(this.#failures++, MOST_FAILURES));
  }

  private lost(why: string): void {
    this.#session = undefined;
    this.#problem = why;
    this.changed();
    this.logger.warn(`the broker was lost: ${why}`);
    this.#loop.start(0);
  }
}

/** The errors of the client and of the broker name hosts, users and settings, and no password. */
function explained(error: unknown): string {
  const text = error instanceof AggregateError ? (error.errors[0] as Error).message : messageOf(error);
  if (!text.includes('PRECONDITION')) return text;
  return `${text}. Something of that name exists with other settings: delete it, or use another vhost`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : 'unknown failure';
}
