import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { type KbaseStub, startKbaseStub } from '../../support/people/kbase.js';
import { type PostgresServer, hasPostgres, startPostgres } from '../../support/servers/postgres.js';

const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

describe('the KBase stub', () => {
  let stub: KbaseStub;
  beforeAll(async () => {
    stub = await startKbaseStub({
      tokens: {
        good: { user: 'alice', customroles: ['CDM'] },
        old: { user: 'bob', expires: Date.now() - 1 },
        off: { user: 'carol', disabled: true },
      },
      cachefor: 1234,
    });
  });
  afterAll(() => stub.stop());

  const ask = async (path: string, authorization?: string, accept = 'application/json') => {
    const headers = { accept, ...(authorization === undefined ? {} : { authorization }) };
    const response = await fetch(stub.url + path, { headers });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  };
  const error = (answer: { text: string }) => JSON.parse(answer.text).error;

  it('knows a raw token only', async () => {
    const token = await ask('/api/V2/token', 'good');
    expect(JSON.parse(token.text)).toMatchObject({
      type: 'Login',
      user: 'alice',
      cachefor: 1234,
      name: null,
    });
    expect(JSON.parse((await ask('/api/V2/me', 'good')).text)).toMatchObject({
      user: 'alice',
      customroles: ['CDM'],
    });
    expect(JSON.parse((await ask('/')).text).servicename).toBe('Authentication Service');
    const refused = await ask('/api/V2/token', 'Bearer good');
    expect([refused.status, error(refused).appcode, error(refused).message]).toEqual([
      401,
      10020,
      '10020 Invalid token',
    ]);
    expect(error(await ask('/api/V2/me', 'old')).appcode).toBe(10020);
    const disabled = await ask('/api/V2/token', 'off');
    expect([disabled.status, error(disabled).message]).toEqual([403, '20010 Account disabled']);
  });

  it('lists the names of those who exist and are not disabled', async () => {
    const list = await ask('/api/V2/users?list=alice,%20carol,nobody', 'good');
    expect([list.status, JSON.parse(list.text)]).toEqual([200, { alice: 'alice' }]);
    expect(JSON.parse((await ask('/api/V2/users', 'good')).text)).toEqual({});
    expect((await ask('/api/V2/users?list=alice', 'bad')).status).toBe(401);
    const illegal = await ask('/api/V2/users?list=alice,kc-bob', 'good');
    expect([illegal.status, error(illegal).appcode]).toEqual([400, 30010]);
  });

  it('answers with the envelope of the real one', async () => {
    expect(error(await ask('/api/V2/token'))).toEqual({
      httpcode: 400,
      httpstatus: 'Bad Request',
      appcode: 10010,
      apperror: 'No authentication token',
      message: '10010 No authentication token: No user token provided',
      callid: expect.any(String),
      time: expect.any(Number),
    });
  });

  it.each(['*/*', 'text/html', 'text/html, application/json;q=0.5', ''])(
    'gives a web page to Accept: %s',
    async (accept) => {
      expect((await ask('/api/V2/token', 'good', accept)).type).toBe('text/html');
    },
  );

  it('changes at run time, counts, fails as told and comes back', async () => {
    stub.hits.length = 0;
    stub.setToken('later', { user: 'dave' });
    expect((await ask('/api/V2/token', 'later')).status).toBe(200);
    stub.removeToken('later');
    expect((await ask('/api/V2/token', 'later')).status).toBe(401);
    expect([stub.count(), stub.count('/api/V2/token'), stub.count('/api/V2/me')]).toEqual([2, 2, 0]);
    stub.fault = 503;
    expect((await ask('/api/V2/token', 'good')).status).toBe(503);
    stub.fault = 'drop';
    await expect(ask('/api/V2/token', 'good')).rejects.toThrow('fetch failed');
    stub.fault = 'hang';
    await expect(fetch(stub.url, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
    stub.fault = undefined;
    const { url } = stub;
    await stub.stop();
    await expect(ask('/')).rejects.toThrow('fetch failed');
    await stub.start();
    expect(stub.url).toBe(url);
    expect((await ask('/api/V2/token', 'good')).status).toBe(200);
  });
});

(hasPostgres() ? describe : describe.skip)('a real PostgreSQL', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });

  it('makes databases, also copies, and is gone after stop', async () => {
    const first = await postgres.createDatabase('first');
    await query(first, 'create table t as select 7 as n');
    const copy = await postgres.createDatabase(undefined, 'first');
    expect(copy).not.toBe(first);
    expect(await query(copy, 'select n from t')).toEqual([{ n: 7 }]);
    const { pid } = postgres;
    expect(isAlive(pid)).toBe(true);
    await postgres.stop();
    expect(isAlive(pid)).toBe(false);
  });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
