// `npm test` runs the core; `npm test -- --all [REPORTS [ARGUMENT...]]` everything, with Jest's own arguments; `npm test -- FILE...` what is named, also
// with such arguments.
// No dependencies, Node >= 18.
import { existsSync, mkdtempSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { which } from './child.mjs';
import { countsOf, failedSuites, read, showFailures, showTimes, skippedOf } from './jest-report.mjs';
import { ROOT } from './node.mjs';
import { findMinio } from './minio-binary.mjs';

/** Suites beside the core: what they need besides Node and MinIO, and the programs by which that is seen. */
const BEYOND_CORE = [
  {
    path: 'test/e2e/clients',
    needs: 'Python, Java, Maven, AWS CLI 2, rclone, Go',
    programs: ['python3', 'java', 'mvn', 'aws', 'rclone'],
  },
  { path: 'test/e2e/packages', needs: 'Python, packages from PyPI and npm', programs: ['python3'] },
  { path: 'test/e2e/service/docs.spec', needs: 'Python', programs: ['python3'] },
  { path: 'test/e2e/credentials/aws.spec', needs: 'Python, packages from PyPI', programs: ['python3'] },
  { path: 'test/e2e/fuzz', needs: 'Python, packages from PyPI', programs: ['python3'] },
  {
    path: 'test/e2e/data-products/projects/(cookiecutter|sqlmesh)',
    needs: 'Python, packages from PyPI',
    programs: ['python3'],
  },
  { path: 'test/e2e/auth/keycloak', needs: 'Java, Maven', programs: ['java', 'mvn'] },
  {
    path: 'test/e2e/walks',
    needs: 'Python, packages from PyPI, Chromium',
    programs: ['python3', 'chromium'],
  },
  { path: 'test/e2e/proxy', needs: 'nginx', programs: ['nginx'] },
  {
    path: 'test/e2e/kubernetes',
    needs: 'etcd, Go; minutes: the first time its API server is built',
    programs: ['etcd'],
  },
  {
    path: 'test/e2e/deploy',
    needs: 'etcd, Prometheus, Go; minutes: the first time Helm is built',
    programs: ['etcd', 'prometheus'],
  },
  { path: 'test/e2e/git', needs: 'Git, Go; minutes: the first time Gitea is built', programs: ['git'] },
  {
    path: 'test/e2e/tofu',
    needs: 'PostgreSQL, Go; minutes: the first time OpenTofu is built',
    programs: ['initdb'],
  },
  {
    path: 'test/e2e/ansible',
    needs: 'PostgreSQL, sshd, Python, packages from PyPI',
    programs: ['initdb', 'python3'],
  },
  { path: 'test/e2e/page/(people|administrators|golden-paths)', needs: 'Chromium', programs: ['chromium'] },
  {
    path: 'test/e2e/page/snippets',
    needs: 'Python, Java, Maven, AWS CLI 2, rclone',
    programs: ['python3', 'java', 'mvn', 'aws', 'rclone'],
  },
  { path: 'test/e2e/access/hot-paths', needs: 'PostgreSQL', programs: ['initdb'] },
  { path: 'test/e2e/database', needs: 'PostgreSQL; minutes: damage, other keys', programs: ['initdb'] },
  { path: 'test/e2e/queue', needs: 'RabbitMQ', programs: ['rabbitmq-server'] },
  { path: 'test/e2e/deletions/interrupted', needs: 'minutes: kills at every step', programs: [] },
  { path: 'test/e2e/data-products/portals?[/.]', needs: 'minutes: portals that fail or flood', programs: [] },
  { path: 'test/e2e/sharing/repack', needs: 'minutes: thousands of grants', programs: [] },
  { path: 'test/e2e/access/(changed|repeated)', needs: 'minutes: thousands of grants', programs: [] },
  { path: 'test/e2e/auth/token-floods', needs: 'minutes: random tokens', programs: [] },
  {
    path: 'test/faults',
    needs: 'PostgreSQL, iproute2, root; a quarter of an hour',
    programs: ['initdb', 'ip'],
  },
];
/** Suites of minutes, left out of everything but with SLOW_TESTS=1: a shorter one covers the core of each in every run. */
const SLOW = [
  { path: 'test/e2e/queue/all-suites', instead: 'test/e2e/queue/suites has one of them' },
  {
    path: 'test/e2e/clients/spark-elsewhere',
    instead: 'test/e2e/clients/spark has Spark as people start it',
  },
];
/** Suites that draw their cases at random: what they find is not run again until it goes away. */
const NEVER_AGAIN = /test\/(faults\/model|properties\/policy\/.*)\.spec/;
/** When more suites than this fail, the machine is not the cause. */
const AGAIN_MAX = 8;
/** What a second run needs at least of the time that is left, and what is left for the report. */
const AGAIN_MS = 10 * 60_000;
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/**
 * @param {string[]} args
 * @param {(command: string[], env: NodeJS.ProcessEnv, limitMs?: number) => Promise<number>} run
 * @returns {Promise<number>} exit code
 */
export async function test(args, run) {
  // MinIO is found (or built) before the first test, so no test waits for a compiler.
  const MINIO_BINARY = await findMinio({ log: console.log });
  const TEST_TMP = mkdtempSync(join(tmpdir(), 'minio-manager-test-'));
  chmodSync(TEST_TMP, 0o711); // PostgreSQL runs as another user
  const env = { ...process.env, MINIO_BINARY, TEST_TMP };
  const jest = (...more) => run(['jest', ...more], env);
  try {
    if (args.length === 0) return await core(jest);
    const [flag, reports, ...rest] = args;
    if (flag !== '--all') return await jest(...args);
    return await everything(
      (file, more) => run(['jest', ...more, ...rest], { ...env, TEST_REPORT: file }, leftMs()),
      reports,
    );
  } finally {
    rmSync(TEST_TMP, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Until TEST_DEADLINE, in seconds since 1970: a run that somebody else would cut off then ends by itself, with its report. */
function leftMs() {
  const { TEST_DEADLINE } = process.env;
  return TEST_DEADLINE ? Math.max(1000, Number(TEST_DEADLINE) * 1000 - Date.now()) : Infinity;
}

function core(jest) {
  console.log('The core. Left out, and run by `npm test -- --all`:');
  for (const { path, needs, programs } of BEYOND_CORE) {
    const missing = programs.filter((program) => !isThere(program));
    const here = missing.length > 0 ? ` (not here: ${missing.join(', ')})` : '';
    console.log(`  ${path.padEnd(46)} ${needs}${here}`);
  }
  return jest('--testPathIgnorePatterns', '/node_modules/', ...BEYOND_CORE.map(({ path }) => `/${path}`));
}

/**
 * Everything. Suites race real processes against real time-outs, and a machine that stalls for seconds can lose such a
 * race for the test: a suite that failed is run once more, with nothing beside it, and named at the end.
 * @param {(file: string, args: string[]) => Promise<number>} jest writes what it does to the file
 * @param {string} [folder] where `counts` goes: passed, failed and skipped tests; and `left-out`: a line for each suite that was not run, or not whole
 */
async function everything(jest, folder) {
  const reports = folder ?? mkdtempSync(join(tmpdir(), 'minio-manager-reports-'));
  const progress = ['--reporters=default', `--reporters=${join(ROOT, 'scripts', 'jest-progress.mjs')}`];
  const leftOut = process.env.SLOW_TESTS ? [] : SLOW;
  const ignored = ['--testPathIgnorePatterns', '/node_modules/', ...leftOut.map(({ path }) => `/${path}`)];
  const run = async (name, ...args) => {
    const file = join(reports, `${name}.jsonl`);
    return read(file, await jest(file, [...ignored, '--ci', ...progress, ...args]));
  };
  try {
    const runs = [await run('first')];
    const again = toRunAgain(runs[0]);
    if (again.length > 0) {
      console.log(`\n${clock()}  ${again.length} suites that failed are run again, one at a time`);
      // what a suite leaves open would keep Jest from its end, as there is no worker that it could end
      runs.push(await run('again', '--runInBand', '--forceExit', '--runTestsByPath', ...again));
    }
    const counts = countsOf(runs);
    writeFileSync(join(reports, 'counts'), `${counts.passed} ${counts.failed} ${counts.skipped}\n`);
    showTimes(runs);
    showFailures(runs);
    const lines = [...leftOut.map(({ path, instead }) => `${path} (${instead})`), ...skippedOf(runs)];
    writeFileSync(join(reports, 'left-out'), lines.map((line) => `${line}\n`).join(''));
    console.log(`\n${clock()}  end of the tests`);
    return counts.failed === 0 ? 0 : 1;
  } finally {
    if (!folder) rmSync(reports, { recursive: true, force: true });
  }
}

/** @param {import('./jest-report.mjs').Run} first */
function toRunAgain(first) {
  const failed = failedSuites(first);
  if (failed.length > AGAIN_MAX || leftMs() < AGAIN_MS) return [];
  return failed.filter((suite) => !NEVER_AGAIN.test(suite));
}

const clock = () => new Date().toTimeString().slice(0, 8);

function isThere(program) {
  if (program === 'initdb' && existsSync('/usr/lib/postgresql')) return true;
  return which(program, PATH) !== undefined;
}
