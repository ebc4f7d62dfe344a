import { setTimeout as sleep } from 'node:timers/promises';
import { MadminClient } from '../../src/madmin/client.js';
import { type Proxy, startProxy } from '../support/network/proxy.js';
import { type MinioServer, startMinio } from '../support/servers/minio.js';

/** A connection that is not used for ten seconds is closed by the client. */
const IDLE_MS = 12_000;

describe('the admin client asks whether MinIO has read its identities', () => {
  let minio: MinioServer;
  let proxy: Proxy;
  let client: MadminClient;

  beforeAll(async () => {
    minio = await startMinio();
  }, 60_000);
  afterAll(() => minio?.stop());
  beforeEach(async () => {
    proxy = await startProxy(minio.endpoint);
    client = new MadminClient({ ...minio, endpoint: proxy.endpoint });
  });
  afterEach(async () => {
    await client.close();
    await proxy.stop();
  });

  const isQuestion = ({ path, query }: { path: string; query: URLSearchParams }) =>
    path.endsWith('/list-service-accounts') && query.get('user') === 'mgr-nobody';
  const questions = () => proxy.calls.filter(isQuestion).length;
  const others = () => proxy.calls.filter((call) => !isQuestion(call));
  const list = () => client.groups.list();

  it('once, before the first calls', async () => {
    await Promise.all(Array.from({ length: 20 }, list));
    await list();
    expect(questions()).toBe(1);
    expect(isQuestion(proxy.calls[0] as never)).toBe(true);
  });

  it('not for a session, nor whether it is there', async () => {
    await client.server.info();
    await client.server.health('ready');
    const asked = client.sts.assumeRole({ accessKey: 'nobody', secretKey: 'nothing-at-all' });
    await expect(asked).rejects.toMatchObject({ code: 'unknown_access_key' });
    expect(questions()).toBe(0);
  });

  it('not again while nobody calls', async () => {
    await list();
    await sleep(IDLE_MS);
    await list();
    expect(questions()).toBe(1);
  }, 30_000);

  it('again after its connections were cut', async () => {
    await list();
    await proxy.refuse();
    await expect(list()).rejects.toMatchObject({ code: 'unavailable', outcomeUnknown: false });
    await proxy.accept();
    await list();
    expect(questions()).toBe(2);
  });

  it('again after a proxy answered instead of it', async () => {
    await list();
    proxy.fail(({ path }) => path.endsWith('/groups'), { answer: 502 });
    await expect(list()).rejects.toMatchObject({ code: 'unavailable' });
    proxy.reset();
    await list();
    expect(questions()).toBe(1);
  });

  it('and sends no write while there is no answer', async () => {
    proxy.fail(isQuestion, 'hang');
    const adding = client.users.add('readiness', { secretKey: 'secret-of-readiness' });
    await expect(adding).rejects.toMatchObject({ code: 'timeout', outcomeUnknown: false });
    expect(others()).toEqual([]);
    proxy.reset();
    proxy.fail(isQuestion, 'drop');
    await expect(client.groups.addMembers('readiness', [])).rejects.toMatchObject({
      code: 'unavailable',
      outcomeUnknown: false,
    });
    expect(proxy.calls.every((call) => isQuestion(call) || call.path.startsWith('/minio/health/'))).toBe(
      true,
    );
  });
});
