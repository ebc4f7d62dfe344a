// The demo's ports, and the settings of the service in it.
import { join } from 'node:path';
import { freePort, isPortFree } from '../child.mjs';
import { ROOT } from '../node.mjs';

export const ADMIN_ROLE = 'DEMO_ADMIN';
// Settings that the demo decides: somebody else's login service or database must not be touched by it.
const DECIDED = [
  'KBASE_AUTH_URL',
  'KBASE_ADMIN_ROLES',
  'MINIO_ROOT_USER',
  'MINIO_ROOT_PASSWORD',
  'DATABASE_URL',
  'PAGE_DEMO_TOKENS',
];
const UNUSED = [
  'DATABASE_URL',
  'MINIO_ADMIN_ENDPOINT',
  'MINIO_NODE_ENDPOINTS',
  'MINIO_PUBLIC_ENDPOINT',
  'KBASE_REQUIRED_ROLES',
];
/** With any of these, a delivery that somebody on this machine sends is not taken for a portal's. */
const GUARDED = [
  'PORTAL_API_URL',
  'PROV_DPP_API_URL',
  'WEBHOOK_SECRET',
  'WEBHOOK_SECRET_FILE',
  'WEBHOOK_TOKEN',
  'WEBHOOK_TOKEN_FILE',
  'TRUST_PROXY',
];

/**
 * The ports that were asked for, which must be free, or else MinIO's usual ones, and others where those are taken.
 * @typedef {{ host: string, service: number, url: string, minio: number, console: number, proxy?: number }} Ports
 * @param {(line: string) => void} log is told of a usual port that is taken
 * @returns {Promise<Ports>}
 */
export async function choosePorts(log, env = process.env) {
  const host = env.HOST || '127.0.0.1';
  const service = Number(env.PORT || 8090) || (await freePort());
  const shown = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const url = `http://${shown.includes(':') ? `[${shown}]` : shown}:${service}`;
  if (!(await isPortFree(service, host)))
    throw new Error(
      `PORT ${service} is already in use on ${host}: stop what runs there or set PORT to another`,
    );
  const choose = (name, usual) => choosePort(name, env[name], usual, log);
  return {
    host,
    service,
    url,
    minio: await choose('DEMO_MINIO_PORT', 9000),
    console: await choose('DEMO_CONSOLE_PORT', 9001),
    ...(env.DEMO_PROXY && { proxy: await choose('DEMO_PROXY_PORT', 9002) }),
  };
}

/** @param {string} name @param {string | undefined} asked @param {number} usual @param {(line: string) => void} log */
export async function choosePort(name, asked, usual, log) {
  const port = Number(asked || usual);
  if (await isPortFree(port)) return port;
  if (asked)
    throw new Error(`${name} ${asked} is already in use: stop what runs there or choose another port`);
  const other = await freePort();
  log(`Port ${usual} is already in use: ${other} is used instead (${name} chooses another).`);
  return other;
}

/** Whoever reaches the page may log in as any of the demo's people, by a click: so nobody else's machine may reach it. */
function isOnThisMachine({ host }, { TRUST_PROXY = 'false' }) {
  return /^(127\.|::1$|localhost$)/.test(host) && TRUST_PROXY === 'false';
}

/** Whether the service believes a delivery that says what a portal has. @param {Ports} ports */
export function takesDeliveries({ host }, env = process.env) {
  return /^(127\.|::1$|localhost$)/.test(host) && !GUARDED.some((name) => env[name]);
}

/**
 * @param {{ state: import('./state.mjs').State, ports: Ports, authUrl: string, dataDir: string, files?: { targets?: string, policy?: string } }} demo
 * @returns {NodeJS.ProcessEnv}
 */
export function serviceEnv({ state, ports, authUrl, dataDir, files = {} }, env = process.env) {
  const kept = { ...env };
  const given = [...new Set([...DECIDED, ...UNUSED])]
    .flatMap((name) => [name, `${name}_FILE`])
    .filter((name) => env[name]);
  if (given.length > 0) console.log(`Not used by the demo: ${given.join(', ')}`);
  for (const name of given) delete kept[name];
  return {
    LOG_LEVEL: 'warn',
    PROVIDERS_DIR: join(ROOT, 'providers'),
    ...(files.policy && { WORKFLOW_POLICY_FILE: files.policy }),
    ...kept,
    ...(files.targets && { TARGETS_FILE: files.targets }),
    HOST: ports.host,
    PORT: String(ports.service),
    DATA_DIR: dataDir,
    MINIO_ENDPOINT: `http://127.0.0.1:${ports.minio}`,
    ...(ports.proxy && { MINIO_PUBLIC_ENDPOINT: `http://127.0.0.1:${ports.proxy}` }),
    MINIO_CONSOLE_URL: `http://127.0.0.1:${ports.console}`,
    MINIO_ROOT_USER: state.minio.accessKey,
    MINIO_ROOT_PASSWORD: state.minio.secretKey,
    KBASE_AUTH_URL: authUrl,
    KBASE_ADMIN_ROLES: ADMIN_ROLE,
    ...(isOnThisMachine(ports, env) && { PAGE_DEMO_TOKENS: JSON.stringify(state.tokens) }),
  };
}
