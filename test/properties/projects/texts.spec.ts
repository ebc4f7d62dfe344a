import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Secret } from '../../../src/common/secret.js';
import { accessibleText } from '../../../src/data-products/project/accessible.js';
import { envText } from '../../../src/data-products/project/env-file.js';
import { namespaceProblem, projectNameProblem } from '../../../src/data-products/project/project-name.js';

const access = {
  ...{ endpoint: 'http://minio:9000', bucket: 'data-products', prefix: 'sales', accessKey: 'dp-sales' },
  secretKey: new Secret('abc'),
};
const refusal = (change: object) => {
  try {
    return envText({ ...access, ...change });
  } catch (error) {
    return error as Error;
  }
};

describe('names of projects', () => {
  it.each(['a', 'sales', 'a..b', 'a=b', 'a,b', '+x@y_z', 'n'.repeat(64), '0'])('%s can be one', (name) =>
    expect(projectNameProblem(name)).toBeUndefined(),
  );

  it.each([
    '',
    '.',
    '..',
    '-',
    '-rf',
    '.hidden',
    'a/b',
    'a\\b',
    'a b',
    'a\n',
    'a\0',
    'A',
    'é',
    'a*',
    '$a',
    'n'.repeat(65),
  ])('%j cannot', (name) => expect(projectNameProblem(name)).toEqual(expect.any(String)));

  it.each(['-rf', '.hidden'])('%s can be a prefix all the same', (name) =>
    expect(namespaceProblem(name)).toBeUndefined(),
  );
});

describe('.env', () => {
  it('has its keys in this order below comments', () => {
    expect(
      envText(access)
        .split('\n')
        .filter((line) => !line.startsWith('#')),
    ).toEqual([
      'S3_ENDPOINT_HOST=minio',
      'S3_ENDPOINT=http://minio:9000',
      'S3_BUCKET=data-products',
      'S3_PREFIX=sales',
      'S3_ACCESS_KEY=dp-sales',
      'S3_SECRET_KEY=abc',
      '',
    ]);
  });

  it.each([
    '',
    'a b',
    "a'b",
    'a"b',
    'a$b',
    'a\nb',
    'a\\b',
    'a`b',
    'a\0',
    'a*',
    'a?',
    'a\tb',
    'a#b',
    'é',
    'x\nS3_PREFIX=y',
  ])('refuses the value %j without telling it', (value) => {
    const error = refusal({ secretKey: new Secret(`hidden${value}`.slice(value === '' ? 6 : 0)) });
    expect(error).toMatchObject({
      code: 'invalid_value',
      message: expect.stringMatching(/^S3_SECRET_KEY: /) as string,
    });
    expect(String(error)).not.toContain('hidden');
    expect(refusal({ prefix: value })).toMatchObject({ code: 'invalid_value' });
  });

  it.each(['minio:9000', 'not a url', 'file:///etc', 'ftp://minio:21'])(
    'refuses the endpoint %j',
    (endpoint) => expect(refusal({ endpoint })).toMatchObject({ code: 'invalid_value' }),
  );

  it('gives a shell what went in, as projects load it', () => {
    const folder = mkdtempSync(join(process.env.TEST_TMP ?? tmpdir(), 'env-'));
    const safe = fc.string({ unit: fc.constantFrom(...'aZ09+=,.@_:/%[]-'), minLength: 1, maxLength: 12 });
    const any = fc.string({ unit: fc.constantFrom(...'aZ=,[-~ $\'"\\\n#*?'), minLength: 1, maxLength: 3 });
    const value = fc.oneof({ weight: 9, arbitrary: safe }, { weight: 1, arbitrary: any });
    const endpoint = fc.constantFrom(
      'http://minio:9000',
      'https://s3.example.org',
      'http://[::1]:9000',
      'http://10.0.0.1:80',
    );
    const load = "export $(cat .env | grep -v '^#' | xargs); env -0";
    let accepted = 0;
    fc.assert(
      fc.property(
        endpoint,
        fc.tuple(value, value, value, value),
        (url, [bucket, prefix, accessKey, secret]) => {
          const text = refusal({ endpoint: url, bucket, prefix, accessKey, secretKey: new Secret(secret) });
          if (typeof text !== 'string') return;
          accepted += 1;
          writeFileSync(join(folder, '.env'), text);
          const printed = execFileSync('bash', ['-c', load], {
            cwd: folder,
            env: { PATH: '/usr/bin:/bin' },
            stdio: ['ignore', 'pipe', 'pipe'],
          });
          const loaded = printed
            .toString()
            .split('\0')
            .filter((line) => line.startsWith('S3_'));
          const expected = [
            `S3_ENDPOINT=${url}`,
            `S3_BUCKET=${bucket}`,
            `S3_PREFIX=${prefix}`,
            `S3_ACCESS_KEY=${accessKey}`,
          ];
          expect(loaded).toEqual(expect.arrayContaining([...expected, `S3_SECRET_KEY=${secret}`]));
          expect(loaded).toHaveLength(6);
        },
      ),
      { numRuns: 150, examples: [['http://[::1]:9000', ['-n', '[a]', '=', '%']]] },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

describe('ACCESSIBLE_DATA_PRODUCTS.txt', () => {
  const parsed = (text: string) => [...text.matchAll(/# Approved access: (\S+)\n# S3 Path: (\S+)/g)];
  const namespace = fc
    .string({ unit: fc.constantFrom(...'ab01+=,.@_-'), minLength: 1, maxLength: 8 })
    .filter((name) => namespaceProblem(name) === undefined);
  const provider = fc.record(
    { namespace, grantedAt: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }) },
    { requiredKeys: ['namespace'] },
  );

  it('has the layout that projects know', () => {
    expect(
      accessibleText('data-products', [{ namespace: 'sales', grantedAt: new Date(0) }, { namespace: 'hr' }]),
    ).toBe(
      `# Approved access: hr
# S3 Path: s3://data-products/hr
# Granted: unknown
# Read from: s3://data-products/hr/staging/*.parquet
#            s3://data-products/hr/data_mart/*.parquet

# Approved access: sales
# S3 Path: s3://data-products/sales
# Granted: 1970-01-01T00:00:00.000Z
# Read from: s3://data-products/sales/staging/*.parquet
#            s3://data-products/sales/data_mart/*.parquet

# Your credentials now grant read access to:
#   - s3://data-products/hr/staging/
#   - s3://data-products/hr/data_mart/
#   - s3://data-products/sales/staging/
#   - s3://data-products/sales/data_mart/
`,
    );
  });

  it('names each provider once, in order, whatever order they come in, since the earliest time', () => {
    fc.assert(
      fc.property(fc.array(provider, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (providers, chance) => {
        const text = accessibleText('b', providers);
        const names = [...new Set(providers.map((each) => each.namespace))].sort();
        expect(parsed(text).map(([, name, path]) => [name, path])).toEqual(
          names.map((name) => [name, `s3://b/${name}`]),
        );
        for (const line of text.split('\n')) expect(line).toMatch(/^(#.*)?$/);
        const shuffled = providers
          .map((each) => ({ each, at: chance.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ each }) => each);
        expect(accessibleText('b', [...shuffled, ...providers])).toBe(text);
        for (const { namespace: name, grantedAt } of providers) {
          const told = text
            .split(`# Approved access: ${name}\n`)[1]
            ?.split('\n')[1]
            ?.slice('# Granted: '.length);
          if (grantedAt) expect(new Date(told as string).getTime()).toBeLessThanOrEqual(grantedAt.getTime());
        }
      }),
    );
  });

  it.each(['a\n# Approved access: b', '..', 'a b', 'x\n'])('refuses the provider %j', (namespace) =>
    expect(() => accessibleText('b', [{ namespace }])).toThrow('namespace'),
  );
});
