import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { takeLock } from '../../../scripts/install-lock.mjs';

const run = promisify(execFile);
/** A cold cache on a busy machine. */
const INSTALL_MS = 600_000;

/** A virtual environment of Python: a {@link cachedFolder}. */
export function cachedVenv(name: string, install: (venv: string) => Promise<void>): Promise<string> {
  return cachedFolder(`venv-${name}`, install);
}

/**
 * A folder of what is installed, made once, by one suite, and kept outside the project. `name` changes with what is in it. `install` is given its path,
 * where nothing is yet, and makes all of it; should it fail, so does the caller, and the next one starts anew.
 */
export async function cachedFolder(
  name: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'minio-manager');
  const folder = join(cache, name);
  mkdirSync(cache, { recursive: true });
  const release = await takeLock(`${folder}.installing`, () => existsSync(join(folder, 'complete')));
  if (!release) return folder;
  try {
    // installed in place: a virtual environment cannot be moved; the mark says that it was installed to the end
    rmSync(folder, { recursive: true, force: true });
    await install(folder);
    mkdirSync(join(folder, 'new'));
    renameSync(join(folder, 'new'), join(folder, 'complete'));
    return folder;
  } finally {
    release();
  }
}

/**
 * For the environment of what such a Python runs: packages are compiled when they are first imported, once for all suites, and nothing is written into
 * the project.
 */
export function compiledOnce(python: string): Record<string, string> {
  return { PYTHONPYCACHEPREFIX: join(dirname(python), '..', 'bytecode') };
}

/** The same with packages from PyPI; gives its Python. */
export async function pythonWith(name: string, packages: readonly string[]): Promise<string> {
  const venv = await cachedVenv(name, async (path) => {
    await run('python3', ['-m', 'venv', path]);
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-compile',
      '--disable-pip-version-check',
      ...packages,
    ];
    await run(join(path, 'bin', 'python'), pip, { timeout: INSTALL_MS });
  });
  return join(venv, 'bin', 'python');
}
