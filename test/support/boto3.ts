import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSION = '1.44.5';

/** Python of a virtual environment with the stock boto3, made once and kept outside the project. */
export async function pythonWithBoto3(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'minio-manager');
  const venv = join(cache, `venv-boto3-${VERSION}`);
  const python = join(venv, 'bin', 'python');
  if (existsSync(join(venv, 'complete'))) return python;
  mkdirSync(cache, { recursive: true });
  // installed in place: a virtual environment cannot be moved; the mark says that it was installed to the end
  rmSync(venv, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', venv]);
  await run(python, ['-m', 'pip', 'install', '--quiet', `boto3==${VERSION}`], { timeout: 300_000 });
  mkdirSync(join(venv, 'new'));
  renameSync(join(venv, 'new'), join(venv, 'complete'));
  return python;
}

/** Runs a script with nothing in its environment but what is given; gives what it printed as JSON. */
export async function runPython(python: string, script: string, env: Record<string, string>): Promise<any> {
  // AWS_CONFIG_FILE: nothing of whoever runs the tests is used
  const nothing = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
  const { stdout } = await run(python, ['-c', script], { env: { ...nothing, ...env }, timeout: 60_000 });
  return JSON.parse(stdout);
}
