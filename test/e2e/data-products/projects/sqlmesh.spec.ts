import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../../../src/common/secret.js';
import { writeAccessible } from '../../../../src/data-products/project/accessible.js';
import { writeEnv } from '../../../../src/data-products/project/env-file.js';
import { scaffold } from '../../../../src/data-products/project/scaffold.js';
import { MadminClient } from '../../../../src/madmin/client.js';
import type { PolicyDocument } from '../../../../src/madmin/types.js';
import { type MinioServer, startMinio } from '../../../support/servers/minio.js';
import { S3, outcome } from '../../../support/access/s3.js';
import { type RunProject, sqlmeshOf } from '../../../support/python/sqlmesh.js';
import { tempDir } from '../../../support/service/temp.js';

const TEMPLATE = join(import.meta.dirname, '../../../../templates/sqlmesh');
const BUCKET = 'data-products';
const [PROVIDER, CONSUMER, STRANGER] = ['sales', 'report', 'sales-extra'];
/** SQLMesh takes seconds to start on a busy machine. */
const RUN_MS = 300_000;
const ALL = `arn:aws:s3:::${BUCKET}`;

/** The prefix itself to write, folders of others to read. */
function policyOf(prefix: string, readable: string[] = []): PolicyDocument {
  const own = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];
  const listed = [prefix, ...readable].map((folder) => `${folder}/*`);
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: own, Resource: [`${ALL}/${prefix}/*`] },
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: listed.map((each) => `${ALL}/${each}`) },
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: [ALL],
        Condition: { StringLike: { 's3:prefix': listed } },
      },
    ],
  };
}

let minio: MinioServer;
let madmin: MadminClient;
let root: S3;
let run: RunProject;
const outputPath = tempDir('products');
const clients = new Map<string, S3>();
const secretOf = (name: string) => `secret-of-${name}-0123456789`;

/** A data product as the service leaves it: principal, policy, project and `.env`. */
async function product(name: string, readable: string[] = []): Promise<string> {
  const [accessKey, secretKey] = [`dp-${name}`, secretOf(name)];
  await madmin.users.add(accessKey, { secretKey });
  await madmin.policies.put(`mgr:dp:${name}:0`, policyOf(name, readable));
  await madmin.policies.attach([`mgr:dp:${name}:0`], { user: accessKey });
  const { endpoint } = minio;
  const context = { s3_endpoint: endpoint, s3_bucket: BUCKET, portal_url: 'http://portal.example' };
  expect(await scaffold({ templatePath: TEMPLATE, outputPath, name, context })).toBe('created');
  const folder = join(outputPath, name);
  const env = { endpoint, bucket: BUCKET, prefix: name, accessKey, secretKey: new Secret(secretKey) };
  expect(await writeEnv(folder, env)).toBe('written');
  clients.set(name, new S3({ endpoint, accessKey, secretKey }));
  return folder;
}

let [sales, report] = ['', ''];
const client = (name: string) => clients.get(name) as S3;

beforeAll(async () => {
  minio = await startMinio();
  const { endpoint, accessKey, secretKey } = minio;
  madmin = new MadminClient({ endpoint, accessKey, secretKey });
  root = new S3({ endpoint, accessKey, secretKey });
  await root.createBucket(BUCKET);
  sales = await product(PROVIDER);
  report = await product(CONSUMER, [`${PROVIDER}/staging`, `${PROVIDER}/data_mart`]);
  await product(STRANGER);
  run = await sqlmeshOf(sales);
}, 600_000);

afterAll(async () => {
  for (const each of [root, ...clients.values()]) each?.close();
  await madmin?.close();
  await minio?.remove();
});

describe('a project of our template, with real SQLMesh, real MinIO and its own keys', () => {
  it(
    'tells what it can do, and needs its .env',
    async () => {
      const { code, output } = await run(sales);
      expect([code, output]).toEqual([2, expect.stringContaining('bash run.sh export') as string]);
      expect((await run(sales, 'nonsense')).code).toBe(2);
      await scaffold({ templatePath: TEMPLATE, outputPath, name: 'bare' });
      const bare = await run(join(outputPath, 'bare'), 'plan');
      expect(bare).toEqual({ code: 1, output: expect.stringContaining('There is no .env') as string });
    },
    RUN_MS,
  );

  it('offers a menu on a terminal', () => {
    const options = ['-qec', `bash ${join(sales, 'run.sh')}`, '/dev/null'];
    const env = { PATH: '/usr/bin:/bin', VENV: '/nonexistent' };
    const shown = execFileSync('script', options, { env, input: '6\n8\n' }).toString();
    expect(shown).toMatch(/6\) export[^]*SQLMesh is not installed: bash run.sh setup/);
  });

  it(
    'is checked before anything was built',
    async () => {
      expect(await run(sales, 'validate')).toEqual({
        code: 0,
        output: expect.stringMatching(/Successfully Ran `1` Tests[^]*No audits: .*run\.sh plan/) as string,
      });
      const broken = join(outputPath, 'broken');
      await cp(sales, broken, { recursive: true });
      const test = join(broken, 'tests/test_revenue.yaml');
      await writeFile(test, (await readFile(test, 'utf8')).replace(/revenue: [\d.]+/, 'revenue: 1'));
      expect((await run(broken, 'validate')).code).not.toBe(0);
      await rm(broken, { recursive: true });
    },
    RUN_MS,
  );

  it(
    'builds, checks, shows and exports its tables',
    async () => {
      const plan = await run(sales, 'plan');
      expect(plan).toEqual({ code: 0, output: expect.stringMatching(/Virtual layer updated/i) as string });
      expect((await run(sales, 'run')).code).toBe(0);
      const validated = await run(sales, 'validate');
      expect(validated).toEqual({
        code: 0,
        output: expect.stringMatching(/Successfully Ran `1` Tests[^]*0 audit errors/) as string,
      });
      const shown = await run(
        sales,
        'query',
        'SELECT sum(revenue) AS total FROM data_mart.revenue_by_country',
      );
      expect(shown.output).toContain('856.25');
      const exported = await run(sales, 'export');
      expect(exported.output).toContain(`s3://${BUCKET}/${PROVIDER}/staging/orders.parquet: 8 rows`);
      expect(exported.code).toBe(0);
      expect(await client(PROVIDER).list(BUCKET, `${PROVIDER}/`)).toEqual([
        `${PROVIDER}/data_mart/revenue_by_country.parquet`,
        `${PROVIDER}/staging/orders.parquet`,
      ]);
      expect(await root.list(BUCKET, '')).toHaveLength(2);
      const parquet = await client(PROVIDER).get(BUCKET, `${PROVIDER}/staging/orders.parquet`);
      expect([parquet.slice(0, 4), parquet.slice(-4)]).toEqual(['PAR1', 'PAR1']);
    },
    RUN_MS,
  );

  it(
    'is exported again in place',
    async () => {
      expect((await run(sales, 'export')).code).toBe(0);
      expect(await root.list(BUCKET, '')).toHaveLength(2);
    },
    RUN_MS,
  );

  it(
    'reads what it was given access to, once it is told, and nothing else of the provider',
    async () => {
      const before = await run(report, 'providers');
      expect([before.code, before.output]).toEqual([
        1,
        expect.stringContaining('No other data product') as string,
      ]);
      await root.put(BUCKET, `${PROVIDER}/.keep`);
      await root.put(BUCKET, `${PROVIDER}/private/x.parquet`);
      await writeAccessible(report, BUCKET, [{ namespace: PROVIDER, grantedAt: new Date(0) }]);
      const listed = await run(report, 'providers');
      expect(listed.output).toBe(
        'sales: 2 tables\n  staging/orders: 8 rows\n  data_mart/revenue_by_country: 7 rows\n',
      );
      const rows = await run(report, 'providers', PROVIDER, 'staging/orders');
      expect(rows.output.split('\n')).toContain('7,emma,BE,2026-02-14,210.00,True');
      const model = `SELECT count(*) + 1000 AS n FROM READ_PARQUET('s3://${BUCKET}/${PROVIDER}/staging/*.parquet')`;
      expect((await run(report, 'query', model)).output).toContain('1008');
      const reads = client(CONSUMER);
      expect(await outcome(() => reads.get(BUCKET, `${PROVIDER}/.keep`))).toBe('AccessDenied');
      expect(await outcome(() => reads.get(BUCKET, `${PROVIDER}/private/x.parquet`))).toBe('AccessDenied');
      expect(await outcome(() => reads.list(BUCKET, `${PROVIDER}/`))).toBe('AccessDenied');
      expect(await outcome(() => reads.put(BUCKET, `${PROVIDER}/staging/orders.parquet`))).toBe(
        'AccessDenied',
      );
      expect(await outcome(() => reads.delete(BUCKET, `${PROVIDER}/staging/orders.parquet`))).toBe(
        'AccessDenied',
      );
      expect(await outcome(() => client(STRANGER).list(BUCKET, `${PROVIDER}/staging/`))).toBe('AccessDenied');
    },
    RUN_MS,
  );

  it(
    'fails to read, with a word that says so, when MinIO does not let it',
    async () => {
      await madmin.policies.put(`mgr:dp:${CONSUMER}:0`, policyOf(CONSUMER));
      const { code, output } = await run(report, 'providers', PROVIDER);
      expect(code).not.toBe(0);
      expect(output).toMatch(/403|AccessDenied|Access Denied/);
      await writeAccessible(report, BUCKET, []);
      expect((await run(report, 'providers', PROVIDER)).output).toContain('no approved provider');
    },
    RUN_MS,
  );

  it(
    'keeps its secret in .env alone',
    async () => {
      const { output } = await run(sales, 'query');
      expect(output).toContain('revenue');
      for (const [name, folder] of Object.entries({ [PROVIDER]: sales, [CONSUMER]: report })) {
        const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) =>
          each.isFile(),
        );
        const told = files.filter((each) =>
          readFileSync(join(each.parentPath, each.name)).includes(secretOf(name)),
        );
        expect(told.map((each) => each.name)).toEqual(['.env']);
        expect(files.map((each) => each.name)).toContain('product.duckdb');
      }
    },
    RUN_MS,
  );
});
