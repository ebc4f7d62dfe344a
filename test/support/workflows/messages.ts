import { waitFor } from '../../../scripts/child.mjs';
import type { Rabbitmq } from '../servers/rabbitmq.js';

export const TASKS = 'provisioning.tasks';
export const QUEUE = 'provisioning.tasks.queue';
export const DEAD = 'provisioning.tasks.dlq';
export const STATUS = 'provisioning.task.status';

/** A message as a program beside the service gets it. */
export interface Got {
  key: string;
  body: any;
  properties: Record<string, any>;
}

/** Everything that comes to the exchange with this key, from now on; a queue that lasts as long as the broker. */
export async function listen(broker: Rabbitmq, exchange: string, key: string): Promise<() => Promise<Got[]>> {
  const queue = listenerOf(exchange, key);
  await broker.with(async (channel) => {
    await channel.assertExchange(exchange, 'topic', { durable: true });
    await channel.assertQueue(queue, { durable: true });
    await channel.bindQueue(queue, exchange, key);
  });
  return collected(broker, queue);
}

/** The name of the queue that {@link listen} makes. */
export function listenerOf(exchange: string, key: string): string {
  return `listener of ${exchange} ${key}`;
}

/** What the queue has had so far, as far as nobody else took it. */
export function collected(broker: Rabbitmq, queue: string): () => Promise<Got[]> {
  const all: Got[] = [];
  return async () => {
    await broker.with(async (channel) => {
      for (;;) {
        const message = await channel.get(queue, { noAck: true });
        if (!message) return;
        const { content, fields, properties } = message;
        all.push({
          key: fields.routingKey,
          body: parsed(content.toString()),
          properties: properties as never,
        });
      }
    });
    return [...all];
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Publishes as a program beside the service does, and waits until the broker has it. */
export async function send(broker: Rabbitmq, content: string, key = 'task.new'): Promise<void> {
  const channel = await broker.channel();
  channel.publish(TASKS, key, Buffer.from(content), { persistent: true });
  await channel.waitForConfirms();
  await channel.close();
}

/** Nothing waits in the queue, and nothing is being worked on. */
export async function emptied(broker: Rabbitmq, queue = QUEUE): Promise<void> {
  await waitFor(`the end of ${queue}`, () =>
    broker.with(async (channel) => (await channel.checkQueue(queue)).messageCount === 0),
  );
}
