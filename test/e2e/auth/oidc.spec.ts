import { createHmac } from 'node:crypto';
import { AUDIENCE, Issuer } from '../../support/auth/issuer.js';
import { problemOf } from '../../support/service/problems.js';
import { ADMIN_ROLE, type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const soon = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

describe('people of an OIDC issuer', () => {
  let stack: Stack;
  let issuer: Issuer;

  beforeAll(async () => {
    issuer = await Issuer.start();
    stack = await startStack({
      env: {
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: `${AUDIENCE},lake`,
        OIDC_USER_PREFIX: 'oidc-',
        OIDC_ROLES_CLAIM: 'realm_access.roles',
        OIDC_ADMIN_ROLES: 'lake-admin',
      },
    });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await issuer?.stop();
  });

  const holder = async (...made: Parameters<Issuer['token']>): Promise<Caller> =>
    stack.caller(await issuer.token(...made));
  const me = async (...made: Parameters<Issuer['token']>) => (await holder(...made)).get('/me');

  it('reach their own home under the prefix of their directory', async () => {
    const alice = await holder();
    expect((await alice.get('/me')).body).toEqual({
      user_name: 'oidc-alice',
      kind: 'person',
      admin: false,
      scopes: [],
      home_path: 's3a://cdm-lake/users-warehouse/oidc-alice/',
      home_paths: ['s3a://cdm-lake/users-warehouse/oidc-alice/'],
      endpoint: stack.minio.endpoint,
      region: 'us-east-1',
      page_url: null,
      credentials_end_at: null,
      groups: [],
    });
    const { status, body } = await alice.post('/users/oidc-alice/sessions');
    expect(status).toBe(201);
    const s3 = stack.s3(body);
    await s3.put('cdm-lake', 'users-warehouse/oidc-alice/data', 'mine');
    expect((await alice.post('/users/alice/sessions')).status).toBe(403);
    expect((await stack.person('alice').post('/users/oidc-alice/sessions')).status).toBe(403);
  });

  it('are administrators by a role in a nested claim', async () => {
    expect(
      (await me({ realm_access: { roles: ['lake-admin'] }, preferred_username: 'root1' })).body.admin,
    ).toBe(true);
    expect((await me({ roles: ['lake-admin'] })).body.admin).toBe(false);
    expect((await me({ 'realm_access.roles': 'lake-admin' })).body.admin).toBe(true);
  });

  it.each<[string, object, boolean]>([
    ['the names in a text', { roles: 'other lake-admin' }, false],
    ['a text that is a role', { roles: 'lake-admin' }, true],
    ['a role with a space in it', { roles: ['Print lake-admin', 'lake-admin 2'] }, false],
    ['the keys of an object', { roles: { 'lake-admin': { org: 'acme' } } }, true],
    ['the values of an object', { roles: { other: 'lake-admin' } }, false],
    ['something else', { roles: 7 }, false],
  ])('are administrators by what the claim gives: %s', async (_, realm_access, admin) => {
    expect((await me({ realm_access })).body.admin).toBe(admin);
  });

  it('and an administrator of the service are told once when a claim of the configuration is of no use', async () => {
    await me({ realm_access: undefined, jti: 'missing' });
    await me({ realm_access: { roles: null }, jti: 'null' });
    const said = stack.service.logs().match(/the claim realm_access\.roles of OIDC_ROLES_CLAIM/g);
    expect(said).toHaveLength(1);
  });

  it.each([
    ['a claim of its own', { typ: 'ID' }],
    ['the hash of an access token', { at_hash: 'MTIzNDU2Nzg5MDEyMzQ1Ng' }],
    ['the nonce of a login', { nonce: 'n-0S6_WzA2Mj' }],
  ])('are not let in with an ID token: %s', async (_, claims) => {
    expect(problemOf(await me(claims))).toEqual([401, 'unauthenticated']);
    expect((await me({ typ: 'Bearer' })).status).toBe(200);
  });

  it.each([
    ['an audience among several', () => ({ aud: ['other', 'lake'] })],
    ['a clock that is 30 seconds behind', () => ({ nbf: soon(30), iat: soon(30) })],
    ['an end 30 seconds ago', () => ({ exp: soon(-30) })],
  ])('are let in with %s', async (_, claims) => {
    expect((await me(claims())).status).toBe(200);
  });

  it.each([
    ['another audience', () => ({ aud: 'portal' })],
    ['no audience', () => ({ aud: undefined })],
    ['another issuer', () => ({ iss: 'https://evil.example.org' })],
    ['no end', () => ({ exp: undefined })],
    ['an end two minutes ago', () => ({ exp: soon(-120) })],
    ['a beginning in two minutes', () => ({ nbf: soon(120) })],
  ])('are refused with %s', async (_, claims) => {
    expect(problemOf(await me(claims()))).toEqual([401, 'unauthenticated']);
  });

  it.each([
    ['no name', { preferred_username: undefined }],
    ['a name of upper case', { preferred_username: 'Alice' }],
    ['a name with a slash', { preferred_username: '../bob' }],
    ['a name that is no text', { preferred_username: ['alice'] }],
  ])('are told why %s is of no use', async (_, claims) => {
    const answer = await me(claims);
    expect(problemOf(answer)).toEqual([403, 'forbidden']);
    expect(answer.body.detail).toContain('preferred_username');
  });

  it('are refused with a token whose signature is not the issuer’s', async () => {
    const token = await issuer.token();
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
    const bob = encode({ ...claims, preferred_username: 'bob' });
    // RFC 8725 section 2.1: no algorithm, and the public key taken for a shared secret
    const shared = `${encode({ alg: 'HS256', kid: issuer.jwk.kid })}.${payload}`;
    const forged = [
      `${header}.${bob}.${signature}`,
      `${encode({ alg: 'none' })}.${payload}.`,
      `${shared}.${createHmac('sha256', JSON.stringify(issuer.jwk)).update(shared).digest('base64url')}`,
      `${header}.${payload}.${signature.slice(2)}AA`,
      await issuer.token({}, { typ: 'logout+jwt' }),
      await issuer.token({}, { kid: 'unknown' }),
    ];
    for (const each of forged)
      expect(problemOf(await stack.caller(each).get('/me'))).toEqual([401, 'unauthenticated']);
  });

  it('come with a token of a new key at once, and with one of a withdrawn key no longer', async () => {
    const before = await issuer.token({ jti: 'before' });
    expect((await stack.caller(before).get('/me')).status).toBe(200);
    await issuer.rotate('ES256');
    expect((await me()).status).toBe(200);
    await issuer.rotate('EdDSA', true);
    expect((await me()).status).toBe(200);
    expect(issuer.asked.discovery).toBe(1);
  });

  it('are not looked for at KBase, nor KBase’s people at the issuer', async () => {
    const hits = stack.kbase.hits.length;
    await me({ aud: 'portal' });
    expect(stack.kbase.hits.length).toBe(hits);
    const asked = issuer.asked.keys;
    expect((await stack.person('bob').get('/me')).body.user_name).toBe('bob');
    expect(issuer.asked.keys).toBe(asked);
  });

  it('lose no name to somebody of KBase who is called the same', async () => {
    await stack.restart({ OIDC_USER_PREFIX: 'oidc_' });
    expect((await me()).body.user_name).toBe('oidc_alice');
    expect(problemOf(await stack.person('oidc_alice', [ADMIN_ROLE]).get('/me'))).toEqual([403, 'forbidden']);
    expect((await stack.person('bob').get('/me')).status).toBe(200);
  });

  it.each(['hang', 500] as const)(
    'wait while the issuer is away (%s): 503, and who is known goes on',
    async (fault) => {
      await stack.restart();
      const known = await holder();
      expect((await known.get('/me')).status).toBe(200);
      issuer.fault = fault;
      expect((await known.get('/me')).status).toBe(200);
      // its key is known: nothing has to be asked
      expect((await me({ jti: 'another' })).status).toBe(200);
      await stack.restart();
      const answer = await me();
      expect(problemOf(answer)).toEqual([503, 'auth_unavailable']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      issuer.fault = undefined;
      expect((await me()).status).toBe(200);
    },
  );

  it('are not taken from an issuer whose document names another one', async () => {
    issuer.lies = { issuer: 'https://evil.example.org' };
    await stack.restart();
    expect(problemOf(await me())).toEqual([503, 'auth_unavailable']);
    const { checks } = (await stack.admin.get('/admin/doctor')).body;
    expect(checks).toContainEqual(expect.objectContaining({ name: 'oidc', verdict: 'failed' }));
    issuer.lies = {};
    expect((await me()).status).toBe(200);
  });
});
