import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import { ADMIN_ROLE, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const MEMBER = 'LAKE_MEMBER';
const OPERATIONS: [string, string][] = [
  ['GET', '/users/alice'],
  ['POST', '/users/alice'],
  ['POST', '/users/alice/sessions'],
  ['DELETE', '/users/alice/sessions'],
  ['POST', '/users/alice/access-keys'],
  ['GET', '/users/alice/access-keys'],
  ['DELETE', '/users/alice/access-keys/ABCDEFGHIJ0123456789'],
  ['GET', '/credentials/aws'],
  ['GET', '/admin/users'],
  ['DELETE', '/admin/users/alice'],
  ['POST', '/admin/users/alice/disable'],
  ['POST', '/admin/users/alice/enable'],
  ['POST', '/admin/adopt'],
  ['GET', '/admin/doctor'],
  ['GET', '/admin/audit'],
];
const OPEN = ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs'];

describe('tokens', () => {
  let stack: Stack;
  let before: unknown;
  const member = (name: string, ...roles: string[]) => stack.person(name, [MEMBER, ...roles]);
  const ask = (authorization: string | undefined, method = 'GET', path = '/users/alice') =>
    stack.service.request(method, path, authorization === undefined ? {} : { token: authorization });

  beforeAll(async () => {
    stack = await startStack({ env: { KBASE_REQUIRED_ROLES: MEMBER } });
    member('admin', ADMIN_ROLE);
    expect((await member('alice').post('/users/alice')).status).toBe(201);
    before = await stack.state();
  }, START_MS);
  afterAll(() => stack?.stop());

  describe('that are not good', () => {
    const secret = 'S3CRETT0KENTHATNOBODYGAVE0000000';

    it.each([
      ['none', undefined],
      ['an empty header', ''],
      ['Bearer alone', 'Bearer'],
      ['Bearer and a space', 'Bearer '],
      ['an unknown one', `Bearer ${secret}`],
      ['an unknown one without Bearer', secret],
      ['another scheme', `OAuth ${secret}`],
      ['a password', `Basic ${Buffer.from(`alice:${secret}`).toString('base64')}`],
      ['two', `Bearer ${secret} ${secret}`],
      [
        'an AWS signature',
        `AWS4-HMAC-SHA256 Credential=${secret}/20260101/us-east-1/s3/aws4_request, Signature=${secret}`,
      ],
      ['one outside ASCII', Buffer.from(`Bearer ${secret}é`).toString('latin1')],
      ['one of 10 KB', `Bearer ${secret.repeat(320)}`],
      ['an unknown service token', `Bearer svc_${secret}`],
      ['a JSON Web Token', `Bearer ${[{ alg: 'none' }, { sub: 'alice' }].map(part).join('.')}.${secret}`],
    ])('get 401 everywhere and are not repeated: %s', async (_, authorization) => {
      for (const [method, path] of OPERATIONS) {
        const answer = await ask(authorization, method, path);
        expect(problemOf(answer, `${method} ${path}`)).toEqual([401, 'unauthenticated']);
        expect(answer.headers['www-authenticate']).toBe('Bearer');
        expect(JSON.stringify(answer)).not.toContain(secret);
      }
      expect(stack.service.logs()).not.toContain(secret);
    });

    it('change nothing', async () => {
      expect(await stack.state()).toEqual(before);
    });

    it('a JSON Web Token and a service token are not shown to the auth service', async () => {
      const shown = stack.kbase.count();
      await ask(`Bearer ${part({ alg: 'RS256' })}.${part({ sub: 'alice' })}.c2lnbmF0dXJl`);
      await ask('svc_of-nobody');
      expect(stack.kbase.count()).toBe(shown);
    });

    it.each([
      ['expired', { user: 'alice', customroles: [MEMBER], expires: Date.now() - 1000 }],
      ['disabled', { user: 'alice', customroles: [MEMBER], disabled: true }],
      ['of a name that no person has', { user: '***ROOT***', customroles: [MEMBER] }],
    ])('get 401: %s', async (what, entry) => {
      const token = `T${what.replaceAll(' ', '')}`;
      stack.kbase.setToken(token, entry);
      expect(problemOf(await ask(token))).toEqual([401, 'unauthenticated']);
    });

    it('are asked for once in a while only', async () => {
      const before = stack.kbase.count('/api/V2/token');
      for (let time = 0; time < 5; time++) await ask('Bearer ASKEDONCE');
      expect(stack.kbase.count('/api/V2/token')).toBe(before + 1);
    });
  });

  describe('that are good', () => {
    it('may come with or without Bearer, and go to the auth service as they are', async () => {
      const { token } = member('bob');
      for (const header of [token, `Bearer ${token}`, `bearer ${token}`, `BEARER  ${token}`]) {
        expect([header, (await ask(header, 'GET', '/users/bob')).status]).toEqual([header, 200]);
      }
      const tokens = stack.kbase.hits.map((hit) => hit.token);
      expect(tokens.filter((each) => each === token)).toHaveLength(2);
      expect(tokens.filter((each) => /bearer/i.test(each ?? ''))).toEqual([]);
    });

    it('are validated once for all the calls of their time, also when these come at once', async () => {
      const { token } = member('crowd');
      await Promise.all(Array.from({ length: 20 }, () => ask(token, 'GET', '/users/crowd')));
      for (let time = 0; time < 5; time++) await ask(token, 'GET', '/users/crowd');
      const hits = stack.kbase.hits.filter((hit) => hit.token === token).map(({ path }) => path);
      expect(hits.sort()).toEqual(['/api/V2/me', '/api/V2/token']);
    });

    it('are validated again when their time is over', async () => {
      stack.kbase.cachefor = 300;
      const { token } = member('shortly');
      expect((await ask(token, 'GET', '/users/shortly')).status).toBe(200);
      stack.kbase.removeToken(token);
      stack.kbase.cachefor = 300_000;
      await waitFor('the refusal', async () => (await ask(token, 'GET', '/users/shortly')).status === 401);
    });
  });

  it.each([[[]], [['OTHER']], [[ADMIN_ROLE]]])(
    'of somebody with the roles %j only get 403',
    async (roles) => {
      const before = await stack.state();
      const stranger = stack.person(`stranger${roles.join('').toLowerCase()}`, roles);
      for (const [method, path] of OPERATIONS) {
        const answer = await ask(stranger.token, method, path.replace('alice', 'stranger'));
        expect(problemOf(answer, `${method} ${path}`)).toEqual([403, 'missing_role']);
      }
      expect(await stack.state()).toEqual(before);
    },
  );

  it('of somebody who is no administrator get 403 there, in the same form', async () => {
    const before = await stack.state();
    for (const [method, path] of OPERATIONS.filter(([, each]) => each.startsWith('/admin'))) {
      const answer = await ask(member('alice').token, method, path);
      expect(problemOf(answer, `${method} ${path}`)).toEqual([403, 'forbidden']);
    }
    expect(await stack.state()).toEqual(before);
  });

  it.each(OPEN)('are not needed for %s', async (path) => {
    expect((await ask(undefined, 'GET', path)).status).toBe(200);
    expect((await ask('Bearer nonsense', 'GET', path)).status).toBe(200);
  });

  describe('while the auth service', () => {
    let number = 0;
    afterEach(() => (stack.kbase.fault = undefined));

    it.each<[string, () => void, number]>([
      ['hangs', () => (stack.kbase.fault = 'hang'), 3000],
      ['cuts the connection', () => (stack.kbase.fault = 'drop'), 0],
      ['answers 500', () => (stack.kbase.fault = 500), 0],
      ['answers 503', () => (stack.kbase.fault = 503), 0],
      ['answers 404', () => (stack.kbase.fault = 404), 0],
      ['answers 429', () => (stack.kbase.fault = 429), 0],
    ])('%s: 503 within five seconds, and who is known goes on', async (_, breakIt, atLeastMs) => {
      const [known, fresh] = [member('alice'), member(`late${++number}`)];
      expect((await known.get('/users/alice')).status).toBe(200);
      breakIt();
      const started = performance.now();
      const answer = await fresh.post(`/users/late${number}/sessions`);
      const ms = performance.now() - started;
      expect(problemOf(answer)).toEqual([503, 'auth_unavailable']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(ms).toBeGreaterThanOrEqual(atLeastMs);
      expect(ms).toBeLessThan(5000);
      expect(JSON.stringify(answer)).not.toContain(fresh.token);
      expect((await known.post('/users/alice/sessions')).status).toBe(201);
      stack.kbase.fault = undefined;
      expect((await fresh.post(`/users/late${number}/sessions`)).status).toBe(201);
    });

    it('is away: 503, and it is asked again when it is back', async () => {
      const fresh = member('patient');
      await stack.kbase.stop();
      expect(problemOf(await fresh.post('/users/patient'))).toEqual([503, 'auth_unavailable']);
      expect((await member('alice').get('/users/alice')).status).toBe(200);
      expect((await ask(undefined, 'GET', '/readyz')).status).toBe(200);
      await stack.kbase.start();
      expect((await fresh.post('/users/patient')).status).toBe(201);
    });
  });
});

function part(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}
