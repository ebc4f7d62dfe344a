// Programs that Go builds once for this machine, as a go.mod and go.sum of this folder say. No dependencies, Node >= 18.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable, spawnTied, which } from '../child.mjs';

/** The Go of this machine, if it is at least this version (`1.24`). @param {string} [atLeast] */
export function findGo(atLeast) {
  const go = which('go') ?? ['/usr/local/go/bin/go'].find(isExecutable);
  if (!go || !atLeast) return go;
  const { stdout } = spawnSync(go, ['env', 'GOVERSION'], { encoding: 'utf8', timeout: 20_000 });
  const [found = [], wanted = []] = [stdout ?? '', atLeast].map((text) =>
    (text.match(/\d+/g) ?? []).map(Number),
  );
  const at = wanted.findIndex((number, index) => number !== (found[index] ?? 0));
  return at < 0 || (found[at] ?? 0) > wanted[at] ? go : undefined;
}

/** The name of what a module builds: it changes with each byte of the recipe. @param {string} module @param {string} start */
export function nameOfBuild(module, start) {
  const recipe = Buffer.concat(['go.mod', 'go.sum'].map((file) => readFileSync(join(module, file))));
  return `${start}-${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`;
}

/** The version of a dependency that a module names. @param {string} module @param {string} dependency */
export function versionIn(module, dependency) {
  const line = readFileSync(join(module, 'go.mod'), 'utf8')
    .split('\n')
    .find((each) => each.trim().replace('require ', '').startsWith(`${dependency} v`));
  return / (v\S+)/.exec(line ?? '')?.[1] ?? '';
}

/**
 * Builds a package of a module into a file, after everything else that wants the processor.
 * @param {{ go: string, module: string, package: string, output: string, stamp: string }} what
 */
export async function goBuild({ go, module, package: name, output, stamp }) {
  const args = ['build', '-trimpath', '-ldflags', `-s -w -X ${stamp}`, '-o', output, name];
  const { code, output: said } = await runGo(go, module, args);
  if (code !== 0) throw new Error(`Go could not build ${name}:\n${said.trim().slice(-2000)}`);
}

/** @param {string} go @param {string} module @param {string[]} args @returns {Promise<{ code: number | null, output: string }>} */
export function runGo(go, module, args) {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };
  return new Promise((resolve, reject) => {
    const child = spawnTied('nice', ['-n', '19', go, ...args], {
      ...{ cwd: module, env, deathSignal: 'TERM' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
