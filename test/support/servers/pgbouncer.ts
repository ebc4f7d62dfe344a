import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort, isRunning, spawnTied, stopChild, waitFor, which } from '../../../scripts/child.mjs';
import { asPostgres, giveToPostgres } from '../../../scripts/servers/postgres.mjs';
import { tempDir } from '../service/temp.js';

/** Debian's is in a folder of administrators, which a user's PATH may lack. */
const program = (): string | undefined => which('pgbouncer', `${process.env.PATH}:/usr/sbin`);

/** For `(hasPgBouncer() ? describe : describe.skip)(...)`; says so when it is missing. */
export function hasPgBouncer(): boolean {
  if (program() !== undefined) return true;
  const missing = 'PgBouncer is not installed (Debian: apt-get install pgbouncer): its tests are skipped';
  if (process.env.CI) throw new Error(missing);
  console.warn(missing);
  return false;
}

export interface PgBouncer {
  /** The address of a database, through the pooler. */
  urlOf: (database: string) => string;
  stop: () => Promise<unknown>;
}

/** PgBouncer in transaction mode before a PostgreSQL: each transaction gets one of its two connections. */
export async function startPgBouncer(postgresPort: number): Promise<PgBouncer> {
  const dir = tempDir('pgbouncer');
  const port = await freePort();
  const file = join(dir, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=127.0.0.1 port=${postgresPort} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
ignore_startup_parameters = extra_float_digits,idle_in_transaction_session_timeout
`,
    { mode: 0o644 },
  );
  giveToPostgres(dir);
  const child = spawnTied(program() ?? 'pgbouncer', [file], {
    ...asPostgres(),
    cwd: dir,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const urlOf = (database: string): string =>
    Object.assign(new URL(database), { host: `127.0.0.1:${port}` }).toString();
  await waitFor('PgBouncer', () => {
    if (!isRunning(child)) throw new Error(`PgBouncer ended while starting:\n${log}`);
    return answers(urlOf(`postgresql://postgres@127.0.0.1:${postgresPort}/postgres`));
  });
  return { urlOf, stop: () => stopChild(child) };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
