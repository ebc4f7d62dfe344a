import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/node.mjs';
import jestConfig from '../../../jest.config.mjs';
import { type MinioServer, startMinio } from '../../support/servers/minio.js';
import { install, nodeOf, NPM_MS, packMadmin, type Run } from '../../support/packages/npm.js';
import { tempDir } from '../../support/service/temp.js';

const run = promisify(execFile);
const NAME = 'minio-manager-admin';
const OLDEST = '20.18.1';
/** The oldest that is promised; the last line without Argon2; one that has it. */
const VERSIONS = [OLDEST, '22.23.3', '24.21.0'];
const SOURCES = join(ROOT, 'src', 'madmin');
const SUITES = ['test/conformance', 'test/properties/madmin'];
/** All but the vectors with an empty secret, which hash-wasm refuses; so does the client, at its start. */
const TESTS = '^(?!.*opens vector [01]$)';

/** What a person does first, with bodies and answers that MinIO encrypts. */
const PROGRAM = `
import { MadminClient, MadminError } from '${NAME}';
const [, , endpoint, accessKey, secretKey, user] = process.argv;
const minio = new MadminClient({ endpoint, accessKey, secretKey, timeoutMs: 30_000, slowTimeoutMs: 60_000 });
const keys = { accessKey: user, secretKey: 'the-secret-of-a-user' };
await minio.users.add(user, { secretKey: keys.secretKey });
await minio.policies.set(['readonly'], { user });
const listed = user in (await minio.users.list());
const session = await minio.sts.assumeRole(keys, { durationSeconds: 900 });
const refused = await minio.users.info('nobody-at-all').catch((error) => [error instanceof MadminError, error.code]);
console.log(JSON.stringify({ listed, session: session.sessionToken.length > 100, refused }));
await minio.close();
`;
const CONSUMER = `
import { MadminClient, MadminError, type MadminErrorCode, type PolicyDocument } from '${NAME}';

const minio = new MadminClient({ endpoint: 'http://127.0.0.1:9000', accessKey: 'a', secretKey: 'b' });
export async function grant(user: string, document: PolicyDocument): Promise<MadminErrorCode | undefined> {
  try {
    await minio.policies.put('p', document);
    await minio.policies.set(['p'], { user });
  } catch (error) {
    if (error instanceof MadminError) return error.code;
  }
  const { status } = await minio.users.info(user);
  // @ts-expect-error: the answer has types
  return status.nothing;
}
`;

describe('the package of the admin client', () => {
  let file: string;
  let files: string[];
  let minio: MinioServer;
  /** Where it is installed by the oldest Node. */
  let oldest: string;

  beforeAll(async () => {
    [minio, file] = await Promise.all([startMinio(), packMadmin(tempDir('madmin'))]);
    const { stdout } = await run('tar', ['-tzf', file]);
    files = stdout.split('\n').filter(Boolean).sort();
    oldest = await installed(await nodeOf(OLDEST));
  }, NPM_MS);
  afterAll(() => minio?.remove());

  async function installed(node: Run): Promise<string> {
    const folder = tempDir('consumer');
    writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}');
    await install(node, file, folder);
    return folder;
  }

  const inPackage = (...path: string[]) => join(oldest, 'node_modules', NAME, ...path);

  it('holds what src/madmin is compiled to, how to use it and the license, and nothing else', () => {
    const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
    const compiled = sources
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => ['js', 'd.ts'].map((end) => `dist/${name.replace(/ts$/, end)}`));
    const expected = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', ...compiled];
    expect(files).toEqual(expected.map((name) => `package/${name}`).sort());
    expect(readFileSync(inPackage('README.md'), 'utf8')).not.toMatch(/\]\((?!https:)/);
  });

  it('depends on the packages that it imports, no more', () => {
    const modules = readdirSync(inPackage('dist'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(inPackage('dist', name), 'utf8'));
    const imported = modules.flatMap((text) =>
      [...text.matchAll(/ from '([^.'][^']*)'/g)].map(([, name]) => name),
    );
    const packages = new Set(imported.filter((name) => !name?.startsWith('node:')));
    const { dependencies } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'));
    // imported where Node has no Argon2
    expect(Object.keys(dependencies).sort()).toEqual([...packages, 'hash-wasm'].sort());
  });

  it.each(VERSIONS)(
    'installs into an empty folder and works on a real MinIO, on Node %s',
    async (version) => {
      const node = await nodeOf(version);
      const folder = version === OLDEST ? oldest : await installed(node);
      writeFileSync(join(folder, 'main.mjs'), PROGRAM);
      const { endpoint, accessKey, secretKey } = minio;
      const user = `user-of-${version}`;
      const printed = await node(['main.mjs', endpoint, accessKey, secretKey, user], folder);
      expect(JSON.parse(printed)).toEqual({ listed: true, session: true, refused: [true, 'not_found'] });
    },
    NPM_MS,
  );

  it(
    'does what its README shows',
    async () => {
      const [, example = ''] =
        /^```js\n(.*?)^```$/ms.exec(readFileSync(inPackage('README.md'), 'utf8')) ?? [];
      const { endpoint, accessKey, secretKey } = minio;
      const real = {
        'http://127.0.0.1:9000': endpoint,
        "'admin'": `'${accessKey}'`,
        "'admin-secret'": `'${secretKey}'`,
      };
      const program = Object.entries(real).reduce(
        (text, [shown, used]) => text.replace(shown, used),
        example,
      );
      writeFileSync(join(oldest, 'readme.mjs'), program);
      const printed = await (await nodeOf(OLDEST))(['readme.mjs'], oldest);
      expect(printed).toMatch(/^\{[^}]*status: 'enabled'[^}]*'read-reports'[^}]*\}\n\S+Z\ntrue not_found\n$/);
    },
    NPM_MS,
  );

  it(
    `passes the suites of src/madmin on Node ${OLDEST}`,
    async () => {
      const { moduleNameMapper } = jestConfig;
      const config = {
        ...jestConfig,
        rootDir: ROOT,
        setupFiles: [],
        moduleNameMapper: { '/src/madmin/(.*)\\.js$': inPackage('dist', '$1.js'), ...moduleNameMapper },
        cacheDirectory: tempDir('jest'),
        maxWorkers: 2,
      };
      const report = join(tempDir('report'), 'report.json');
      const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
      const options = [
        '--config',
        JSON.stringify(config),
        '--json',
        `--outputFile=${report}`,
        '-t',
        TESTS,
        ...SUITES,
      ];
      const node = await nodeOf(OLDEST);
      await node(['--experimental-vm-modules', jest, ...options], ROOT, process.env).catch(() => undefined);
      const { testResults, numPassedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
      const failed = testResults.filter(({ status }: any) => status === 'failed');
      expect(failed.map(({ name, message }: any) => `${name}\n${message}`)).toEqual([]);
      expect([numPassedTests > 100, numPendingTests]).toEqual([true, 2]);
    },
    NPM_MS,
  );

  it(
    'has types that a strict TypeScript project compiles against, libraries checked',
    async () => {
      const types = join(oldest, 'node_modules', '@types');
      mkdirSync(types, { recursive: true });
      writeFileSync(join(oldest, 'consumer.ts'), CONSUMER);
      const compilerOptions = {
        ...{ module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: false, noEmit: true },
        ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] },
      };
      const project = { compilerOptions, files: ['consumer.ts'] };
      writeFileSync(join(oldest, 'tsconfig.json'), JSON.stringify(project));
      const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const compiled = run(process.execPath, [compiler, '-p', oldest]);
      await expect(compiled.catch(({ stdout }) => stdout)).resolves.toMatchObject({ stdout: '' });
    },
    NPM_MS,
  );
});
