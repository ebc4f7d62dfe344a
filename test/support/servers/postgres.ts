import { type ChildProcess, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, Pool } from 'pg';
import { freePort, isRunning, spawnTied, stopChild, waitFor } from '../../../scripts/child.mjs';
import {
  asPostgres,
  findPostgres,
  giveToPostgres,
  runAsPostgres,
} from '../../../scripts/servers/postgres.mjs';
import { migrate, scratchFor, stateOfSchema } from '../database/database.js';
import { tempDir } from '../service/temp.js';

/** PostgreSQL's server programs are not on this machine. */
export class PostgresMissing extends Error {
  constructor() {
    super('PostgreSQL is not installed (Debian: apt-get install postgresql): tests on it are skipped');
  }
}

/** Each server has this database, which nobody connects to. */
const MIGRATED = 'migrated';
const FAST = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'shared_buffers=32MB'];
/** A prepared statement is planned for all values at once, as it otherwise is from its sixth execution on a connection on. */
const PLANS = 'plan_cache_mode=force_generic_plan';

/** Whether PostgreSQL's server programs are here. */
export function hasServer(): boolean {
  return findPostgres() !== undefined;
}

/** For `(hasPostgres() ? describe : describe.skip)(...)`; says so when it is missing. */
export function hasPostgres(): boolean {
  if (hasServer()) return true;
  if (process.env.CI) throw new PostgresMissing();
  console.warn(new PostgresMissing().message);
  return false;
}

interface PostgresOptions {
  settings?: string[];
  /** It follows that one. */
  primary?: PostgresServer;
  /** Nobody stops it: it ends with the process, which it does not keep alive, and says nothing. */
  untilWorkerEnds?: boolean;
}

/** One connection. A server that stops may end it before the pool has closed it, and an event that nobody hears would fail the test. */
export function poolOf(connectionString: string): Pool {
  const pool = new Pool({ connectionString, max: 1 });
  pool.on('error', () => undefined);
  return pool;
}

/** A real PostgreSQL of its own, a child of the test process, without the safety of fsync. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = findPostgres();
  if (bin === undefined) throw new PostgresMissing();
  const dir = tempDir('postgres');
  giveToPostgres(dir);
  if (options.primary) follow(bin, dir, options.primary);
  else execFileSync('cp', ['-a', await templateOf(bin), join(dir, 'data')]);
  return launch(bin, dir, options);
}

async function launch(bin: string, dir: string, options: PostgresOptions): Promise<PostgresServer> {
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=100',
    ...FAST,
    PLANS,
    ...(options.settings ?? []),
  ];
  const args = [
    '-D',
    join(dir, 'data'),
    '-p',
    String(port),
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  const child = spawnTied(join(bin, 'postgres'), args, {
    ...asPostgres(),
    deathSignal: 'QUIT',
    cwd: dir,
    stdio: ['ignore', 'ignore', options.untilWorkerEnds ? 'ignore' : 'pipe'],
  });
  if (options.untilWorkerEnds) child.unref();
  const server = new PostgresServer(child, dir, port, bin);
  await server.ready();
  return server;
}

/** A running server and its databases. */
export class PostgresAt {
  readonly url: string;

  constructor(readonly port: number) {
    this.url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  }

  answers(): Promise<boolean> {
    return this.query('select 1').catch(() => false);
  }

  /** A new database, with `template` a copy of that one (nobody may be connected to it). */
  async createDatabase(name = `test_${randomBytes(5).toString('hex')}`, template?: string): Promise<string> {
    await this.query(`create database "${name}"${template ? ` template "${template}"` : ''}`);
    return this.url.replace(/postgres$/, name);
  }

  /** A new database that the service has nothing to migrate in. */
  migratedDatabase(): Promise<string> {
    return this.createDatabase(undefined, MIGRATED);
  }

  /** Whoever is connected is put out. */
  async dropDatabase(url: string): Promise<void> {
    await this.query(`drop database "${new URL(url).pathname.slice(1)}" with (force)`);
  }

  private async query(sql: string): Promise<boolean> {
    const client = new Client({ connectionString: this.url });
    // A server that goes away tells an idle client by an event, which would end the process if nobody listened.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(sql);
      return true;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

export class PostgresServer extends PostgresAt {
  private log = '';

  constructor(
    private readonly child: ChildProcess,
    private readonly dir: string,
    port: number,
    private readonly bin: string,
  ) {
    super(port);
    child.stderr?.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
  }

  /** The postmaster's own pid, from the file that it writes. */
  get pid(): number {
    return Number(readFileSync(join(this.dir, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  /** What it has logged so far. */
  logs(): string {
    return this.log;
  }

  async ready(): Promise<void> {
    await waitFor('PostgreSQL', async () => {
      if (!isRunning(this.child)) throw new Error(`PostgreSQL ended while starting:\n${this.log}`);
      return this.answers();
    });
  }

  /** Nothing is written, nobody is told, and whoever follows it gets no more than it has. */
  async crash(): Promise<void> {
    await stopChild(this.child, { signal: 'SIGQUIT' });
  }

  /** One that follows another takes writes from now on. */
  promote(): void {
    runAsPostgres([join(this.bin, 'pg_ctl'), 'promote', '-D', join(this.dir, 'data')], this.dir);
  }

  /** Ends client connections at once, and writes what it has. */
  async end(): Promise<void> {
    if (isRunning(this.child)) process.kill(this.pid, 'SIGINT');
    await stopChild(this.child, { signal: 'SIGINT' });
  }

  /** The same, and removes the folder. */
  async stop(): Promise<void> {
    await this.end();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A server's folder with a migrated database in it: made once for each state of the migrations, then copied. */
async function templateOf(bin: string): Promise<string> {
  const state = `${stateOfSchema()}-${statSync(join(bin, 'postgres')).mtimeMs}`;
  const template = join(tmpdir(), `minio-manager-postgres-${state}`);
  const data = join(template, 'data');
  if (existsSync(template)) return data;
  const { folder, keep, remove } = scratchFor(template);
  try {
    chmodSync(dirname(folder), 0o711);
    giveToPostgres(folder);
    const initdb = [join(bin, 'initdb'), '-D', join(folder, 'data'), '-A', 'trust', '-U', 'postgres'];
    runAsPostgres([...initdb, '--no-sync', '--no-locale', '-E', 'UTF8'], folder);
    const server = await launch(bin, folder, {});
    migrate({ url: await server.createDatabase(MIGRATED) });
    await server.end();
    keep();
    return data;
  } finally {
    remove();
  }
}

function follow(bin: string, dir: string, { port }: PostgresServer): void {
  const from = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
  const how = ['-D', join(dir, 'data'), '--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
  runAsPostgres([join(bin, 'pg_basebackup'), ...from, ...how], dir);
}
