// Packs src/madmin as a package of its own, for npm: compiled for the oldest Node that packages/madmin/package.json names, without
// anything else of this project. Usage: node scripts/pack-madmin.mjs [folder], by default packages/madmin. Node >= 20.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ROOT } from './node.mjs';

const PACKAGE = join(ROOT, 'packages', 'madmin');
const FILES = [
  [join(PACKAGE, 'package.json'), 'package.json'],
  [join(PACKAGE, 'CHANGELOG.md'), 'CHANGELOG.md'],
  [join(ROOT, 'src', 'madmin', 'README.md'), 'README.md'],
  [join(ROOT, 'LICENSE'), 'LICENSE'],
];

function main() {
  const target = resolve(process.argv[2] ?? PACKAGE);
  const folder = mkdtempSync(join(tmpdir(), 'pack-madmin-'));
  try {
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    run(process.execPath, [compiler, '-p', PACKAGE, '--outDir', join(folder, 'dist')]);
    for (const [from, name] of FILES) copyFileSync(from, join(folder, name));
    const npm = process.env.npm_execpath;
    const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', target];
    if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args], folder);
    else run('npm', args, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command, args, cwd = ROOT) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed (${status ?? signal ?? error?.message})`);
}

main();
