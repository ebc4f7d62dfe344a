import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { which } from '../../../scripts/child.mjs';
import { tempDir } from '../service/temp.js';

const run = promisify(execFile);

/** The program, if it is version 2: that of PyPI is the first one, which copies no tags. */
export function findAwsCli2(): string | undefined {
  return [which('aws'), '/usr/bin/aws'].find((program) => {
    if (!program) return false;
    try {
      return execFileSync(program, ['--version'], { encoding: 'utf8' }).startsWith('aws-cli/2.');
    } catch {
      return false;
    }
  });
}

/** For `(hasAwsCli2() ? describe : describe.skip)(...)`; says so when it is missing. */
export function hasAwsCli2(): boolean {
  if (findAwsCli2() !== undefined) return true;
  const missing = 'The AWS CLI 2 is not installed (Debian: apt-get install awscli): its tests are skipped';
  if (process.env.CI) throw new Error(missing);
  console.warn(missing);
  return false;
}

/** Runs the AWS CLI 2 with the credentials of somebody; the answer is what it prints, or the end of its complaint. */
export function awsCli2(
  endpoint: string,
  credentials: { access_key: string; secret_key: string; session_token?: string },
): (...words: string[]) => Promise<string> {
  const program = findAwsCli2() ?? 'aws';
  const folder = tempDir('aws-cli');
  const { access_key: key, secret_key: secret, session_token: token } = credentials;
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_ACCESS_KEY_ID: key,
    AWS_SECRET_ACCESS_KEY: secret,
    ...(token ? { AWS_SESSION_TOKEN: token } : {}),
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  };
  return async (...words) => {
    const { stdout } = await run(program, ['--endpoint-url', endpoint, ...words], { env, cwd: folder });
    return stdout;
  };
}
