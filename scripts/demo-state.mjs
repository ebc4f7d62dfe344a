// What the demo remembers between two starts (keys and tokens, one file for its owner only), its ports and the service's settings.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isPortFree } from './child.mjs';

export const ADMIN_ROLE = 'DEMO_ADMIN';
// Settings that the demo decides: somebody else's login service or database must not be touched by it.
const DECIDED = [
  'KBASE_AUTH_URL',
  'KBASE_ADMIN_ROLES',
  'MINIO_ROOT_USER',
  'MINIO_ROOT_PASSWORD',
  'DATABASE_URL',
];
const UNUSED = [
  'DATABASE_URL',
  'MINIO_ADMIN_ENDPOINT',
  'MINIO_NODE_ENDPOINTS',
  'MINIO_PUBLIC_ENDPOINT',
  'KBASE_REQUIRED_ROLES',
];

/**
 * @typedef {{ minio: { accessKey: string, secretKey: string }, tokens: { alice: string, bob: string, admin: string } }} State
 * @typedef {{ host: string, service: number, url: string, minio: number, console: number, proxy?: number }} Ports
 * @param {string} dataDir
 * @returns {State}
 */
export function loadState(dataDir) {
  const file = join(dataDir, 'demo.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const token = (name) => `demo-${name}-${randomBytes(6).toString('hex')}`;
  const state = {
    minio: { accessKey: 'demo-root', secretKey: randomBytes(24).toString('hex') },
    tokens: { alice: token('alice'), bob: token('bob'), admin: token('admin') },
  };
  writeFileSync(file, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  return state;
}

/** MinIO's usual ports if they are free, otherwise any; a port that somebody asked for must be free. @returns {Promise<Ports>} */
export async function choosePorts(env = process.env) {
  const host = env.HOST || '127.0.0.1';
  const service = Number(env.PORT || 8090) || (await freePort());
  const shown = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const url = `http://${shown.includes(':') ? `[${shown}]` : shown}:${service}`;
  const minio = await choose('DEMO_MINIO_PORT', env.DEMO_MINIO_PORT, 9000);
  return {
    host,
    service,
    url,
    minio,
    console: await choose('DEMO_CONSOLE_PORT', env.DEMO_CONSOLE_PORT, 9001),
    ...(env.DEMO_PROXY && { proxy: await choose('DEMO_PROXY_PORT', env.DEMO_PROXY_PORT, 9002) }),
  };
}

async function choose(name, asked, usual) {
  const port = Number(asked || usual);
  if (await isPortFree(port)) return port;
  if (!asked) return freePort();
  throw new Error(`${name} ${asked} is already in use: stop what runs there or choose another port`);
}

/** @param {{ state: State, ports: Ports, authUrl: string, dataDir: string }} demo @returns {NodeJS.ProcessEnv} */
export function serviceEnv({ state, ports, authUrl, dataDir }, env = process.env) {
  const kept = { ...env };
  const given = [...new Set([...DECIDED, ...UNUSED])]
    .flatMap((name) => [name, `${name}_FILE`])
    .filter((name) => env[name]);
  if (given.length > 0) console.log(`Not used by the demo: ${given.join(', ')}`);
  for (const name of given) delete kept[name];
  return {
    LOG_LEVEL: 'warn',
    ...kept,
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
  };
}
