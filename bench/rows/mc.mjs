// The same share as `mc` processes do it: for each target a document is written and attached, one process a step, as services that run `mc`
// do. Stands in the place of the floor.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findMc } from '../../scripts/mc-binary.mjs';

const run = promisify(execFile);

/** A client of that server, or nothing where there is neither `mc` nor Go to build it. */
export function mcFor({ endpoint, accessKey, secretKey }, folder) {
  const program = findMc();
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
