import type { Client } from '../http/client.js';
import type { Shown } from '../output/output.js';
import { table } from '../output/text.js';
import { parametersOf } from './providers.js';

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

interface GoldenPath {
  name: string;
  provider: string;
  team: string | null;
  description: string | null;
  parameters: unknown;
}

export async function listGoldenPaths(client: Client): Promise<Shown> {
  const items = await client.list<GoldenPath>('/api/golden-paths');
  const rows = items.map(({ name, provider, parameters, description }) => [
    ...[name, provider, parametersOf(parameters), description],
  ]);
  const shown = table(['NAME', 'PROVIDER', 'PARAMETERS', 'DESCRIPTION'], rows);
  return { value: items, text: items.length === 0 ? 'There are no golden paths that you see.' : shown };
}
