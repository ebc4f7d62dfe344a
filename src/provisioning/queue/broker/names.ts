import type { Channel } from 'amqplib';

/** The exchange of tasks, where programs other than this one may publish the id of a provision, too. */
export const TASK_EXCHANGE = 'provisioning.tasks';
export const TASK_KEY = 'task.new';
export const TASK_QUEUE = 'provisioning.tasks.queue';
/** What was given up, and what is no task. */
export const DEAD_EXCHANGE = 'provisioning.tasks.dlx';
export const DEAD_QUEUE = 'provisioning.tasks.dlq';
/** How provisions ended. Who wants to know binds a queue. */
export const STATUS_EXCHANGE = 'provisioning.task.status';
export const COMPLETED_KEY = 'task.completed';
export const FAILED_KEY = 'task.failed';

/** Makes what is not there yet. Throws if something of that name has other settings. */
export async function declare(channel: Channel): Promise<void> {
  for (const exchange of [TASK_EXCHANGE, DEAD_EXCHANGE, STATUS_EXCHANGE])
    await channel.assertExchange(exchange, 'topic', { durable: true });
  await channel.assertQueue(DEAD_QUEUE, { durable: true });
  await channel.bindQueue(DEAD_QUEUE, DEAD_EXCHANGE, '#');
  await channel.assertQueue(TASK_QUEUE, { durable: true, deadLetterExchange: DEAD_EXCHANGE });
  await channel.bindQueue(TASK_QUEUE, TASK_EXCHANGE, TASK_KEY);
}
