// Virtual environments of Python with pinned packages from PyPI, made once for this machine. No dependencies, Node >= 18.
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { which } from '../child.mjs';
import { cachedFolder, cachePath } from './cached-folder.mjs';

const run = promisify(execFile);
/** A slow line: one has 75 MB. */
const INSTALL_MS = 900_000;
const PIP = ['-m', 'pip', 'install', '--quiet', '--no-compile', '--no-deps', '--disable-pip-version-check'];

/** @param {string} name @param {string} requirements a file with pins and hashes @returns {string} its name in the cache */
function folderName(name, requirements) {
  return `venv-${name}-${createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)}`;
}

/** Whether it is here already. @param {string} name @param {string} requirements */
export function isInstalled(name, requirements) {
  return existsSync(cachePath(folderName(name, requirements), 'complete'));
}

/** @param {string} name @param {string} requirements @returns {Promise<string>} the folder with its programs */
export async function pinnedVenv(name, requirements) {
  const venv = await cachedFolder(folderName(name, requirements), (folder) => install(folder, requirements));
  return join(venv, 'bin');
}

async function install(venv, requirements) {
  const python = which('python3');
  if (!python) throw new Error('There is no python3 on the PATH');
  try {
    await run(python, ['-m', 'venv', venv]);
    const pinned = ['--require-hashes', '--only-binary=:all:', '-r', requirements];
    await run(join(venv, 'bin', 'python'), [...PIP, ...pinned], { timeout: INSTALL_MS });
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').at(-1);
    throw new Error(`Python could not install it: ${said || error.message}`);
  }
}
