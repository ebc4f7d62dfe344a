import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { which } from '../../../scripts/child.mjs';

const run = promisify(execFile);
/** A cold cache on a busy machine. */
const FETCH_MS = 600_000;

/** Programs that are not on this machine, of those that everything from Maven needs. */
export function missingForMaven(): string[] {
  return ['java', 'mvn'].filter((program) => !which(program));
}

/**
 * A folder of the user's cache with what Maven fetches, made once. `name` changes with what is in it; `fetch` gives the arguments of Maven that
 * fill an empty folder, and `finish` does what else is needed. The folder has its name only when it is complete.
 */
export async function fromMaven(
  name: string,
  fetch: (folder: string) => string[],
  finish: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'minio-manager');
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const missing = missingForMaven();
  if (missing.length > 0)
    throw new Error(`${missing.join(', ')} missing: install Java 17 or newer, and Maven`);
  const unfinished = `${folder}.${process.pid}`;
  const repository = join(unfinished, '.repository');
  mkdirSync(repository, { recursive: true });
  const argv = ['--batch-mode', '--quiet', `-Dmaven.repo.local=${repository}`, ...fetch(unfinished)];
  try {
    // without a project, Maven leaves marks of what it unpacked in the folder where it is run
    await run('mvn', argv, { cwd: repository, timeout: FETCH_MS }).catch(({ stdout, stderr }) => {
      throw new Error(`Maven did not fetch ${name}:\n${stdout}${stderr}`);
    });
    rmSync(repository, { recursive: true });
    await finish(unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}
