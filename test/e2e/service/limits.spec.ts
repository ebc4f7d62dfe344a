import { createHash, randomBytes } from 'node:crypto';
import { problemOf } from '../../support/service/problems.js';
import type { Answer } from '../../support/service/service.js';
import { type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const SERVICE = `svc_${randomBytes(20).toString('hex')}`;
const SERVICE_TOKENS = JSON.stringify([
  { name: 'hub', sha256: createHash('sha256').update(SERVICE).digest('hex'), scopes: ['credentials'] },
]);

describe('rate limits', () => {
  let stack: Stack;

  beforeAll(async () => {
    const env = { SERVICE_TOKENS, RATE_LIMIT_CREDENTIALS: '4', RATE_LIMIT_WRITES: '3' };
    stack = await startStack({ env });
  }, START_MS);
  afterAll(() => stack?.stop());

  /** The window is fixed, so a test that crosses its end would count anew: seen by the reset that goes up. */
  function expectLimited(answer: Answer, limit: number) {
    expect(problemOf(answer)).toEqual([429, 'rate_limited']);
    const { headers } = answer;
    expect(headers['retry-after']).toMatch(/^[1-9]\d?$/);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect([headers['ratelimit-limit'], headers['ratelimit-remaining']]).toEqual([String(limit), '0']);
    expect(headers['ratelimit-reset']).toBe(headers['retry-after']);
  }

  it('count credential calls by caller and target, say how many are left, and then refuse', async () => {
    const alice = stack.person('alice');
    const calls = [
      () => alice.post('/users/alice', { rotate: false }),
      () => alice.post('/users/alice/sessions'),
      () => alice.post('/users/alice/access-keys', { name: 'k' }),
      () => alice.get('/credentials/aws'),
    ];
    for (const [index, call] of calls.entries()) {
      const { status, headers } = await call();
      expect([index, status < 300]).toEqual([index, true]);
      expect([headers['ratelimit-limit'], headers['ratelimit-remaining']]).toEqual(['4', String(3 - index)]);
      expect(Number(headers['ratelimit-reset'])).toBeLessThanOrEqual(60);
    }
    const before = await stack.state();
    for (const call of calls) expectLimited(await call(), 4);
    expect(await stack.state()).toEqual(before);
    const others: [Caller, string][] = [
      [stack.admin, 'alice'],
      [stack.admin, 'bob'],
      [stack.caller(SERVICE), 'alice'],
      [stack.caller(SERVICE), 'bob'],
      [stack.person('bob'), 'bob'],
    ];
    for (const [caller, user] of others) {
      expect((await caller.post(`/users/${user}`, { rotate: false })).headers['ratelimit-remaining']).toBe(
        '3',
      );
    }
    expect((await alice.get('/users/alice')).status).toBe(200);
    expect((await alice.get('/users/alice/access-keys')).status).toBe(200);
    expect((await alice.delete('/users/alice/sessions')).status).toBe(204);
  });

  it('count a caller and not a token, and not who never got in', async () => {
    const carol = stack.person('carol');
    for (let time = 0; time < 6; time++) {
      expect((await stack.caller('NOBODYSTOKEN').post('/users/carol')).status).toBe(401);
      expect((await stack.person('mallory').post('/users/carol')).status).toBe(403);
    }
    stack.kbase.setToken('CAROLSOTHERTOKEN', { user: 'carol' });
    for (const caller of [carol, stack.caller('CAROLSOTHERTOKEN'), carol, carol]) {
      expect((await caller.post('/users/carol', { rotate: false })).status).toBeLessThan(300);
    }
    expectLimited(await stack.caller('CAROLSOTHERTOKEN').post('/users/carol'), 4);
  });

  it('count all other writes of a caller together', async () => {
    const writes = [
      '/users/dave/sessions',
      '/users/dave/access-keys/ABCDEFGHIJ0123456789',
      '/users/dave/sessions',
    ];
    for (const path of writes) expect((await stack.person('dave').delete(path)).status).toBe(204);
    expectLimited(await stack.person('dave').delete('/users/dave/sessions'), 3);
    const admin = stack.person('chief', ['MINIO_ADMIN']);
    await admin.post('/admin/users/bob/disable');
    await admin.post('/admin/users/alice/enable');
    await admin.post('/admin/adopt', { users: ['nobody'] });
    expectLimited(await admin.delete('/admin/users/bob'), 3);
    expect((await admin.get('/admin/users')).headers).not.toHaveProperty('ratelimit-limit');
  });

  it('are off with 0', async () => {
    await stack.restart({ RATE_LIMIT_CREDENTIALS: '0', RATE_LIMIT_WRITES: '0' });
    for (let time = 0; time < 8; time++) {
      const answer = await stack.person('alice').post('/users/alice', { rotate: false });
      expect([answer.status, answer.headers['ratelimit-limit']]).toEqual([200, undefined]);
      expect((await stack.person('alice').delete('/users/alice/sessions')).status).toBe(204);
    }
  });

  it('are 120 and 1,200 a minute unless said otherwise', async () => {
    delete stack.env.RATE_LIMIT_CREDENTIALS;
    delete stack.env.RATE_LIMIT_WRITES;
    await stack.restart();
    const alice = stack.person('alice');
    expect((await alice.post('/users/alice', { rotate: false })).headers['ratelimit-limit']).toBe('120');
    expect((await alice.delete('/users/alice/sessions')).headers['ratelimit-limit']).toBe('1200');
  });
});

describe('lists', () => {
  let stack: Stack;
  const names = Array.from({ length: 25 }, (_, index) => `user${String(index).padStart(2, '0')}`);

  beforeAll(async () => {
    stack = await startStack();
    for (const name of names) expect((await stack.person(name).post(`/users/${name}`)).status).toBe(201);
  }, START_MS);
  afterAll(() => stack?.stop());

  async function walk(query: string): Promise<string[][]> {
    const pages: string[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { status, body }: Answer = await stack.admin.get(
        `/admin/users?${query}${cursor && `&cursor=${cursor}`}`,
      );
      expect([status, Object.keys(body).sort()]).toEqual([200, ['items', 'next_cursor', 'total']]);
      pages.push(body.items.map((item: any) => item.user_name));
      cursor = body.next_cursor;
    }
    return pages;
  }

  it.each([
    [1, 26],
    [10, 3],
    [25, 2],
    [26, 1],
    [500, 1],
  ])('are walked with limit %d in %d pages, each user once and in order', async (limit, count) => {
    const pages = await walk(`limit=${limit}`);
    expect(pages).toHaveLength(count);
    // the administrator who asks is known from the first call on
    expect(pages.flat()).toEqual(['admin', ...names]);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
  });

  it('have up to 100 items where no limit is given, each with what an administrator needs', async () => {
    const { body } = await stack.admin.get('/admin/users');
    expect(body.items).toHaveLength(26);
    expect(body.items[1]).toEqual({
      user_name: 'user00',
      last_seen_at: null,
      access_key: 'user00',
      home_path: 's3a://cdm-lake/users-warehouse/user00/',
      status: 'active',
      suspended: null,
      groups: [],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      enforced: true,
      keeps_secret: false,
    });
  });

  it('go on where they were when users come and go', async () => {
    const { body: first } = await stack.admin.get('/admin/users?limit=11');
    await stack.admin.delete('/admin/users/user09');
    await stack.admin.post('/users/user095');
    const { body: second } = await stack.admin.get(`/admin/users?limit=10&cursor=${first.next_cursor}`);
    expect(second.items.map((item: any) => item.user_name)).toEqual(['user095', ...names.slice(10, 19)]);
    await stack.admin.delete('/admin/users/user095');
    await stack.admin.post('/users/user09');
  });

  it('are searched for a part of the name, as it is written', async () => {
    await stack.admin.post('/users/with_underscore');
    expect(await walk('q=user1&limit=4')).toEqual([
      names.slice(10, 14),
      names.slice(14, 18),
      names.slice(18, 20),
    ]);
    expect(await walk('q=_')).toEqual([['with_underscore']]);
    for (const none of ['%25', 'USER', "'", '%5C', '.*']) expect(await walk(`q=${none}`)).toEqual([[]]);
    await stack.admin.delete('/admin/users/with_underscore');
  });

  it.each([
    ['limit=0', 422],
    ['limit=501', 422],
    ['limit=-1', 422],
    ['limit=1.5', 400],
    ['limit=ten', 400],
    ['limit=1&limit=2', 400],
    ['cursor=not*a*cursor', 422],
    ['cursor=%00', 422],
    ['cursor=A', 422],
    [`cursor=${'A'.repeat(2000)}`, 422],
    [`q=${'a'.repeat(101)}`, 422],
    ['q=a&q=b', 400],
    ['page=2', 400],
  ])('refuse %s', async (query, status) => {
    const answer = await stack.admin.get(`/admin/users?${query}`);
    expect(problemOf(answer)[0]).toBe(status);
    expect(answer.body.errors).toHaveLength(1);
  });
});
