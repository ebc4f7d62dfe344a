import { setTimeout as sleep } from 'node:timers/promises';
import { outcome } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { slow } from '../../support/slow.js';

const REVOKED = 'InvalidAccessKeyId';
const WRONG_SECRET = 'SignatureDoesNotMatch';

describe('rotation', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ proxied: true });
  }, START_MS);
  afterAll(() => stack?.stop());

  const lists = (user: string, keys: any) => outcome(() => stack.s3(keys).list(BUCKET, homeOf(user)));

  /** A user with one credential of each kind. */
  async function userWithAll(user: string) {
    const caller = stack.person(user);
    const pair = (await caller.post(`/users/${user}`)).body;
    const session = (await caller.post(`/users/${user}/sessions`)).body;
    const key = (await caller.post(`/users/${user}/access-keys`, { name: 'tool' })).body;
    const works = async () => [await lists(user, pair), await lists(user, session), await lists(user, key)];
    expect(await works()).toEqual(['ok', 'ok', 'ok']);
    return { caller, pair, works };
  }

  it('ends the old pair and no session or access key', async () => {
    const { caller, pair, works } = await userWithAll('amy');
    for (const body of [undefined, {}, { rotate: true }]) {
      const answer = await caller.post('/users/amy', body);
      expect([answer.status, answer.body.rotated, answer.body.created]).toEqual([200, true, false]);
      expect(answer.body.access_key).toBe(pair.access_key);
      expect(answer.body.secret_key).not.toBe(pair.secret_key);
      expect(await lists('amy', answer.body)).toBe('ok');
      expect(await works()).toEqual([WRONG_SECRET, 'ok', 'ok']);
    }
  });

  it.each<[Record<string, boolean>, string[]]>([
    [{ revoke_sessions: true }, [WRONG_SECRET, REVOKED, 'ok']],
    [{ revoke_access_keys: true }, [WRONG_SECRET, 'ok', REVOKED]],
    [{ revoke_sessions: true, revoke_access_keys: true }, [WRONG_SECRET, REVOKED, REVOKED]],
    [{ rotate: false, revoke_sessions: true }, ['ok', REVOKED, 'ok']],
    [{ rotate: false, revoke_access_keys: true }, ['ok', 'ok', REVOKED]],
  ])('ends what it is told to: %j', async (body, expected) => {
    const user = `u${JSON.stringify(body).replace(/\W/g, '')}`;
    const { caller, pair, works } = await userWithAll(user);
    const answer = await caller.post(`/users/${user}`, body);
    expect([answer.status, answer.body.rotated]).toEqual([200, body.rotate !== false]);
    expect(answer.body.secret_key === pair.secret_key).toBe(body.rotate === false);
    expect(await works()).toEqual(expected);
    expect(await lists(user, answer.body)).toBe('ok');
    expect(await lists(user, (await caller.post(`/users/${user}/sessions`)).body)).toBe('ok');
  });

  it('{"rotate": false} gives the present pair, changes nothing and asks nothing of MinIO', async () => {
    const { caller, pair, works } = await userWithAll('ann');
    const before = await stack.state();
    stack.proxy.reset();
    for (let time = 0; time < 3; time++) {
      const answer = await caller.post('/users/ann', { rotate: false });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ ...pair, created: false, rotated: false });
    }
    expect(stack.proxy.calls).toEqual([]);
    expect(await stack.state()).toEqual(before);
    expect(await works()).toEqual(['ok', 'ok', 'ok']);
  });

  it('{"rotate": false} creates a user that is new', async () => {
    const { status, body } = await stack.person('new').post('/users/new', { rotate: false });
    expect([status, body.created, body.rotated]).toEqual([201, true, false]);
    expect(await lists('new', body)).toBe('ok');
  });
});

describe('sessions', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ proxied: true });
    await stack.person('alice').post('/users/alice');
  }, START_MS);
  afterAll(() => stack?.stop());

  const open = (body?: object) => stack.person('alice').post('/users/alice/sessions', body);
  const lists = (keys: any) => outcome(() => stack.s3(keys).list(BUCKET, homeOf('alice')));

  it('are one call to MinIO each, independent, and reach the home only', async () => {
    stack.proxy.reset();
    const [one, two] = [await open(), await open({})];
    expect(stack.proxy.calls.map(({ method, path, accessKey }) => [method, path, accessKey])).toEqual([
      ['POST', '/', 'alice'],
      ['POST', '/', 'alice'],
    ]);
    expect([one.status, two.status, one.headers['cache-control']]).toEqual([201, 201, 'no-store']);
    expect(one.body).toEqual({
      user_name: 'alice',
      access_key: expect.any(String),
      secret_key: expect.any(String),
      session_token: expect.any(String),
      expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      endpoint: stack.minio.endpoint,
      region: 'us-east-1',
      home_path: 's3a://cdm-lake/users-warehouse/alice/',
    });
    for (const field of ['access_key', 'secret_key', 'session_token']) {
      expect(one.body[field]).not.toBe(two.body[field]);
    }
    const s3 = stack.s3(one.body);
    await s3.put(BUCKET, `${homeOf('alice')}x`, 'by a session');
    expect(await stack.s3(two.body).get(BUCKET, `${homeOf('alice')}x`)).toBe('by a session');
    expect(await outcome(() => s3.list(BUCKET, homeOf('alice2')))).toBe('AccessDenied');
    const withoutToken = { ...one.body, session_token: undefined };
    expect(await lists(withoutToken)).not.toBe('ok');
  });

  it('create the user at first use', async () => {
    const { status, body } = await stack.person('fresh').post('/users/fresh/sessions');
    expect(status).toBe(201);
    expect(await stack.s3(body).list(BUCKET, homeOf('fresh'))).toEqual([homeOf('fresh')]);
  });

  it('end all at once by DELETE, while pair and access keys go on', async () => {
    const alice = stack.person('alice');
    const pair = (await alice.post('/users/alice', { rotate: false })).body;
    const key = (await alice.post('/users/alice/access-keys', { name: 'k' })).body;
    const opened = [(await open()).body, (await open({ duration_seconds: 43_200 })).body];
    expect((await alice.delete('/users/alice/sessions')).status).toBe(204);
    for (const session of opened) expect(await lists(session)).toBe(REVOKED);
    expect([await lists(pair), await lists(key), await lists((await open()).body)]).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
    expect((await alice.delete('/users/alice/sessions')).status).toBe(204);
  });

  it.each([900, 3600, 43_200])('of %d seconds end then, and MinIO knows', async (seconds) => {
    const before = Math.floor(Date.now() / 1000);
    const { body } = await open(seconds === 3600 ? {} : { duration_seconds: seconds });
    const end = Date.parse(body.expiration) / 1000;
    expect(end).toBeGreaterThanOrEqual(before + seconds);
    expect(end).toBeLessThanOrEqual(Date.now() / 1000 + seconds + 1);
    const held = await stack.root.accessKeys.infoAny(body.access_key);
    expect(held.expiration).toEqual(new Date(body.expiration));
    expect(held.userType).toBe('STS');
  });

  it.each([
    [899, 422],
    [43_201, 422],
    [-900, 422],
    [900.5, 400],
    ['3600', 400],
    [true, 400],
  ])('of %p are refused with %d', async (seconds, status) => {
    const answer = await open({ duration_seconds: seconds });
    expect([answer.status, answer.body.errors[0].field]).toEqual([status, 'duration_seconds']);
  });

  // MinIO's shortest session is a quarter of an hour and its clock cannot be moved: seen only when asked for.
  slow.it(
    'are refused by MinIO after their end',
    async () => {
      const { body } = await open({ duration_seconds: 900 });
      const key = (
        await stack.person('alice').post('/users/alice/access-keys', { name: 'k', expires_in_seconds: 960 })
      ).body;
      await sleep(Date.parse(body.expiration) - Date.now() - 10_000);
      expect(await lists(body)).toBe('ok');
      await sleep(15_000);
      expect(await lists(body)).not.toBe('ok');
      await sleep(Date.parse(key.expiration) - Date.now() + 5000);
      expect(await lists(key)).not.toBe('ok');
      const { body: left } = await stack.person('alice').get('/users/alice/access-keys');
      expect(left.items.map((item: any) => item.access_key)).not.toContain(key.access_key);
    },
    1_100_000,
  );
});
