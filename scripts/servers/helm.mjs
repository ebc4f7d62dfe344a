// Finds Helm and kubectl, or builds the pinned ones once for this machine. No dependencies, Node >= 18.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable } from '../child.mjs';
import { cachedFolder, cachePath } from './cached-folder.mjs';
import { findGo, goBuild, nameOfBuild, versionIn } from './go-build.mjs';

/** go.mod and go.sum say what is built, byte for byte. */
const MODULE = fileURLToPath(new URL('./helm/', import.meta.url));
const HELM = 'helm.sh/helm/v4';
const NAME = nameOfBuild(MODULE, 'helm');
const GO = '1.26.0';

/** What the tests need and this machine lacks, as a sentence; undefined: nothing. */
export function missingForHelm() {
  if (process.env.HELM_BINARY || isBuilt() || findGo(GO)) return undefined;
  return `there is no Go to build Helm with: install Go ${GO} or newer, or set HELM_BINARY`;
}

/** Whether it is here already. */
export function isBuilt() {
  return existsSync(cachePath(NAME, 'complete'));
}

/**
 * The folder of the Helm that is named, which has kubectl, too, or else of the pinned ones. Their first build takes minutes of a processor, after
 * everything else that wants it.
 * @returns {Promise<string>} the folder with both programs
 */
export async function findHelm() {
  const named = process.env.HELM_BINARY;
  if (!named) return cachedFolder(NAME, build);
  const folder = dirname(named);
  if (![named, join(folder, 'kubectl')].every(isExecutable))
    throw new Error('HELM_BINARY is set, but it is no program, or has no kubectl beside it');
  return folder;
}

async function build(folder) {
  const go = findGo(GO);
  if (!go) throw new Error(`Helm cannot be built: ${missingForHelm()}`);
  mkdirSync(folder);
  const helm = `${HELM}/internal/version.version=${versionIn(MODULE, HELM)}`;
  await goBuild({
    go,
    module: MODULE,
    package: `${HELM}/cmd/helm`,
    output: join(folder, 'helm'),
    stamp: helm,
  });
  // v0.37.1 of the module is v1.37.1 of the program
  const version = versionIn(MODULE, 'k8s.io/kubectl').replace('v0', 'v1');
  const kubectl = `k8s.io/component-base/version.gitVersion=${version}`;
  await goBuild({
    go,
    module: MODULE,
    package: './kubectl',
    output: join(folder, 'kubectl'),
    stamp: kubectl,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  findHelm().then(console.log, (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
