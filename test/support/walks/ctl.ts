import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { findNode, ROOT } from '../../../scripts/node.mjs';
import { tempDir } from '../service/temp.js';

const MAIN = join(ROOT, 'dist', 'ctl', 'main.js');

/** How a command ended, and what it wrote. */
export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Runs `minio-managerctl` as a process of its own, with exactly this environment. */
export function ctl(
  env: Record<string, string>,
  args: string[],
  { cwd = ROOT, nodeArgs = [] as string[] } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? '', ...env }, cwd, maxBuffer: 64 << 20 };
    const child = execFile(findNode(), [...nodeArgs, MAIN, ...args], options, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
    child.stdin?.end();
  });
}

/** A folder for PATH in which `minio-managerctl` is a program. */
export function programFolder(): string {
  const folder = tempDir('bin');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'minio-managerctl');
  writeFileSync(file, `#!/bin/sh\nexec '${findNode()}' '${MAIN}' "$@"\n`);
  chmodSync(file, 0o755);
  return folder;
}
