import { Counter, Gauge } from 'prom-client';
import { registry } from '../../../metrics/registry.js';

export const brokerUp = new Gauge({
  name: 'broker_up',
  help: 'Whether this replica is connected to the message broker, and the broker takes messages; 0 also without AMQP_URL',
  registers: [registry],
});

export const brokerMessages = new Counter({
  name: 'broker_messages_total',
  help: 'Messages by outcome: confirmed (published), refused (not published, and tried again), taken (a task that was run, or was done already), rejected (no task)',
  labelNames: ['outcome'] as const,
  registers: [registry],
});
