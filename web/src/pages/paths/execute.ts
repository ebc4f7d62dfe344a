import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';

/** What a run would do; nothing is recorded. */
export async function planRun(
  provider: string,
  workflow: string,
  body: Schema['ExecuteDto'],
): Promise<Schema['RunPlanDto']> {
  const params = { path: { provider, workflow }, query: { dry_run: true } };
  return (await ask(
    api.POST('/api/workflows/{provider}/{workflow}/execute', { params, body }),
  )) as Schema['RunPlanDto'];
}

/** Asks for a run. The same key always means the same run. */
export async function requestRun(
  provider: string,
  workflow: string,
  body: Schema['ExecuteDto'],
  key: string,
): Promise<Schema['RunDto']> {
  const params = { path: { provider, workflow } };
  const headers = { 'Idempotency-Key': key };
  return (await ask(
    api.POST('/api/workflows/{provider}/{workflow}/execute', { params, body, headers }),
  )) as Schema['RunDto'];
}
