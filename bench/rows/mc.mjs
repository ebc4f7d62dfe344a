// The same share as `mc` processes do it: for each target a document is written and attached, one process a step, as services that run `mc`
// do. Stands in the place of the floor.
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isExecutable, which } from '../../scripts/child.mjs';

const VERSION = 'v0.0.0-20250313080218-cf909e1063a9';
const run = promisify(execFile);

/** A client of that server, or nothing where there is neither `mc` nor Go to build it. */
export async function findMc({ endpoint, accessKey, secretKey }, folder) {
  const program = process.env.MC_BINARY ?? cached() ?? (await build());
  if (!program) return undefined;
  const url = new URL(endpoint);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    MC_HOST_bench: `${url.protocol}//${accessKey}:${secretKey}@${url.host}`,
  };
  const config = join(folder, 'mc');
  mkdirSync(config, { recursive: true });
  return new Mc((...argv) => run(program, ['--config-dir', config, '--quiet', ...argv], { env }), folder);
}

class Mc {
  #mc;
  #folder;

  constructor(mc, folder) {
    this.#mc = mc;
    this.#folder = folder;
  }

  /** By turns: the share, and its end. */
  async share(index, user, bucket) {
    const name = `mc-${user}`;
    if (index % 2 === 1) {
      await this.#mc('admin', 'policy', 'detach', 'bench', name, '--user', user);
      await this.#mc('admin', 'policy', 'remove', 'bench', name);
      return;
    }
    const file = join(this.#folder, `${name}.json`);
    const Resource = [`arn:aws:s3:::${bucket}/users-warehouse/person0/reports/*`];
    const Statement = [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource }];
    writeFileSync(file, JSON.stringify({ Version: '2012-10-17', Statement }));
    await this.#mc('admin', 'policy', 'create', 'bench', name, file);
    await this.#mc('admin', 'policy', 'attach', 'bench', name, '--user', user);
  }
}

const folder = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'minio-manager', `mc-${VERSION}`);

function cached() {
  const file = join(folder(), 'mc');
  return isExecutable(file) ? file : undefined;
}

async function build() {
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
