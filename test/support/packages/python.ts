import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGING } from '../clients/versions.js';
import { CLIENT } from '../clients/python-client.js';
import { tempDir } from '../service/temp.js';
import { pythonWith } from '../python/venv.js';

const run = promisify(execFile);
/** A cold cache on a busy machine. */
export const PIP_MS = 600_000;

/** Runs a program with nothing of this process's environment; gives what it printed. */
export async function quietly(program: string, argv: string[], cwd = tempDir('packages')): Promise<string> {
  const path = [dirname(program), '/usr/bin', '/bin'].join(':');
  const env = { PATH: path, HOME: cwd, PYTHONDONTWRITEBYTECODE: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  const { stdout, stderr } = await run(program, argv, { cwd, env, timeout: PIP_MS });
  return stdout + stderr;
}

/** Python with {@link PACKAGING}. */
export function packagingPython(): Promise<string> {
  const digest = createHash('sha256').update(PACKAGING.join()).digest('hex').slice(0, 12);
  return pythonWith(`packaging-${digest}`, PACKAGING);
}

export interface Built {
  /** The archive of sources. */
  sdist: string;
  /** Built from the archive of sources, as pip would. */
  wheel: string;
}

/** What is uploaded to PyPI. Nothing is fetched: the build backend is there already. */
export async function buildPythonPackage(): Promise<Built> {
  const folder = tempDir('python-package');
  await quietly(await packagingPython(), ['-m', 'build', '--no-isolation', '--outdir', folder, CLIENT]);
  const files = readdirSync(folder).map((name) => join(folder, name));
  const [sdist, wheel] = ['.tar.gz', '.whl'].map((end) => files.find((file) => file.endsWith(end)) ?? '');
  if (!sdist || !wheel || files.length !== 2) throw new Error(`built: ${files.join(', ')}`);
  return { sdist, wheel };
}

/** A new virtual environment that holds the wheel and nothing else; gives the folder of its programs. */
export async function installedAlone(wheel: string): Promise<string> {
  const venv = join(tempDir('venv'), 'venv');
  await quietly('/usr/bin/env', ['python3', '-m', 'venv', '--without-pip', venv]);
  const python = join(venv, 'bin', 'python');
  await quietly(await packagingPython(), ['-m', 'pip', '--python', python, 'install', '--no-index', wheel]);
  return dirname(python);
}
