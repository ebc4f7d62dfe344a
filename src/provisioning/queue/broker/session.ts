import { randomUUID } from 'node:crypto';
import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { Secret } from '../../../common/secret.js';
import type { Message } from './messages.js';
import { declare, TASK_QUEUE } from './names.js';

const CONNECT_MS = 5000;
/** A broker that is silent for two of these is away. */
const HEARTBEAT_SECONDS = 10;
const CONFIRM_MS = 10_000;
const CLOSE_MS = 2000;

/** What becomes of a delivered message; undefined: the broker keeps it. */
export type Verdict = 'ack' | 'reject' | undefined;
export type Deliver = (content: Buffer) => Promise<Verdict>;

/** One connection to the broker, from which every error ends it: the next one declares everything again. */
export class Session {
  /** Called once, with the reason, when it has ended by itself. */
  onEnd: (why: string) => void = () => undefined;
  /** Called when {@link isBlocked} has changed. */
  onChange: () => void = () => undefined;
  #isBlocked = false;
  readonly #returned = new Set<string>();
  #consumer: { channel: Channel; tag: string } | undefined;
  #isOver = false;

  private constructor(
    private readonly connection: ChannelModel,
    private readonly publisher: ConfirmChannel,
  ) {
    this.watch(connection);
    this.watch(publisher);
    connection.on('blocked', () => this.block(true));
    connection.on('unblocked', () => this.block(false));
    publisher.on('return', ({ properties }) => this.#returned.add(String(properties.messageId)));
  }

  /** The broker is short of memory or disk: it gives messages, and takes none. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Connects and declares the names. Its errors hold neither the URL nor a password. */
  static async open(url: Secret): Promise<Session> {
    const { connect } = await import('amqplib');
    const connection = await connect(serverOf(url), { timeout: CONNECT_MS, noDelay: true });
    connection.on('error', () => undefined);
    try {
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      await declare(channel);
      return new Session(connection, channel);
    } catch (error) {
      await closed(connection);
      throw error;
    }
  }

  /** Resolves when the broker has it on disk, and in a queue if that is mandatory. */
  async publish(
    { exchange, key, body, isMandatory }: Message,
    messageId: string = randomUUID(),
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error('it confirmed nothing')), CONFIRM_MS);
    const options = { mandatory: isMandatory, messageId, persistent: true, contentType: 'application/json' };
    const settle = (error: unknown) => (error ? reject(asError(error)) : resolve());
    try {
      this.publisher.publish(exchange, key, Buffer.from(JSON.stringify(body)), options, settle);
      await promise;
      // what comes back does so before it is confirmed
      if (!this.#returned.has(messageId)) return;
    } finally {
      clearTimeout(timer);
      this.#returned.delete(messageId);
    }
    this.end(`a message to ${exchange} reached no queue`);
    throw new Error('it has no queue for a message');
  }

  /** Makes again what somebody has deleted. */
  async check(): Promise<void> {
    await declare(this.publisher);
  }

  async consume(prefetch: number, deliver: Deliver): Promise<void> {
    const channel = await this.connection.createChannel();
    this.watch(channel);
    await channel.prefetch(prefetch);
    const take = (message: ConsumeMessage | null) => void this.take(channel, message, deliver);
    const { consumerTag: tag } = await channel.consume(TASK_QUEUE, take);
    this.#consumer = { channel, tag };
  }

  /** Gets no more messages. Those that are being worked on can still be acknowledged. */
  async stopConsuming(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.channel.cancel(consumer.tag).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await closed(this.connection);
  }

  private async take(channel: Channel, message: ConsumeMessage | null, deliver: Deliver): Promise<void> {
    if (message === null) return this.end(`the queue ${TASK_QUEUE} was deleted`);
    const verdict = await deliver(message.content);
    if (verdict === undefined || this.#isOver) return;
    try {
      if (verdict === 'ack') channel.ack(message);
      else channel.nack(message, false, false);
    } catch {
      // the channel has closed meanwhile: the broker delivers the message again, and its row decides
    }
  }

  private block(isBlocked: boolean): void {
    this.#isBlocked = isBlocked;
    this.onChange();
  }

  private watch(emitter: ChannelModel | Channel): void {
    emitter.on('error', (error: Error) => this.end(error.message));
    emitter.on('close', () => this.end('the connection ended'));
  }

  private end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void closed(this.connection);
    this.onEnd(why);
  }
}

function serverOf(url: Secret): object {
  const { protocol, hostname, port, username, password, pathname } = new URL(url.reveal());
  return {
    protocol: protocol.slice(0, -1),
    hostname: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' && password === ''
      ? {}
      : { username: decodeURIComponent(username), password: decodeURIComponent(password) }),
    vhost: pathname.slice(1),
    heartbeat: HEARTBEAT_SECONDS,
  };
}

/** A broker that does not answer keeps nobody waiting. */
async function closed(connection: ChannelModel): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CLOSE_MS);
  await Promise.race([connection.close().catch(() => undefined), late]);
  clearTimeout(timer);
  (connection.connection as { stream?: { destroy(): void } }).stream?.destroy();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('it refused a message');
}
