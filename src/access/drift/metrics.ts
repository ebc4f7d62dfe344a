import { Gauge, Histogram } from 'prom-client';
import { registry } from '../../metrics/registry.js';

export const driftingSubjects = new Gauge({
  name: 'drifting_subjects',
  help: 'Subjects that differed in the last sweep of this replica: own (this service repairs it), foreign, unreadable; none while another replica sweeps',
  labelNames: ['what'] as const,
  registers: [registry],
});

export const sweepDuration = new Histogram({
  name: 'sweep_duration_seconds',
  help: 'Time of a comparison of all subjects with MinIO, by result',
  labelNames: ['result'] as const,
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  registers: [registry],
});
