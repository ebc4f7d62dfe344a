// Finds PostgreSQL's server programs on this machine. No dependencies, Node >= 18.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isExecutable, which } from '../child.mjs';

const DEBIAN = '/usr/lib/postgresql';

/** Where there are none. */
export const NO_POSTGRES = 'it is not installed. Install PostgreSQL (Debian: apt-get install postgresql)';

/**
 * The folder of `postgres` and `initdb`. Debian keeps them off the PATH, a folder for each version: the newest counts.
 * @returns {string | undefined}
 */
export function findPostgres() {
  const onPath = which('postgres');
  return [...debianFolders(), ...(onPath ? [dirname(onPath)] : [])].find((folder) =>
    isExecutable(join(folder, 'initdb')),
  );
}

function debianFolders() {
  try {
    const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(DEBIAN, version, 'bin'));
  } catch {
    return [];
  }
}

/** PostgreSQL refuses to run as root: its Debian package has made a user for it. @returns {{ user?: string }} */
export function asPostgres() {
  return process.getuid?.() === 0 ? { user: 'postgres' } : {};
}

/** Makes a folder that of the user who runs PostgreSQL, and nobody else's. @param {string} dir */
export function giveToPostgres(dir) {
  chmodSync(dir, 0o700);
  const { user } = asPostgres();
  if (!user) return;
  const id = (flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  chownSync(dir, id('-u'), id('-g'));
}

/** Runs a program of PostgreSQL to its end. @param {string[]} command @param {string} cwd */
export function runAsPostgres(command, cwd) {
  const { user } = asPostgres();
  const [program, ...args] = user ? ['runuser', '-u', user, '--', ...command] : command;
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
}
