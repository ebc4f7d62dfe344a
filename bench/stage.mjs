// What a row is measured on: a real MinIO, a database, the built service as its own process, and the floor beside it.
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, isRunning, spawnTied, stopChild, waitFor } from '../scripts/child.mjs';
import { KbaseStub } from '../scripts/kbase-auth-stub.mjs';
import { launchMinio } from '../scripts/minio-server.mjs';
import { ownsPort } from '../scripts/port-owner.mjs';
import { findNginx, launchProxy } from '../scripts/proxy.mjs';
import { Client } from './client.mjs';
import { Floor } from './floor.mjs';
import { openRecord } from './floor-record.mjs';
import { startPostgres } from './postgres.mjs';
import { openRecordTimes } from './record-times.mjs';
import { startCounter } from './tcp-counter.mjs';

export const BUCKET = 'cdm-lake';
export const LOG_LEVEL = 'info';
const PORTAL_SERVER = fileURLToPath(new URL('portal-server.mjs', import.meta.url));
const FLOOR_SERVER = fileURLToPath(new URL('floor-server.mjs', import.meta.url));
const PROFILE_HOOK = new URL('profile-hook.mjs', import.meta.url).href;
const HOUR_MS = 3_600_000;
/** @typedef {import('./client.mjs').Prepared} Prepared */

/** Everything a run starts, and its end: the last started is the first to stop. */
export class Stage {
  #settings;
  #stops = [];
  #dir = mkdtempSync(join(tmpdir(), 'minio-manager-bench-'));
  #postgres;
  #serviceToken = `svc_${randomBytes(24).toString('hex')}`;
  #adminToken = `svc_${randomBytes(24).toString('hex')}`;
  #kbase = new KbaseStub({ cachefor: HOUR_MS });
  versions = { postgres: '' };

  /**
   * @param {{ main: string, minio: string, database: 'postgres' | 'pglite',
   *   profile?: { file: string, from: 'start' | 'ready' } }} settings main: the built service's entry
   */
  constructor(settings) {
    this.#settings = settings;
    this.#stops.push(() => rmSync(this.#dir, { recursive: true, force: true, maxRetries: 3 }));
  }

  get database() {
    return this.#settings.database;
  }

  /** Stops what was started since the mark; without a mark everything, whatever goes wrong with a part of it. */
  async stop(mark = 0) {
    while (this.#stops.length > mark) {
      const stop = this.#stops.pop();
      await Promise.resolve()
        .then(stop)
        .catch((error) => console.error(error));
    }
  }

  /** Runs the work and stops what it started. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async act(work) {
    const mark = this.#stops.length;
    try {
      return await work();
    } finally {
      await this.stop(mark);
    }
  }

  /** What all rows share: started before the first one. */
  async open() {
    await this.#kbase.start();
    this.#stops.push(() => this.#kbase.stop());
    if (this.database !== 'postgres') return;
    this.#postgres = await startPostgres();
    this.#stops.push(() => this.#postgres.stop());
    this.versions.postgres = this.#postgres.version;
  }

  /** An empty MinIO of its own. */
  async minio() {
    const accessKey = 'bench-root';
    const secretKey = randomBytes(20).toString('hex');
    const [port, consolePort] = [await freePort(), await freePort()];
    const dataDir = this.folder();
    const keys = { binary: this.#settings.minio, accessKey, secretKey };
    const { child } = await launchMinio({ ...keys, dataDir, port, consolePort });
    this.#stops.push(() => stopChild(child, { signal: 'SIGKILL' }));
    return { endpoint: `http://127.0.0.1:${port}`, accessKey, secretKey, pid: child.pid ?? 0 };
  }

  /** The same MinIO, with everything that the service sends there counted. */
  async counted(minio) {
    const counter = await startCounter(minio.endpoint);
    this.#stops.push(() => counter.close());
    return { ...minio, ...counter };
  }

  /** nginx with the configuration of deploy/proxy before it. */
  async proxy(minio) {
    const nginx = findNginx();
    if (!nginx) throw new Error('there is no nginx on this machine (Debian: nginx-light)');
    const port = await freePort();
    const minioPort = Number(new URL(minio.endpoint).port);
    const { child } = await launchProxy({ nginx, port, minioPort, dir: this.folder() });
    this.#stops.push(() => stopChild(child));
    return { endpoint: `http://127.0.0.1:${port}`, pid: child.pid ?? 0 };
  }

  async floor(minio) {
    const { DATABASE_URL } = this.database === 'postgres' ? await this.databaseEnv() : {};
    const { record, close } = await openRecord(DATABASE_URL);
    this.#stops.push(close);
    const floor = this.floorAt(minio, record);
    await floor.createBucket(BUCKET);
    return floor;
  }

  /** The same calls at another address. */
  floorAt(minio, record = undefined) {
    return new Floor(this.#client(minio.endpoint), minio, record);
  }

  /** An empty folder. */
  folder() {
    const dir = join(this.#dir, randomBytes(6).toString('hex'));
    mkdirSync(dir, { recursive: true });
    return dir;
  }

  /** The database as the service is told of it: a new one, or an embedded one in that folder. */
  async databaseEnv(kind = this.database, folder = undefined) {
    return kind === 'postgres'
      ? { DATABASE_URL: await this.#postgres.create() }
      : { DATA_DIR: folder ?? this.folder() };
  }

  /** The built service: `readyMs` is the time from its start to the first 200 of /readyz. */
  async service(minio, { database = undefined, env = {} } = {}) {
    const tokens = [
      { name: 'bench', sha256: sha256(this.#serviceToken), scopes: ['credentials'] },
      { name: 'bench-admin', sha256: sha256(this.#adminToken), scopes: ['admin'] },
    ];
    const settings = {
      MINIO_ENDPOINT: minio.endpoint,
      MINIO_ROOT_USER: minio.accessKey,
      MINIO_ROOT_PASSWORD: minio.secretKey,
      LAKE_BUCKET: BUCKET,
      KBASE_AUTH_URL: this.#kbase.url,
      SERVICE_TOKENS: JSON.stringify(tokens),
      RATE_LIMIT_CREDENTIALS: '0',
      RATE_LIMIT_WRITES: '0',
      RATE_LIMIT_WEBHOOKS: '0',
      LOG_LEVEL,
      ...(database ?? (await this.databaseEnv())),
      ...env,
    };
    const started = this.#settings.profile
      ? await this.#startProfiled(settings)
      : await this.#start([this.#settings.main], settings);
    const keys = { token: this.#serviceToken, adminToken: this.#adminToken };
    return { ...started, client: this.#client(started.url), databaseUrl: settings.DATABASE_URL, ...keys };
  }

  /** How long what a service did took, by its records. */
  async recordTimes({ databaseUrl }) {
    const times = await openRecordTimes(databaseUrl);
    this.#stops.push(() => times.close());
    return times;
  }

  /** The floor of what needs no MinIO: a bare HTTP server on the same kind of database. */
  async floorServer() {
    const started = await this.#start(
      [FLOOR_SERVER],
      this.database === 'postgres' ? await this.databaseEnv() : {},
    );
    return { ...started, client: this.#client(started.url) };
  }

  /** A Data Product Portal: so many products, or (`hangs`) one that accepts everything and answers nothing. */
  async portal({ products = 0, hangs = false }) {
    const started = await this.#start([PORTAL_SERVER], { PRODUCTS: String(products), HANGS: String(hangs) });
    return { ...started, client: this.#client(started.url) };
  }

  /** A person, known to the login service; the answer is the token. */
  person(user) {
    const token = randomBytes(16).toString('hex').toUpperCase();
    this.#kbase.setToken(token, { user });
    return token;
  }

  /** With a processor profile, which is written before the service is stopped. */
  async #startProfiled(settings) {
    const { main, profile } = this.#settings;
    rmSync(profile.file, { force: true });
    const env = { BENCH_PROFILE: profile.file, BENCH_PROFILE_FROM: profile.from };
    const started = await this.#start([`--import=${PROFILE_HOOK}`, main], { ...settings, ...env });
    if (profile.from === 'ready') process.kill(started.pid, 'SIGWINCH');
    this.#stops.push(async () => {
      process.kill(started.pid, 'SIGWINCH');
      await waitFor('the profile', () => existsSync(profile.file), { timeoutMs: 60_000 });
    });
    return started;
  }

  async #start(argv, settings) {
    const port = await freePort();
    const log = join(this.folder(), 'log');
    const out = openSync(log, 'a');
    const env = {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      ...settings,
    };
    const began = performance.now();
    const child = spawnTied(process.execPath, argv, { env, cwd: this.#dir, stdio: ['ignore', out, out] });
    closeSync(out);
    const stop = () => stopChild(child);
    this.#stops.push(stop);
    const url = `http://127.0.0.1:${port}`;
    const ready = async () => {
      if (!isRunning(child))
        throw new Error(`ended while starting:\n${readFileSync(log, 'utf8').slice(-2000)}`);
      return (await isReady(url)) && ownsPort(child.pid, port);
    };
    await waitFor('The service', ready, { timeoutMs: 60_000, everyMs: 2 });
    return {
      url,
      pid: child.pid ?? 0,
      readyMs: performance.now() - began,
      stop,
      log: () => readFileSync(log, 'utf8'),
    };
  }

  #client(origin) {
    const client = new Client(origin);
    this.#stops.push(() => client.close());
    return client;
  }
}

/** A read made ready. @param {string} path @param {string} token @returns {Prepared} */
export function get(path, token) {
  return { method: 'GET', path, headers: ['authorization', `Bearer ${token}`] };
}

/** A request made ready. @param {string} path @param {string} token @param {object} [body] @returns {Prepared} */
export function post(path, token, body) {
  const headers = ['authorization', `Bearer ${token}`];
  if (!body) return { method: 'POST', path, headers };
  return {
    method: 'POST',
    path,
    headers: [...headers, 'content-type', 'application/json'],
    body: Buffer.from(JSON.stringify(body)),
  };
}

async function isReady(url) {
  try {
    const answer = await fetch(`${url}/readyz`, { headers: { connection: 'close' } });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}
