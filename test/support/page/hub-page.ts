import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../scripts/child.mjs';
import { Hub, HUB_PAGE } from '../clients/hub/hub.js';
import { hubPrograms } from '../clients/hub/programs.js';
import type { OauthClient } from '../clients/hub/visitor.js';
import { type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';

/** A page, and the hub at which people log in to it. */
export interface HubPage {
  stack: Stack;
  hub: Hub;
  /** The page as the hub knows it. */
  client: OauthClient;
  /** The page's own origin, on another host than the hub's. */
  url: string;
}

/** Starts both, the hub as docs/jupyterhub.md says. Who may log in to the page is in the group `lake` of the hub. */
export async function startHubPage(): Promise<HubPage> {
  const [ports, port] = await Promise.all([Hub.ports(), freePort()]);
  const url = `http://localhost:${port}`;
  const client = {
    id: 'service-lake',
    secret: randomBytes(16).toString('hex'),
    callback: `${url}/ui/login/jupyterhub/callback`,
  };
  const hub = new Hub(ports);
  const env = {
    PORT: String(port),
    PAGE_URL: url,
    JUPYTERHUB_API_URL: Hub.apiUrl(ports),
    JUPYTERHUB_PUBLIC_URL: hub.url,
    JUPYTERHUB_CLIENT_ID: client.id,
    JUPYTERHUB_CLIENT_SECRET: client.secret,
    GROUPS_FROM: 'hub',
    SWEEP_INTERVAL_SECONDS: '0',
  };
  const secretFile = join(tempDir('secret'), 'secret');
  writeFileSync(secretFile, client.secret, { mode: 0o600 });
  const replace = {
    'https://minio-manager.example.org': `http://127.0.0.1:${port}`,
    'https://lake.example.org': url,
    '/run/secrets/minio-manager-page': secretFile,
  };
  const [stack] = await Promise.all([
    startStack({ env }),
    hubPrograms().then((programs) => hub.start(programs, { config: HUB_PAGE, replace })),
  ]);
  stack.secrets.add('the secret of the client', client.secret);
  return { stack, hub, client, url };
}
