import { readFileSync } from 'node:fs';
import { usage } from '../exit-codes.js';
import type { Client } from '../http/client.js';
import type { Shown } from '../output/output.js';
import { blocks, count, fields, table } from '../output/text.js';

interface Workflow {
  name: string;
  category: string;
  description: string | null;
  parameters: unknown;
}

interface Provider {
  name: string;
  version: string | null;
  description: string | null;
  owner: string | null;
  team: string | null;
  source: { type: string; git_url?: string; path: string; ref?: string; commit?: string };
  digest: string | null;
  status: string;
  error?: { message: string; errors?: { file?: string; line?: number; column?: number; message?: string }[] };
  loaded_at: string;
  workflows: Workflow[];
  resource_types: string[];
}

export interface AddOptions {
  path?: string;
  ref?: string;
  team?: string;
  pin?: string;
  tokenRef?: string;
  signers?: string;
}

const ADMIN = '/api/admin/providers';
const at = (name: string): string => `${ADMIN}/${encodeURIComponent(name)}`;

export async function listProviders(client: Client): Promise<Shown> {
  const items = await client.list<Provider>('/api/providers');
  const rows = items.map((each) => [
    ...[each.name, each.version, each.team, each.status, each.workflows.length, each.description],
  ]);
  const none = 'There are no providers that you see.';
  return {
    value: items,
    text:
      items.length === 0
        ? none
        : table(['NAME', 'VERSION', 'TEAM', 'STATUS', 'WORKFLOWS', 'DESCRIPTION'], rows),
  };
}

export async function showProvider(client: Client, name: string): Promise<Shown> {
  const provider = await client.get<Provider>(`/api/providers/${encodeURIComponent(name)}`);
  return { value: provider, text: textOf(provider) };
}

export async function addProvider(
  client: Client,
  name: string,
  url: string,
  options: AddOptions,
): Promise<Shown> {
  const { tokenRef, signers, ...given } = options;
  const provider = await client.post<Provider>(ADMIN, {
    ...{ name, git_url: url, ...given },
    ...(tokenRef === undefined ? {} : { token_ref: tokenRef }),
    ...(signers === undefined ? {} : { verify: { signers: keysIn(signers) } }),
  });
  return { value: provider, text: `${provider.name} was registered and loaded.\n\n${textOf(provider)}` };
}

export async function reloadProvider(client: Client, name: string | undefined): Promise<Shown> {
  if (name === undefined) return reloadAll(client);
  const provider = await client.post<Provider>(`${at(name)}/reload`);
  return { value: provider, text: `${provider.name} was loaded.\n\n${textOf(provider)}` };
}

async function reloadAll(client: Client): Promise<Shown> {
  const body = await client.post<{
    providers: { name: string; status: string; changed: boolean }[];
    removed: string[];
  }>('/api/admin/reload');
  const failed = body.providers.filter(({ status }) => status === 'failed');
  const rows = body.providers.map(({ name, status, changed }) => [name, status, changed ? 'yes' : 'no']);
  return {
    value: body,
    text: blocks(
      table(['NAME', 'STATUS', 'CHANGED'], rows),
      body.removed.length > 0
        ? `Removed, because the folder is gone: ${body.removed.join(', ')}.`
        : undefined,
      failed.length > 0
        ? `${count(failed.length, 'provider')} kept the version before: see provider show NAME.`
        : undefined,
    ),
    exit: failed.length > 0 ? 1 : 0,
  };
}

export async function removeProvider(client: Client, name: string): Promise<Shown> {
  await client.delete(at(name));
  return { value: { removed: name }, text: `${name} is removed. What its workflows made stays.` };
}

function textOf(provider: Provider): string {
  const { source, error } = provider;
  const from = source.git_url ?? 'folder';
  const rows = provider.workflows.map(({ name, category, parameters, description }) => [
    ...[name, category, parametersOf(parameters), description],
  ]);
  return blocks(
    fields([
      ['name', provider.name],
      ['version', provider.version],
      ['description', provider.description],
      ['owner', provider.owner],
      ['team', provider.team],
      ['source', `${from} ${source.path}`.trim()],
      ['ref', source.ref],
      ['commit', source.commit],
      ['status', provider.status],
      ['resource types', provider.resource_types.join(', ')],
    ]),
    error && `The last load failed, and the version before stays in use: ${error.message}`,
    error?.errors?.map((each) => `  ${each.file}:${each.line}:${each.column}: ${each.message}`).join('\n'),
    rows.length > 0 ? table(['WORKFLOW', 'CATEGORY', 'PARAMETERS', 'DESCRIPTION'], rows) : undefined,
  );
}

/** The names of parameters; `*` marks those that must be given. */
export function parametersOf(schema: unknown): string {
  const { properties = {}, required = [] } = schema as { properties?: object; required?: string[] };
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? `${name}*` : name))
    .join(' ');
}

/** Public keys, one a line, as in a file of allowed keys. */
function keysIn(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw usage(`${file} cannot be read`);
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
