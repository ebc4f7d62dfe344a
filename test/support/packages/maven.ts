import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { which } from '../../../scripts/child.mjs';
import { cachedFolder } from '../../../scripts/servers/cached-folder.mjs';

const run = promisify(execFile);
/** A cold cache on a busy machine. */
const FETCH_MS = 600_000;

/** Programs that are not on this machine, of those that everything from Maven needs. */
export function missingForMaven(): string[] {
  return ['java', 'mvn'].filter((program) => !which(program));
}

/**
 * A {@link cachedFolder} with what Maven fetches. `name` changes with what is in it; `fetch` gives the arguments of Maven that fill an empty
 * folder, and `finish` does what else is needed.
 */
export function fromMaven(
  name: string,
  fetch: (folder: string) => string[],
  finish: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  return cachedFolder(name, async (folder) => {
    const missing = missingForMaven();
    if (missing.length > 0)
      throw new Error(`${missing.join(', ')} missing: install Java 17 or newer, and Maven`);
    const repository = join(folder, '.repository');
    mkdirSync(repository, { recursive: true });
    const argv = ['--batch-mode', '--quiet', `-Dmaven.repo.local=${repository}`, ...fetch(folder)];
    // without a project, Maven leaves marks of what it unpacked in the folder where it is run
    await run('mvn', argv, { cwd: repository, timeout: FETCH_MS }).catch(({ stdout, stderr }) => {
      throw new Error(`Maven did not fetch ${name}:\n${stdout}${stderr}`);
    });
    rmSync(repository, { recursive: true });
    await finish(folder);
  });
}
