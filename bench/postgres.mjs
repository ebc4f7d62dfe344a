// A PostgreSQL of its own, with the settings that it comes with: fsync on, as a user would run it.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  freePort,
  isExecutable,
  isRunning,
  spawnTied,
  stopChild,
  waitFor,
  which,
} from '../scripts/child.mjs';

const DEBIAN = '/usr/lib/postgresql';
const MISSING =
  'PostgreSQL is not installed (Debian: apt-get install postgresql). Install it, or add --database=pglite to do without.';

/** @returns {Promise<{ version: string, create: () => Promise<string>, stop: () => Promise<void> }>} create: a new database's URL */
export async function startPostgres() {
  const bin = findBinaries();
  if (!bin) throw new Error(MISSING);
  const dir = mkdtempSync(join(tmpdir(), 'minio-manager-bench-postgres-'));
  giveAway(dir);
  initialise(bin, dir);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${dir}`];
  const args = ['-D', join(dir, 'data'), '-p', String(port), ...settings.flatMap((each) => ['-c', each])];
  const options = { user: postgresUser(), deathSignal: 'QUIT', cwd: dir, stdio: 'ignore' };
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

function findBinaries() {
  const folders = [...debianFolders(), which('postgres')?.replace(/\/postgres$/, '')];
  return folders.find((folder) => folder && isExecutable(join(folder, 'initdb')));
}

function debianFolders() {
  try {
    const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(DEBIAN, version, 'bin'));
  } catch {
    return [];
  }
}

/** PostgreSQL refuses to run as root: its Debian package has made a user for it. */
function postgresUser() {
  return process.getuid?.() === 0 ? 'postgres' : undefined;
}

function giveAway(dir) {
  chmodSync(dir, 0o700);
  const user = postgresUser();
  if (!user) return;
  const id = (flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  chownSync(dir, id('-u'), id('-g'));
}

function initialise(bin, dir) {
  const user = postgresUser();
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
  const [program, ...args] = user ? ['runuser', '-u', user, '--', ...initdb] : initdb;
  execFileSync(program, args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
}
