// Runs a development tool under the project's own Node: `run.mjs build|jest|nest|check|openapi|prettier|... [arguments]`.
// No dependencies, Node >= 18.
import { delimiter, dirname, join } from 'node:path';
import { exited, spawnTied } from './child.mjs';
import { ROOT, findNode } from './node.mjs';
import { test } from './test.mjs';

const bin = (...path) => join(ROOT, 'node_modules', ...path);
const script = (name) => join(ROOT, 'scripts', name);

const TOOLS = {
  nest: [bin('@nestjs', 'cli', 'bin', 'nest.js')],
  tsc: [bin('typescript', 'bin', 'tsc')],
  eslint: [bin('eslint', 'bin', 'eslint.js')],
  prettier: [bin('prettier', 'bin', 'prettier.cjs')],
  depcruise: [bin('dependency-cruiser', 'bin', 'dependency-cruiser.mjs')],
  openapi: [join(ROOT, 'dist', 'openapi.js')],
  vite: [bin('vite', 'bin', 'vite.js')],
  // the page's types are those of the API's document
  'web-api': [
    bin('openapi-typescript', 'bin', 'cli.js'),
    join(ROOT, 'openapi', 'openapi.json'),
    '--default-non-nullable=false',
    '--output',
    join(ROOT, 'web', 'generated', 'api.d.ts'),
  ],
  'pack-madmin': [script('pack-madmin.mjs')],
  // Node's modules inside Jest's sandbox are still called experimental.
  jest: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', bin('jest', 'bin', 'jest.js')],
};

/** The longest that a timer can be set for. */
const LONGEST_MS = 2 ** 31 - 1;

/** The service as it runs: compiled, then with its packages in one file; and the page that it serves. */
const BUILD = [
  ['nest', 'build'],
  [script('bundle.mjs')],
  ['web-api'],
  ['vite', 'build', 'web', '--logLevel', 'warn'],
];

/** `check` runs all of them, `check NAME ...` some; every one runs even when another has failed. A list of commands ends with the first that fails. */
const CHECKS = {
  types: ['tsc', '-p', 'tsconfig.test.json', '--noEmit'],
  lint: [['web-api'], ['eslint', '--max-warnings', '0', '.']],
  format: ['prettier', '--check', '--log-level', 'warn', '.'],
  // `err-long` prints the comment of the broken rule, too
  web: [['web-api'], ['tsc', '-p', 'web/tsconfig.json']],
  page: [script('check-page.mjs')],
  layers: [
    'depcruise',
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err-long',
    'src',
    'test',
    'web/src',
  ],
  openapi: [script('check-openapi.mjs'), '--check'],
  lock: [script('check-lock.mjs')],
  compose: [script('check-compose.mjs')],
  site: [script(join('site', 'build.mjs'))],
};

/**
 * With a limit, the tool and all that it started end when the time is up, and what it left behind when it has ended: nobody has to wait for
 * the end of our output because a stray child holds it, too.
 * @param {string[]} command
 * @param {number} [limitMs]
 * @returns {Promise<number>}
 */
async function run([tool = '', ...args], env = process.env, limitMs) {
  const node = findNode();
  const path = [dirname(node), join(ROOT, 'node_modules', '.bin'), env.PATH].join(delimiter);
  const argv = [...(TOOLS[tool] ?? [tool]), ...args];
  const isLimited = limitMs !== undefined;
  const child = spawnTied(node, argv, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...env, PATH: path },
    deathSignal: 'TERM',
    detached: isLimited,
  });
  const forward = (signal) => (isLimited ? endGroup(child, signal) : child.kill(signal));
  process.on('SIGTERM', forward).on('SIGINT', forward);
  const timer = isLimited && setTimeout(() => endGroup(child, 'SIGKILL'), Math.min(limitMs, LONGEST_MS));
  const { code } = await exited(child);
  if (timer) clearTimeout(timer);
  if (isLimited) endGroup(child, 'SIGKILL');
  process.off('SIGTERM', forward).off('SIGINT', forward);
  return code ?? 1;
}

/** @param {import('node:child_process').ChildProcess} child the first of its process group */
function endGroup({ pid }, signal) {
  try {
    if (pid) process.kill(-pid, signal);
  } catch {
    // nobody is left
  }
}

/** @param {string[][]} commands one after the other, until one fails */
async function runAll(commands) {
  for (const command of commands) {
    const code = await run(command);
    if (code !== 0) return code;
  }
  return 0;
}

async function check(names) {
  const failed = [];
  for (const name of names.length > 0 ? names : Object.keys(CHECKS)) {
    if (!CHECKS[name]) throw new Error(`no check is called ${name}: ${Object.keys(CHECKS).join(', ')}`);
    console.log(`check ${name}`);
    const commands = Array.isArray(CHECKS[name][0]) ? CHECKS[name] : [CHECKS[name]];
    if ((await runAll(commands)) !== 0) failed.push(name);
  }
  if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

async function main([task, ...args]) {
  if (task === 'build') return runAll(BUILD);
  if (task === 'jest') return test(args, run);
  if (task === 'check') return check(args);
  if (task && TOOLS[task]) return run([task, ...args]);
  throw new Error(`usage: node scripts/run.mjs build|check|${Object.keys(TOOLS).join('|')} [arguments]`);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
