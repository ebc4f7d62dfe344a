import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '../../../scripts/servers/cached-folder.mjs';

const run = promisify(execFile);
/** A cold cache on a busy machine. */
const INSTALL_MS = 600_000;

/** A virtual environment of Python: a {@link cachedFolder}. */
export function cachedVenv(name: string, install: (venv: string) => Promise<void>): Promise<string> {
  return cachedFolder(`venv-${name}`, install);
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
