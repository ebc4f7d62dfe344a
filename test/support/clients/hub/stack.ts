import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../../scripts/child.mjs';
import { NO_LIMITS } from '../../access/sharing.js';
import { type Stack, START_MS, startStack } from '../../service/stack.js';
import { tempDir } from '../../service/temp.js';
import { Hub, HUB_START_MS } from './hub.js';
import { HUB_INSTALL_MS, hubPrograms } from './programs.js';

/** A limit for beforeAll, without servers. */
export const HUB_STACK_MS = HUB_INSTALL_MS + HUB_START_MS + START_MS;

/** A hub and a service that know each other; `serviceToken` has the scope `credentials`. */
export interface HubStack {
  stack: Stack;
  hub: Hub;
  serviceToken: string;
}

/** Starts both. The service keeps its address when it starts anew, and gives another session at each fetch, so that a refresh shows. */
export async function startHubStack(): Promise<HubStack> {
  const serviceToken = `svc_${randomBytes(16).toString('hex')}`;
  const sha256 = createHash('sha256').update(serviceToken).digest('hex');
  const tokenFile = join(tempDir('token'), 'token');
  writeFileSync(tokenFile, serviceToken, { mode: 0o600 });
  const [ports, port] = await Promise.all([Hub.ports(), freePort()]);
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...NO_LIMITS,
    PORT: String(port),
    JUPYTERHUB_API_URL: Hub.apiUrl(ports),
    SERVICE_TOKENS: JSON.stringify([{ name: 'hub', sha256, scopes: ['credentials'] }]),
    SESSION_REUSE_SECONDS: '0',
    GROUPS_FROM: 'hub',
  };
  const replace = {
    'https://minio-manager.example.org': url,
    '/run/secrets/minio-manager-token': tokenFile,
    '/run/secrets/minio-manager-page': tokenFile,
  };
  const hub = new Hub(ports);
  const [stack] = await Promise.all([
    startStack({ env }),
    hubPrograms().then((programs) => hub.start(programs, { replace, env: { MINIO_MANAGER_URL: url } })),
  ]);
  stack.secrets.add('the service token', serviceToken);
  return { stack, hub, serviceToken };
}
