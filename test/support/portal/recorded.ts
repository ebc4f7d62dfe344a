import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../fixtures/portal');

/** The webhook secret of the portals that were recorded. */
export const RECORDED_SECRET = 'demo-secret-key';

/** `main`: as it was in August 2026, after 0.7; it sends no v1 webhooks any more. */
export type PortalVersion = '0.5.1' | '0.7.0' | 'main';

const FILES: Record<PortalVersion, string> = {
  '0.5.1': 'v0.5.1_lifecycle.jsonl',
  '0.7.0': 'v0.7.0_lifecycle.jsonl',
  main: 'main_2026-08_events.jsonl',
};

/** What a portal sent to a webhook address: `/` and `/v051` are v1, `/v2` is v2. */
export interface RecordedDelivery {
  path: string;
  headers: Record<string, string>;
  raw: string;
}

/** Real deliveries of real portals, in the order in which they came. */
export function recorded(version: PortalVersion): RecordedDelivery[] {
  return readFileSync(join(FOLDER, FILES[version]), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedDelivery)
    .map((delivery) => (version === 'main' ? { ...delivery, path: '/v2' } : delivery));
}
