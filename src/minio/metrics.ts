import { Gauge } from 'prom-client';
import { registry } from '../metrics/registry.js';

export const nodesUp = new Gauge({
  name: 'minio_node_up',
  help: 'Nodes of MinIO: 1 while it answers, 0 when it did not answer a check',
  labelNames: ['endpoint'] as const,
  registers: [registry],
});

export const nodesInUse = new Gauge({
  name: 'minio_node_in_use',
  help: 'Nodes that may take the admin writes: 1 for the one that takes them now',
  labelNames: ['endpoint'] as const,
  registers: [registry],
});
