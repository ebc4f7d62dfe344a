import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

describe('the doctor, about the page', () => {
  let stack: Stack;
  /** What answers at PAGE_URL instead of the service. */
  let other: Server;
  let status: number;
  const check = async (env: Record<string, string> = {}) => {
    await stack.restart(env);
    const { checks } = (await stack.admin.get('/admin/doctor')).body;
    return checks.find(({ name }: any) => name === 'page');
  };

  beforeAll(async () => {
    other = createServer((_, response) => void response.writeHead(status).end());
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    stack = await startStack({ embedded: false, env: { SWEEP_INTERVAL_SECONDS: '0' } });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await new Promise((done) => other.close(done));
  });

  it('warns where others reach a page without an address of its own', async () => {
    expect(await check()).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('this machine') });
    expect(await check({ TRUST_PROXY: '1' })).toMatchObject({
      verdict: 'warning',
      remedy: expect.stringContaining('PAGE_URL'),
    });
  });

  it('sees what answers there in its place', async () => {
    const PAGE_URL = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    status = 502;
    expect(await check({ PAGE_URL })).toMatchObject({
      verdict: 'failed',
      detail: `${PAGE_URL}/ui/ answers 502, not with the page`,
    });
    status = 200;
    expect(await check()).toMatchObject({
      verdict: 'warning',
      detail: expect.stringContaining('Content-Security-Policy'),
    });
  });

  it('says nothing about an address that is not reached from here, and nothing without a page', async () => {
    expect(await check({ PAGE_URL: 'http://127.0.0.1:1' })).toMatchObject({ verdict: 'ok' });
    expect(await check({ PAGE: 'false' })).toEqual({
      name: 'page',
      verdict: 'not_configured',
      detail: 'Not configured (PAGE)',
      remedy: '',
    });
  });
});
