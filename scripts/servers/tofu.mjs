// Finds OpenTofu, or builds the pinned one once for this machine. No dependencies, Node >= 18.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable } from '../child.mjs';
import { cachedFolder, cachePath } from './cached-folder.mjs';
import { findGo, goBuild, nameOfBuild } from './go-build.mjs';

/** go.mod and go.sum say what is built, byte for byte. Go does not install it by name, because its own go.mod replaces a module. */
const MODULE = fileURLToPath(new URL('./tofu/', import.meta.url));
const PACKAGE = 'github.com/opentofu/opentofu/cmd/tofu';
const NAME = nameOfBuild(MODULE, 'tofu');
const GO = '1.26.6';

/** What the tests need and this machine lacks, as a sentence; undefined: nothing. */
export function missingForTofu() {
  if (process.env.TOFU_BINARY || isBuilt() || findGo(GO)) return undefined;
  return `there is no Go to build OpenTofu with: install Go ${GO} or newer, or set TOFU_BINARY`;
}

/** Whether it is here already. */
export function isBuilt() {
  return existsSync(cachePath(NAME, 'complete'));
}

/**
 * The OpenTofu that is named, or else the pinned one. Its first build takes about six minutes of a processor, after everything else that wants it.
 * @returns {Promise<string>} path of the program
 */
export async function findTofu() {
  const named = process.env.TOFU_BINARY;
  if (named && !isExecutable(named)) throw new Error('TOFU_BINARY is set, but it is no program');
  return named || join(await cachedFolder(NAME, build), 'tofu');
}

async function build(folder) {
  const go = findGo(GO);
  if (!go) throw new Error(`OpenTofu cannot be built: ${missingForTofu()}`);
  mkdirSync(folder);
  const stamp = 'github.com/opentofu/opentofu/version.dev=no';
  await goBuild({ go, module: MODULE, package: PACKAGE, output: join(folder, 'tofu'), stamp });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  findTofu().then(console.log, (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
