import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import * as sharing from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const BUCKET = 'data-products';

/** The examples of the portal provisioner's documentation, as they stand but for the address. */
const CURLS = {
  create: `curl -X POST http://localhost:8090 \\
  -H "Content-Type: application/json" \\
  -d '{
    "method": "POST",
    "url": "/api/data_products",
    "response": "{\\"id\\":\\"test-uuid\\",\\"namespace\\":\\"test-product\\"}"
  }'`,
  createConsumer: `curl -X POST http://localhost:8090 \\
  -H "Content-Type: application/json" \\
  -d '{
    "method": "POST",
    "url": "/api/data_products",
    "response": "{\\"id\\":\\"consumer-id\\",\\"namespace\\":\\"consumer-product\\"}"
  }'`,
  approve: `curl -X POST http://localhost:8090 \\
  -H "Content-Type: application/json" \\
  -d '{
    "method": "POST",
    "url": "/api/v2/data_products/provider-id/output_ports/port-id/input_ports/approve",
    "status_code": 200,
    "request": "{\\"consuming_data_product_id\\":\\"consumer-id\\"}"
  }'`,
};

describe('a portal that cannot be asked', () => {
  let stack: Stack;
  let projects: string;

  beforeAll(async () => {
    projects = tempDir('projects');
    stack = await startStack({
      env: { ...sharing.NO_LIMITS, PROV_TEMPLATE_OUTPUT_PATH: projects, PORTAL_DEBOUNCE_MS: '50' },
    });
  }, START_MS);
  afterAll(() => stack?.stop());

  async function curl(command: string): Promise<any> {
    const here = command.replace('http://localhost:8090', `http://127.0.0.1:${stack.service.port}`);
    const { stdout } = await promisify(execFile)('bash', ['-c', `${here} -s`]);
    return JSON.parse(stdout);
  }

  const send = (body: object) => stack.service.request('POST', '/webhooks/data-product-portal', { body });

  async function product(id: string, state = 'ready'): Promise<any> {
    let shown: any;
    await waitFor(`${id} ${state}`, async () => {
      shown = (await stack.admin.get(`/data-products/${id}`)).body;
      return shown.state === state && shown.enforced;
    });
    return shown;
  }

  /** An S3 client with the keys in the `.env` of a project. */
  async function keysOf(name: string) {
    const text = await readFile(join(projects, name, '.env'), 'utf8');
    const value = (variable: string) => new RegExp(`^${variable}=(.*)$`, 'm').exec(text)?.[1] ?? '';
    return stack.s3({ access_key: value('S3_ACCESS_KEY'), secret_key: value('S3_SECRET_KEY') });
  }

  it('takes the examples of the documentation as they stand', async () => {
    expect(await curl(CURLS.create)).toEqual({ status: 'accepted' });
    expect(await curl(CURLS.createConsumer)).toEqual({ status: 'accepted' });
    expect(await curl(CURLS.approve)).toEqual({ status: 'accepted' });
    const made = await product('test-uuid');
    expect(made).toMatchObject({ namespace: 'test-product', home_path: `s3a://${BUCKET}/test-product/` });
    expect(made.principal).toMatch(/^dp-test-product-[0-9a-f]{12}$/);
    const keys = await keysOf('test-product');
    await keys.put(BUCKET, 'test-product/staging/a.parquet', 'a');
    expect(await keys.get(BUCKET, 'test-product/staging/a.parquet')).toBe('a');
    await expect(keys.list(BUCKET, '')).rejects.toMatchObject({ name: 'AccessDenied' });
    expect((await stat(join(projects, 'test-product', '.env'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(projects, 'test-product', 'run.sh'))).mode & 0o100).toBe(0o100);
  });

  it('the consumer reads what the provider publishes, and nothing else of it', async () => {
    await product('provider-id');
    await waitFor('access', async () => (await product('consumer-id')).reads.length === 2);
    const consumer = await keysOf('consumer-product');
    for (const key of ['staging/a', 'data_mart/b', 'secret/c', 'd'])
      await stack.rootS3.put(BUCKET, `provider-id/${key}`, key);
    await stack.rootS3.put(BUCKET, 'provider-id-extra/staging/a', 'x');
    expect(await consumer.get(BUCKET, 'provider-id/staging/a')).toBe('staging/a');
    expect(await consumer.list(BUCKET, 'provider-id/data_mart/')).toEqual(['provider-id/data_mart/b']);
    for (const key of [
      'provider-id/secret/c',
      'provider-id/d',
      'provider-id-extra/staging/a',
      'test-product/.keep',
    ])
      await expect(consumer.get(BUCKET, key)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(consumer.put(BUCKET, 'provider-id/staging/x')).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    const text = await readFile(join(projects, 'consumer-product', 'ACCESSIBLE_DATA_PRODUCTS.txt'), 'utf8');
    expect(text).toMatch(/# Approved access: provider-id\n# S3 Path: s3:\/\/data-products\/provider-id/);

    // the same again says nothing new; the keys stay
    expect(await curl(CURLS.approve)).toEqual({ status: 'duplicate' });
    const url = '/api/v2/data_products/provider-id/output_ports/port-id/input_ports/revoke';
    expect((await send({ method: 'POST', url, status_code: 200, response: 'null' })).body).toEqual({
      status: 'accepted',
    });
    await waitFor('no access', async () => (await product('consumer-id')).reads.length === 0);
    await expect(consumer.get(BUCKET, 'provider-id/staging/a')).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await consumer.put(BUCKET, 'consumer-product/x');
  });

  it('a product that is deleted loses its keys; one that takes its name inherits nothing', async () => {
    const before = await keysOf('test-product');
    await send({ method: 'DELETE', url: '/api/data_products/test-uuid', status_code: 200, response: '' });
    await product('test-uuid', 'deleted');
    await expect(before.get(BUCKET, 'test-product/staging/a.parquet')).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    });
    const response = JSON.stringify({ id: 'other-uuid', namespace: 'test-product' });
    await send({ method: 'POST', url: '/api/data_products', response });
    const other = await product('other-uuid');
    expect(other.home_path).toMatch(/^s3a:\/\/data-products\/test-product-[0-9a-f]{6}\/$/);
    // it may come back only while nobody else is called so
    const back = JSON.stringify({ id: 'test-uuid', namespace: 'test-product' });
    expect((await send({ method: 'POST', url: '/api/data_products', response: back })).status).toBe(200);
    const shown = async () => (await stack.admin.get('/data-products/test-uuid')).body;
    expect(await shown()).toMatchObject({
      state: 'deleted',
      last_error: expect.stringContaining('another data product'),
    });
    // nor does one whose namespace is the prefix that was made up
    const prefix = other.home_path.split('/')[3];
    await send({
      method: 'POST',
      url: '/api/data_products',
      response: JSON.stringify({ id: 'third-uuid', namespace: prefix }),
    });
    const third = await product('third-uuid');
    expect(third.home_path).toMatch(new RegExp(`^s3a://data-products/${prefix}-[0-9a-f]{6}/$`));
  });

  it('a namespace that can be no prefix is rejected, two that begin alike share nothing', async () => {
    const create = (id: string, namespace: string) =>
      send({ method: 'POST', url: '/api/data_products', response: JSON.stringify({ id, namespace }) });
    await create('dots', '..');
    await create('line', 'x\n');
    const long = 'a-namespace-of-more-than-twenty-characters-';
    await create('one', `${long}1`);
    await create('ten', `${long}10`);
    for (const id of ['dots', 'line'])
      await waitFor(`${id} rejected`, async () => {
        const { body } = await stack.admin.get(`/data-products/${id}`);
        return body.state === 'rejected' && body.principal === null;
      });
    const [one, ten] = [await product('one'), await product('ten')];
    expect(one.principal).not.toBe(ten.principal);
    await (await keysOf(`${long}1`)).put(BUCKET, `${long}1/x`);
    await expect((await keysOf(`${long}1`)).put(BUCKET, `${long}10/x`)).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('hands out a key once', async () => {
    const answer = await stack.admin.post('/data-products/consumer-id/claim');
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    await stack.s3(answer.body).put(BUCKET, 'consumer-product/claimed');
    expect(problemOf(await stack.admin.post('/data-products/consumer-id/claim'))).toEqual([410, 'claimed']);
    expect((await stack.admin.delete('/data-products/consumer-id/claim')).status).toBe(204);
    expect((await stack.admin.post('/data-products/consumer-id/claim')).status).toBe(200);
  });

  it.each<[string, unknown, number, string]>([
    ['no JSON', 'nonsense', 415, 'unsupported_media_type'],
    ['no method', { url: '/api/data_products' }, 400, 'malformed_request'],
    ['another address', { method: 'POST', url: '/api/users/me', status_code: 200 }, 200, 'ignored'],
    ['an unknown event', { specversion: '1.0', id: '1', source: 's', type: 't', data: {} }, 200, 'ignored'],
    [
      'a refused request',
      { method: 'POST', url: '/api/v2/data_products', status_code: 400, response: '{}' },
      200,
      'ignored',
    ],
  ])('%s is answered politely', async (_, body, status, said) => {
    const answer = await send(body as object);
    expect([answer.status, answer.body.code ?? answer.body.status]).toEqual([status, said]);
  });
});
