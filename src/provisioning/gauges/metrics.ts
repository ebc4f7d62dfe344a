import { Gauge } from 'prom-client';
import { registry } from '../../metrics/registry.js';

export const openProvisions = new Gauge({
  name: 'provisions_open',
  help: 'Provisions that have not ended, by kind and state: pending (waits for a worker), retrying (its last attempt failed), processing, pending_action (waits for others or for a decision). Every replica tells the same',
  labelNames: ['kind', 'state'] as const,
  registers: [registry],
});

export const oldestProvision = new Gauge({
  name: 'provisions_oldest_seconds',
  help: 'Time since the oldest provision of this kind and state was accepted',
  labelNames: ['kind', 'state'] as const,
  registers: [registry],
});

export const lateProvisions = new Gauge({
  name: 'provisions_late_seconds',
  help: 'For how long a provision that is due and next in order has waited for a worker, by kind: the longest',
  labelNames: ['kind'] as const,
  registers: [registry],
});

export const deadLetters = new Gauge({
  name: 'provision_dead_letters',
  help: 'Provisions that were given up, and neither redriven nor discarded, by kind',
  labelNames: ['kind'] as const,
  registers: [registry],
});
