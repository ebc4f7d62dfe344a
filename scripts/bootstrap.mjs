// Makes a clone ready: installs what the lock file says, and with --build builds when the sources are newer than dist.
// Runs before npm start and npm test, on whatever Node (>= 18) started npm. No dependencies.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, findNode } from './node.mjs';

const STAMP = join(ROOT, 'node_modules', '.installed-lock');
const MAIN = join(ROOT, 'dist', 'main.js');
const PACKAGES = join(ROOT, 'dist', 'packages');
const BUILD_INPUTS = [
  'src',
  'web/src',
  'web/index.html',
  'web/vite.config.mts',
  'openapi/openapi.json',
  'scripts/bundle.mjs',
  'tsconfig.json',
  'nest-cli.json',
  'package-lock.json',
];

function main() {
  install();
  const node = findNode();
  if (process.argv.includes('--build') && isBuildOld()) {
    console.log('Building ...');
    run(node, [join(ROOT, 'scripts', 'run.mjs'), 'build']);
  }
}

function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return;
  console.log('Installing dependencies (about a minute, only when they have changed) ...');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=optional', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // EBADENGINE under an older Node is only a warning unless the user made it strict: we bring our own Node.
  args.push('--engine-strict=false');
  if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args]);
  else run('npm', args);
  writeFileSync(STAMP, lock);
}

function isBuildOld() {
  if (!existsSync(MAIN) || !existsSync(PACKAGES)) return true;
  const built = statSync(MAIN).mtimeMs;
  return BUILD_INPUTS.some((input) => newest(join(ROOT, input)) > built);
}

/** A folder's own time counts too: it changes when a file in it is removed. */
function newest(path) {
  const state = statSync(path);
  if (!state.isDirectory()) return state.mtimeMs;
  return readdirSync(path).reduce(
    (latest, name) => Math.max(latest, newest(join(path, name))),
    state.mtimeMs,
  );
}

function run(command, args) {
  // A nested npm must not take the settings of the npm script that runs us for its own.
  const env = Object.entries(process.env).filter(([name]) => !/^npm_(lifecycle|package|command)/.test(name));
  const options = { cwd: ROOT, stdio: /** @type {const} */ ('inherit'), env: Object.fromEntries(env) };
  const { status, signal, error } = spawnSync(command, args, options);
  if (status === 0) return;
  if (args.at(-1) === 'build') rmSync(MAIN, { force: true });
  throw new Error(`${command} ${args.join(' ')} failed (${status ?? signal ?? error?.message})`);
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
