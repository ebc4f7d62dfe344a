// The lock file must work everywhere: exact versions, no address of any registry, no platform left out. No dependencies.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './node.mjs';

const EXACT = /^\d+\.\d+\.\d+$/;
const LOCK = join(ROOT, 'package-lock.json');

const { packages } = JSON.parse(readFileSync(LOCK, 'utf8'));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const problems = [
  ...Object.entries(packages)
    .filter(([, entry]) => 'resolved' in entry)
    .map(([path]) => `${path} has "resolved": the address of a registry`),
  ...['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {})
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `${name} ${version} in package.json is not an exact version`),
  ),
  ...(isComplete()
    ? []
    : ['optional packages of some platforms are missing: run node scripts/fill-lock.mjs']),
];

for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function isComplete() {
  const folder = mkdtempSync(join(tmpdir(), 'minio-manager-lock-'));
  try {
    const copy = join(folder, 'package-lock.json');
    copyFileSync(LOCK, copy);
    spawnSync(process.execPath, [join(ROOT, 'scripts', 'fill-lock.mjs'), copy]);
    return readFileSync(copy, 'utf8') === readFileSync(LOCK, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
