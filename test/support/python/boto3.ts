import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compiledOnce, pythonWith } from './venv.js';

const run = promisify(execFile);
const VERSION = '1.44.5';

/** Python with the stock boto3. */
export async function pythonWithBoto3(): Promise<string> {
  return pythonWith(`boto3-${VERSION}`, [`boto3==${VERSION}`]);
}

/** Runs a script with nothing in its environment but what is given; gives what it printed as JSON. */
export async function runPython(python: string, script: string, env: Record<string, string>): Promise<any> {
  // AWS_CONFIG_FILE: nothing of whoever runs the tests is used
  const nothing = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
  const { stdout } = await run(python, ['-c', script], {
    env: { ...nothing, ...compiledOnce(python), ...env },
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}
