import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pythonOfTests } from '../../support/clients/python-client.js';
import { tempDir } from '../../support/service/temp.js';
import { compiledOnce } from '../../support/python/venv.js';
import type { Place } from './place.js';

const run = promisify(execFile);
const COMMAND = 'pip install ./clients/python';
/** Packages from PyPI, when they are not in the cache. */
export const INSTALL_MS = 900_000;

export interface Installation {
  python: string;
  /** Where programs are found: the client's own, then those of Python that are here. */
  path: string;
  /** For the environment: what was there already is compiled once for all suites. */
  compiled: Record<string, string>;
}

const made = new WeakMap<Place, Promise<Installation>>();

/**
 * An environment in which pip has installed the client from the clone, by the command of the page. What people have there already (Jupyter, pandas, a
 * hub) is that of the tests' environment, and so is the build backend, which pip would fetch.
 */
export function installed(place: Place, page: string): Promise<Installation> {
  if (!place.text(`docs/${page}`).includes(COMMAND)) throw new Error(`${page} does not say: ${COMMAND}`);
  const installation = made.get(place) ?? install(place);
  made.set(place, installation);
  return installation;
}

async function install(place: Place): Promise<Installation> {
  const there = await pythonOfTests();
  const venv = join(tempDir('environment'), 'venv');
  await run(there, ['-m', 'venv', '--without-pip', venv]);
  const python = join(venv, 'bin', 'python');
  const [own, packages] = await Promise.all([packagesOf(python), packagesOf(there)]);
  writeFileSync(join(own, 'there-already.pth'), `${packages}\n`);
  const [, ...argv] = COMMAND.split(' ');
  await run(
    there,
    [
      '-m',
      'pip',
      '--python',
      python,
      '--quiet',
      '--disable-pip-version-check',
      ...argv,
      '--no-build-isolation',
    ],
    {
      cwd: place.clone,
      timeout: INSTALL_MS,
    },
  );
  const path = [dirname(python), dirname(there), '/usr/bin', '/bin'].join(':');
  return { python, path, compiled: compiledOnce(there) };
}

async function packagesOf(python: string): Promise<string> {
  const { stdout } = await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  return stdout.trim();
}
