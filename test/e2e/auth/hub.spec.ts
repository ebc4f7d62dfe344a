import { createHash, randomBytes } from 'node:crypto';
import { type HubToken, HubStub, serverScopes } from '../../support/auth/hub-stub.js';
import { Issuer } from '../../support/auth/issuer.js';
import { problemOf } from '../../support/service/problems.js';
import { ADMIN_ROLE, type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** As `secrets.token_hex` of the hub makes them. */
const hubToken = (): string => randomBytes(16).toString('hex');
/** As KBase's auth service makes them: base 32. */
const kbaseToken = (): string =>
  Array.from(randomBytes(32), (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('');

describe('people of a JupyterHub', () => {
  const service = `svc_${randomBytes(16).toString('hex')}`;
  let stack: Stack;
  let hub: HubStub;
  let issuer: Issuer;

  beforeAll(async () => {
    [hub, issuer] = await Promise.all([HubStub.start(), Issuer.start()]);
    const sha256 = createHash('sha256').update(service).digest('hex');
    stack = await startStack({
      env: {
        JUPYTERHUB_API_URL: hub.url,
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: 'lake',
        OIDC_USER_PREFIX: 'oidc_',
        SERVICE_TOKENS: JSON.stringify([{ name: 'spawner', sha256, scopes: ['credentials'] }]),
      },
    });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await Promise.all([hub?.stop(), issuer?.stop()]);
  });

  const holder = (token: HubToken): Caller => {
    const text = hubToken();
    hub.set(text, token);
    return stack.caller(text);
  };

  it('get credentials with the token of their own server, in the form in which AWS SDKs send it', async () => {
    const alice = holder({ name: 'alice' });
    expect((await alice.get('/me')).body).toMatchObject({ user_name: 'alice', kind: 'person', admin: false });
    const { status, body } = await alice.get('/credentials/aws', { token: alice.token });
    expect(status).toBe(200);
    const s3 = stack.s3({
      access_key: body.AccessKeyId,
      secret_key: body.SecretAccessKey,
      session_token: body.Token,
    });
    await s3.put('cdm-lake', 'users-warehouse/alice/data', 'mine');
    expect(problemOf(await alice.get('/users/bob'))).toEqual([403, 'forbidden']);
    expect(hub.shown.filter((each) => each === alice.token)).toHaveLength(1);
  });

  it('are taken for their person with a named server’s token, one they made themselves, and at a hub that tells no scopes', async () => {
    for (const scopes of [
      ['access:servers!server=alice/gpu'],
      ['access:servers!user=alice', 'tokens!user=alice'],
      null,
    ])
      expect((await holder({ name: 'alice', scopes }).get('/me')).body.user_name).toBe('alice');
  });

  it('are not impersonated by a service or another person’s server that they have visited', async () => {
    const visits = [
      serverScopes('mallory').map((each) =>
        each.replace('read:users:name!user=mallory', 'read:users:name!user=alice'),
      ),
      ['read:users:name!user=alice', 'read:users:groups!user=alice', 'access:services!service=dashboard'],
      ['access:servers!server=alice2/'],
      [],
    ];
    for (const scopes of visits)
      expect(problemOf(await holder({ name: 'alice', scopes }).get('/me'))).toEqual([403, 'forbidden']);
    expect(problemOf(await holder({ name: 'culler', kind: 'service' }).get('/me'))).toEqual([
      403,
      'not_a_person',
    ]);
  });

  it('are not taken for people of the issuer, whose names begin otherwise', async () => {
    const answer = await holder({ name: 'oidc_alice' }).post('/users/oidc_alice');
    expect(problemOf(answer)).toEqual([403, 'forbidden']);
    expect(answer.body.detail).toContain('oidc_');
  });

  it.each([
    ['a text', 'access:servers!user=alice'],
    ['an object', { 'access:servers!user=alice': true }],
    ['a list of something else', [['access:servers!user=alice']]],
    ['nothing', null],
  ])('are refused where the hub tells their scopes as %s', async (_, scopes) => {
    const token = hubToken();
    hub.set(token, { name: 'alice', said: { scopes } });
    expect(problemOf(await stack.caller(token).get('/me'))).toEqual([403, 'forbidden']);
  });

  it('are never administrators by a token of the hub, and stay known as such to service tokens', async () => {
    expect((await stack.person('root1', [ADMIN_ROLE]).get('/me')).body.admin).toBe(true);
    const atHub = holder({ name: 'root1' });
    expect((await atHub.get('/me')).body.admin).toBe(false);
    expect((await atHub.get('/admin/users')).status).toBe(403);
    expect(problemOf(await stack.caller(service).post('/users/root1/sessions'))).toEqual([
      403,
      'admin_target',
    ]);
  });

  it('with a name that is none here are told so, and change nothing', async () => {
    for (const name of ['Alice', 'dp-x', 'a/b']) {
      const odd = holder({ name });
      expect((await odd.get('/credentials/aws')).status).toBe(422);
    }
  });

  it('are told apart from KBase’s people: those are asked for at the hub first, then at KBase', async () => {
    const token = kbaseToken();
    stack.kbase.setToken(token, { user: 'carol' });
    expect((await stack.caller(token).get('/me')).body.user_name).toBe('carol');
    const hits = stack.kbase.hits.length;
    expect((await holder({ name: 'alice' }).get('/me')).status).toBe(200);
    expect(stack.kbase.hits.length).toBe(hits);
    // neither a service token nor a JSON web token is shown to either
    const shown = hub.shown.length;
    expect((await stack.caller(service).get('/me')).body).toMatchObject({ kind: 'service', home_path: null });
    expect((await stack.caller('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.').get('/me')).status).toBe(401);
    expect([hub.shown.length, stack.kbase.hits.length]).toEqual([shown, hits]);
    expect((await stack.caller('nobody-knows-this').get('/me')).status).toBe(401);
  });

  it.each(['hang', 'drop', 500] as const)(
    'wait while the hub is away (%s): 503, their tokens are shown to nobody else, and KBase’s people go on',
    async (fault) => {
      const known = holder({ name: 'alice' });
      expect((await known.get('/me')).status).toBe(200);
      const fresh = holder({ name: 'alice' });
      hub.fault = fault;
      const hits = stack.kbase.hits.length;
      const answer = await fresh.get('/me');
      expect(problemOf(answer)).toEqual([503, 'auth_unavailable']);
      expect(JSON.stringify(answer)).not.toContain(fresh.token);
      expect((await known.get('/me')).status).toBe(200);
      expect(stack.kbase.hits.length).toBe(hits);
      const token = kbaseToken();
      stack.kbase.setToken(token, { user: 'carol' });
      expect((await stack.caller(token).get('/me')).body.user_name).toBe('carol');
      hub.fault = undefined;
      expect((await fresh.get('/me')).status).toBe(200);
    },
  );

  it('are found at the doctor’s', async () => {
    const find = async () =>
      (await stack.admin.get('/admin/doctor')).body.checks.find(
        ({ name }: { name: string }) => name === 'jupyterhub',
      );
    expect(await find()).toMatchObject({ verdict: 'ok', detail: 'JupyterHub answers, version 6.1.1' });
    hub.fault = 500;
    expect(await find()).toMatchObject({ verdict: 'failed' });
    hub.fault = undefined;
  });
});
