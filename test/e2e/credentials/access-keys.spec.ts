import { outcome } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const ENDED = 'InvalidAccessKeyId';

describe('access keys', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  }, START_MS);
  afterAll(() => stack?.stop());

  const issue = (user: string, body: unknown) => stack.person(user).post(`/users/${user}/access-keys`, body);
  const lists = (user: string, keys: any) => outcome(() => stack.s3(keys).list(BUCKET, homeOf(user)));
  const itemsOf = async (user: string) =>
    (await stack.person(user).get(`/users/${user}/access-keys`)).body.items;

  it('create the user at first use, work below its home, are shown once', async () => {
    const { status, body, headers } = await issue('alice', { name: 'nightly export' });
    expect([status, headers['cache-control']]).toEqual([201, 'no-store']);
    expect(body).toEqual({
      name: 'nightly export',
      access_key: expect.stringMatching(/^[A-Z0-9]{20}$/),
      secret_key: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
      expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      endpoint: stack.minio.endpoint,
      region: 'us-east-1',
    });
    const days = (Date.parse(body.expiration) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    const s3 = stack.s3(body);
    await s3.put(BUCKET, `${homeOf('alice')}x`, 'by a key');
    expect(await s3.get(BUCKET, `${homeOf('alice')}x`)).toBe('by a key');
    expect(await lists('alice2', body)).toBe('AccessDenied');
    expect(await itemsOf('alice')).toEqual([
      { name: 'nightly export', access_key: body.access_key, expiration: body.expiration },
    ]);
  });

  it('end by DELETE, each by itself; one that is not there is fine', async () => {
    const [one, two] = [(await issue('bob', { name: 'b' })).body, (await issue('bob', { name: 'a' })).body];
    expect((await itemsOf('bob')).map(({ name }: any) => name)).toEqual(['a', 'b']);
    const bob = stack.person('bob');
    expect((await bob.delete(`/users/bob/access-keys/${one.access_key}`)).status).toBe(204);
    expect([await lists('bob', one), await lists('bob', two)]).toEqual([ENDED, 'ok']);
    for (const key of [one.access_key, 'ABCDEFGHIJ0123456789', 'bob', stack.minio.accessKey]) {
      expect((await bob.delete(`/users/bob/access-keys/${key}`)).status).toBe(204);
    }
    expect(await itemsOf('bob')).toEqual([
      { name: 'a', access_key: two.access_key, expiration: two.expiration },
    ]);
  });

  it("of another person are out of a user's reach", async () => {
    const theirs = (await issue('carol', { name: 'k' })).body;
    const { body: pair } = await stack.person('dave').post('/users/dave');
    expect((await stack.person('dave').delete(`/users/dave/access-keys/${theirs.access_key}`)).status).toBe(
      204,
    );
    expect((await stack.person('dave').delete(`/users/carol/access-keys/${theirs.access_key}`)).status).toBe(
      403,
    );
    expect([await lists('carol', theirs), await lists('dave', pair)]).toEqual(['ok', 'ok']);
  });

  it.each(['a', 'Z', 'A b_c-D9', 'x'.repeat(32)])('may be called %j', async (name) => {
    const { status, body } = await issue('eve', { name });
    expect([status, body.name]).toEqual([201, name]);
    expect((await itemsOf('eve')).map((item: any) => item.name)).toContain(name);
  });

  it.each(['', '1a', ' a', '-a', 'x'.repeat(33), 'a/b', 'a.b', 'naïve', 'a\n', 'a\u0000'])(
    'may not be called %j',
    async (name) => {
      const { status, body } = await issue('eve', { name });
      expect([status, body.errors]).toEqual([422, [{ field: 'name', rule: expect.any(String) }]]);
    },
  );

  it('need a name that is a text', async () => {
    for (const body of [undefined, {}, { name: null }, { name: 7 }, { name: ['a'] }]) {
      const answer = await issue('eve', body);
      expect([body, answer.status, answer.body.errors[0].field]).toEqual([body, 400, 'name']);
    }
  });

  it.each([960, 31_535_000])('may last %d seconds, and MinIO knows', async (seconds) => {
    const before = Date.now();
    const { status, body } = await issue('frank', { name: 'k', expires_in_seconds: seconds });
    expect(status).toBe(201);
    const end = Date.parse(body.expiration);
    expect(end).toBeGreaterThanOrEqual(before + seconds * 1000 - 1000);
    expect(end).toBeLessThanOrEqual(Date.now() + seconds * 1000);
    expect((await stack.root.accessKeys.info(body.access_key)).expiration).toEqual(new Date(end));
    expect(await lists('frank', body)).toBe('ok');
  });

  it.each([
    [959, 422],
    [31_535_001, 422],
    [0, 422],
    [-1, 422],
    [960.5, 400],
    ['960', 400],
    [1e300, 422],
  ])('may not last %p seconds: %d', async (seconds, status) => {
    const answer = await issue('frank', { name: 'k', expires_in_seconds: seconds });
    expect([answer.status, answer.body.errors[0].field]).toEqual([status, 'expires_in_seconds']);
  });

  it('are fifty at the most, also when many are asked for at once', async () => {
    await stack.person('grace').post('/users/grace');
    const expiration = new Date(Date.now() + 3_600_000);
    const made = Array.from({ length: 47 }, (_, index) => `MADEBYHAND${String(index).padStart(10, '0')}`);
    for (const accessKey of made) {
      const key = { targetUser: 'grace', accessKey, secretKey: 'x'.repeat(40), name: 'k', expiration };
      await stack.root.accessKeys.add(key);
    }
    const asked = await Promise.all(Array.from({ length: 6 }, () => issue('grace', { name: 'late' })));
    expect(asked.map(({ status }) => status).sort()).toEqual([201, 201, 201, 422, 422, 422]);
    const refused = asked.find(({ status }) => status === 422);
    expect(refused?.body).toMatchObject({ code: 'too_many_access_keys', errors: [{ field: 'name' }] });
    expect(await stack.root.accessKeys.list('grace')).toHaveLength(50);
    for (const { status, body } of asked) if (status === 201) expect(await lists('grace', body)).toBe('ok');
    await stack.person('grace').delete(`/users/grace/access-keys/${made[0]}`);
    expect((await issue('grace', { name: 'again' })).status).toBe(201);
    expect((await issue('grace', { name: 'again' })).status).toBe(422);
  });
});
