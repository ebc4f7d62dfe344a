import type { Client } from '../http/client.js';
import type { Shown } from '../output/output.js';
import { table } from '../output/text.js';

interface Resource {
  id: string;
  type: string;
  name: string;
  team: string;
  provider: string;
}

export interface ResourcesOptions {
  type?: string;
}

export async function listResources(client: Client, { type }: ResourcesOptions): Promise<Shown> {
  const items = await client.list<Resource>('/api/resources', { type });
  const rows = items.map((each) => [each.id, each.type, each.name, each.team, each.provider]);
  const shown = table(['ID', 'TYPE', 'NAME', 'TEAM', 'PROVIDER'], rows);
  return { value: items, text: items.length === 0 ? 'There are no resources that you see.' : shown };
}
