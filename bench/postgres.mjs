// A PostgreSQL of its own, with the settings that it comes with: fsync on, as a user would run it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort, isRunning, spawnTied, stopChild, waitFor } from '../scripts/child.mjs';
import { asPostgres, findPostgres, giveToPostgres, runAsPostgres } from '../scripts/servers/postgres.mjs';

const MISSING =
  'PostgreSQL is not installed (Debian: apt-get install postgresql). Install it, or add --database=pglite to do without.';

/** @returns {Promise<{ version: string, create: () => Promise<string>, stop: () => Promise<void> }>} create: a new database's URL */
export async function startPostgres() {
  const bin = findPostgres();
  if (!bin) throw new Error(MISSING);
  const dir = mkdtempSync(join(tmpdir(), 'minio-manager-bench-postgres-'));
  giveToPostgres(dir);
  initialise(bin, dir);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${dir}`];
  const args = ['-D', join(dir, 'data'), '-p', String(port), ...settings.flatMap((each) => ['-c', each])];
  const options = { ...asPostgres(), deathSignal: 'QUIT', cwd: dir, stdio: 'ignore' };
  const child = spawnTied(join(bin, 'postgres'), args, options);
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const version = await waitFor('PostgreSQL', async () => {
    if (!isRunning(child)) throw new Error('PostgreSQL ended while starting');
    return query(url, 'show server_version').catch(() => undefined);
  });
  let made = 0;
  return {
    version: String(version).split(' ')[0] ?? '',
    create: async () => {
      const name = `bench${++made}`;
      await query(url, `create database ${name}`);
      return url.replace(/postgres$/, name);
    },
    stop: async () => {
      if (isRunning(child))
        process.kill(
          Number(readFileSync(join(dir, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
          'SIGINT',
        );
      await stopChild(child, { signal: 'SIGINT' });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function query(connectionString, sql) {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows[0]?.server_version;
  } finally {
    await client.end();
  }
}

function initialise(bin, dir) {
  const initdb = [
    join(bin, 'initdb'),
    '-D',
    join(dir, 'data'),
    '-A',
    'trust',
    '-U',
    'postgres',
    '--no-locale',
    '-E',
    'UTF8',
  ];
  runAsPostgres(initdb, dir);
}
