// Finds MinIO's client `mc`, or builds the pinned version once for this machine. No dependencies, Node >= 18.
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isExecutable, which } from './child.mjs';

const VERSION = 'v0.0.0-20250313080218-cf909e1063a9';

/** Undefined where there is neither `mc` nor Go to build it. @returns {string | undefined} */
export function findMc() {
  return process.env.MC_BINARY ?? cached() ?? build();
}

const folder = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'minio-manager', `mc-${VERSION}`);

function cached() {
  const file = join(folder(), 'mc');
  return isExecutable(file) ? file : undefined;
}

function build() {
  const go = which('go') ?? ['/usr/local/go/bin/go'].find(isExecutable);
  if (!go) return undefined;
  console.error(`Building mc ${VERSION} with Go ...`);
  const env = { ...process.env, GOBIN: folder(), GOFLAGS: '', CGO_ENABLED: '0' };
  const { status } = spawnSync(go, ['install', '-trimpath', `github.com/minio/mc@${VERSION}`], {
    env,
    stdio: 'ignore',
  });
  return status === 0 ? cached() : undefined;
}
