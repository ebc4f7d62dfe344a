// `npm test` runs the core; `npm test -- --all` everything; `npm test -- FILE...` what is named, with Jest's own arguments.
// No dependencies, Node >= 18.
import { existsSync, mkdtempSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { which } from './child.mjs';
import { countsOf, failedSuites, read, showFailures, showTimes } from './jest-report.mjs';
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
  { path: 'test/e2e/access/hot-paths', needs: 'PostgreSQL', programs: ['initdb'] },
  { path: 'test/e2e/database', needs: 'PostgreSQL; minutes: damage, other keys', programs: ['initdb'] },
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
/** Suites that draw their cases at random: what they find is not run again until it goes away. */
const NEVER_AGAIN = /test\/(faults\/model|properties\/policy\/.*)\.spec/;
/** When more suites than this fail, the machine is not the cause. */
const AGAIN_MAX = 8;
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** @param {string[]} args @param {(command: string[], env: NodeJS.ProcessEnv) => Promise<number>} run @returns {Promise<number>} exit code */
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
    if (flag !== '--all' || rest.length > 0) return await jest(...args);
    return await everything(jest, reports);
  } finally {
    rmSync(TEST_TMP, { recursive: true, force: true, maxRetries: 3 });
  }
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
 * @param {string} [folder] where Jest's reports go, and `counts`: passed, failed and skipped tests
 */
async function everything(jest, folder) {
  const reports = folder ?? mkdtempSync(join(tmpdir(), 'minio-manager-reports-'));
  const run = async (name, ...args) => {
    const file = join(reports, `${name}.json`);
    const code = await jest('--ci', '--json', `--outputFile=${file}`, ...args);
    return { code, report: read(file) };
  };
  try {
    const first = await run('first');
    const failed = failedSuites(first.report);
    const again = failed.length > AGAIN_MAX ? [] : failed.filter((suite) => !NEVER_AGAIN.test(suite));
    const runs =
      again.length > 0 ? [first, await run('again', '--runInBand', '--runTestsByPath', ...again)] : [first];
    const counts = countsOf(runs);
    showTimes(runs);
    showFailures(runs);
    writeFileSync(join(reports, 'counts'), `${counts.passed} ${counts.failed} ${counts.skipped}\n`);
    return counts.failed === 0 ? 0 : 1;
  } finally {
    if (!folder) rmSync(reports, { recursive: true, force: true });
  }
}

function isThere(program) {
  if (program === 'initdb' && existsSync('/usr/lib/postgresql')) return true;
  return which(program, PATH) !== undefined;
}
