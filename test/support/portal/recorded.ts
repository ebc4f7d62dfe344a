import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../fixtures/portal');

/** The webhook secret of the portals that were recorded. */
export const RECORDED_SECRET = 'demo-secret-key';

export type PortalVersion = '0.5.1' | '0.7.0';

/** What a portal sent to a webhook address: `/` and `/v051` are v1, `/v2` is v2. */
export interface RecordedDelivery {
  path: string;
  headers: Record<string, string>;
  raw: string;
}

/** Real deliveries of real portals, in the order in which they came. */
export function recorded(version: PortalVersion): RecordedDelivery[] {
  return readFileSync(join(FOLDER, `v${version}_lifecycle.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedDelivery);
}
