import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** Every metric of this process. */
export const registry = new Registry();
collectDefaultMetrics({ register: registry });

const refreshers = new Set<() => Promise<void>>();

/** Calls `refresh` before each answer of `/metrics`, for gauges whose value must be looked up; it must not throw. Returns what ends that. */
export function beforeScrape(refresh: () => Promise<void>): () => void {
  refreshers.add(refresh);
  return () => void refreshers.delete(refresh);
}

/** Every metric in the Prometheus text format, as it is now. */
export async function scraped(): Promise<string> {
  await Promise.all([...refreshers].map((refresh) => refresh()));
  return registry.metrics();
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const httpRequests = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time to answer a request, by route pattern',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: SECONDS,
  registers: [registry],
});

export const madminCalls = new Histogram({
  name: 'minio_admin_call_duration_seconds',
  help: 'Time of a call to the MinIO admin or STS API, by verb and outcome',
  labelNames: ['verb', 'outcome'] as const,
  buckets: SECONDS,
  registers: [registry],
});

export const enforcements = new Counter({
  name: 'enforcements_total',
  help: 'Subjects enforced in MinIO, by result',
  labelNames: ['result'] as const,
  registers: [registry],
});

export const credentialsIssued = new Counter({
  name: 'credentials_issued_total',
  help: 'Credentials issued, by kind',
  labelNames: ['kind'] as const,
  registers: [registry],
});
