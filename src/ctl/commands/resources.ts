import { CtlError, EXIT } from '../exit-codes.js';
import type { Client } from '../http/client.js';
import { Refusal } from '../http/problems.js';
import type { Shown } from '../output/output.js';
import { table } from '../output/text.js';

interface Resource {
  id: string;
  type: string;
  name: string;
  team: string | null;
  provider?: string;
  state?: string;
}

export interface ResourcesOptions {
  type?: string;
}

export async function listResources(client: Client, { type }: ResourcesOptions): Promise<Shown> {
  const all = await client.list<Resource>('/api/resources').catch((error: unknown) => {
    if (error instanceof Refusal && error.problem.status === 404)
      throw new CtlError(
        'This service keeps no list of resources: GET /api/resources is 404 there',
        EXIT.failed,
      );
    throw error;
  });
  const items = all.filter((each) => type === undefined || each.type === type);
  const rows = items.map((each) => [each.id, each.type, each.name, each.team, each.provider]);
  const shown = table(['ID', 'TYPE', 'NAME', 'TEAM', 'PROVIDER'], rows);
  return { value: items, text: items.length === 0 ? 'There are no resources that you see.' : shown };
}
