import { createHash } from 'node:crypto';
import { runSql } from '../../support/database/sql.js';
import { PageBrowser } from '../../support/page/page-browser.js';
import { problemOf } from '../../support/service/problems.js';
import { type Service, startService } from '../../support/service/service.js';
import { ADMIN_ROLE, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const SERVICE_TOKEN = 'svc_0123456789abcdef0123456789abcdef';
const SERVICE_TOKENS = JSON.stringify([
  { name: 'hub', sha256: createHash('sha256').update(SERVICE_TOKEN).digest('hex'), scopes: ['admin'] },
]);
const HOUR_MS = 3_600_000;

describe('a session of the page', () => {
  let stack: Stack;
  let replica: Service | undefined;
  const browser = (service = () => stack.service) => new PageBrowser(service);
  const loggedIn = async (name: string, roles: string[] = []): Promise<PageBrowser> => {
    const person = browser();
    const answer = await person.login(stack.person(name, roles).token);
    expect([answer.status, answer.body.session?.user_name]).toEqual([200, name]);
    stack.secrets.add('the id of a session', person.sessionId);
    return person;
  };
  const sql = async (statement: string): Promise<any[]> => {
    const [result] = await runSql(stack.env, [statement]);
    if (!result || 'error' in result) throw new Error(result?.error);
    return result.rows;
  };

  beforeAll(async () => {
    stack = await startStack({ embedded: false, env: { SERVICE_TOKENS, SWEEP_INTERVAL_SECONDS: '0' } });
    stack.kbase.cachefor = 1;
  }, START_MS);
  afterAll(async () => {
    await replica?.kill();
    await stack?.stop();
  });

  describe('is opened', () => {
    it('by a token, and is the person from then on, with the API that everybody has', async () => {
      const alice = browser();
      expect((await alice.get('/ui/api/session')).body).toEqual({ session: null, ways: [{ way: 'token' }] });
      const before = Date.now();
      const { body, headers } = await alice.login(stack.person('alice').token);
      expect(headers['cache-control']).toBe('no-store');
      expect(body.session).toEqual({
        user_name: 'alice',
        way: 'token',
        logged_in_at: expect.any(String),
        fresh_until: expect.any(String),
        ends_at: expect.any(String),
      });
      const at = (name: string) => Date.parse(body.session[name]) - before;
      expect(at('fresh_until') / 60_000).toBeCloseTo(15, 0);
      expect(at('ends_at') / HOUR_MS).toBeCloseTo(12, 0);
      expect((await alice.get('/ui/api/session')).body.session).toEqual(body.session);
      expect((await alice.get('/me')).body).toMatchObject({ user_name: 'alice', kind: 'person' });
      expect((await alice.post('/users/alice')).status).toBe(201);
      expect(problemOf(await alice.get('/users/bob'))).toEqual([403, 'forbidden']);
    });

    it('with a cookie that only this host gets, and no script', async () => {
      const alice = await loggedIn('alice');
      expect(alice.told).toEqual([
        expect.stringMatching(/^__Host-lake=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
      ]);
    });

    it('not by the token of a service', async () => {
      const hub = browser();
      expect(problemOf(await hub.login(SERVICE_TOKEN))).toEqual([403, 'not_a_person']);
      expect(hub.told).toEqual([]);
    });

    it.each([
      ['a wrong token', () => ({ token: 'WRONG' }), [401, 'unauthenticated']],
      ['no token', () => ({}), [400, 'malformed_request']],
      ['an empty one', () => ({ token: '' }), [422, 'unprocessable']],
      ['one with a line break', () => ({ token: 'A\r\nB' }), [422, 'unprocessable']],
      ['something else', () => ({ token: ['A'] }), [400, 'malformed_request']],
      ['more', () => ({ token: 'A', way: 'oidc' }), [400, 'malformed_request']],
    ])('not by %s', async (_, body, problem) => {
      const somebody = browser();
      expect(problemOf(await somebody.post('/ui/api/login/token', body()))).toEqual(problem);
      expect(somebody.told).toEqual([]);
    });

    it('not by who is disabled, and does nothing for who becomes disabled', async () => {
      const dora = await loggedIn('dora');
      expect((await stack.admin.post('/admin/users/dora/disable')).status).toBe(200);
      expect(problemOf(await dora.get('/me'))).toEqual([403, 'user_disabled']);
      expect(problemOf(await browser().login(stack.person('dora').token))).toEqual([403, 'user_disabled']);
      expect((await stack.admin.post('/admin/users/dora/enable')).status).toBe(200);
      expect((await dora.get('/me')).status).toBe(200);
    });

    it('by KBase’s cookie after a click, which counts for nothing else', async () => {
      const karl = browser();
      karl.cookies.set('kbase_session', stack.person('karl').token);
      expect(problemOf(await karl.get('/me'))).toEqual([401, 'unauthenticated']);
      const { body } = await karl.get('/ui/api/session');
      expect(body).toEqual({ session: null, ways: [{ way: 'kbase' }, { way: 'token' }] });
      expect((await karl.post('/ui/api/login/kbase')).body.session).toMatchObject({
        user_name: 'karl',
        way: 'kbase',
      });
      expect((await karl.get('/me')).body.user_name).toBe('karl');
      expect(problemOf(await browser().post('/ui/api/login/kbase'))).toEqual([401, 'unauthenticated']);
    });

    it('not as somebody of a demo, where there is none', async () => {
      expect(problemOf(await browser().post('/ui/api/login/demo', { user_name: 'alice' }))).toEqual([
        404,
        'not_found',
      ]);
    });

    it('always with a new id, and the one before ends', async () => {
      const alice = browser();
      const planted = Buffer.alloc(32, 7).toString('base64url');
      alice.cookies.set('__Host-lake', planted);
      await alice.login(stack.person('alice').token);
      const first = alice.sessionId;
      expect(first).not.toBe(planted);
      await alice.login(stack.person('alice').token);
      expect(alice.sessionId).not.toBe(first);
      alice.cookies.set('__Host-lake', first);
      expect(problemOf(await alice.get('/me'))).toEqual([401, 'unauthenticated']);
    });

    it('twenty times by one person at most: then the oldest ends', async () => {
      const first = await loggedIn('mary');
      const second = await loggedIn('mary');
      for (let more = 0; more < 19; more += 1) await loggedIn('mary');
      expect(problemOf(await first.get('/me'))).toEqual([401, 'unauthenticated']);
      expect((await second.get('/me')).status).toBe(200);
    });

    it('with an event of the audit log, as its end is', async () => {
      const ann = await loggedIn('ann');
      await ann.post('/ui/api/logout');
      const { items } = (await stack.admin.get('/admin/audit?subject=ann')).body;
      const actions = items.map(({ action }: { action: string }) => action);
      expect(actions).toEqual(expect.arrayContaining(['page.logged_in', 'page.logged_out']));
    });
  });

  describe('counts for the page itself only', () => {
    const same = 'same-origin';
    it.each<[string, Record<string, string>, string]>([
      ['without the header of the page', { 'sec-fetch-site': same }, 'X-Lake: 1'],
      ['with another value of it', { 'x-lake': 'true', 'sec-fetch-site': same }, 'X-Lake: 1'],
      ['from another site', { 'x-lake': '1', 'sec-fetch-site': 'cross-site' }, 'Sec-Fetch-Site'],
      ['from a sibling of this host', { 'x-lake': '1', 'sec-fetch-site': 'same-site' }, 'Sec-Fetch-Site'],
      ['from the bar of addresses', { 'x-lake': '1', 'sec-fetch-site': 'none' }, 'Sec-Fetch-Site'],
      ['by something that is no browser', { 'x-lake': '1' }, 'Sec-Fetch-Site'],
      ['by a link', {}, 'X-Lake: 1'],
    ])('not %s', async (_, headers, missing) => {
      const alice = await loggedIn('alice');
      for (const [method, path] of [
        ['GET', '/me'],
        ['POST', '/users/alice/sessions'],
      ] as const) {
        const answer = await alice.send(method, path, { headers });
        expect(problemOf(answer)).toEqual([401, 'unauthenticated']);
        expect(answer.body.detail).toContain(missing);
      }
      // nobody is logged in, out or asked about by another page
      expect((await alice.send('GET', '/ui/api/session', { headers })).body.session).toBeNull();
      const { token } = stack.person('mallory');
      for (const [path, body] of [
        ['/ui/api/login/token', { token }],
        ['/ui/api/login/kbase', {}],
        ['/ui/api/login/demo', { user_name: 'mallory' }],
        ['/ui/api/logout', {}],
      ] as const)
        expect(problemOf(await alice.send('POST', path, { headers, body }))).toEqual([403, 'forbidden']);
      expect(await alice.who()).toBe('alice');
    });

    it('and no other page is told that it may ask', async () => {
      const alice = await loggedIn('alice');
      const asks = {
        origin: 'https://evil.example.org',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'x-lake',
        'sec-fetch-site': 'cross-site',
      };
      for (const path of ['/me', '/users/alice/sessions', '/ui/api/session', '/ui/', '/ui/api/login/token'])
        for (const method of ['OPTIONS', 'GET', 'POST']) {
          const { headers } = await alice.send(method, path, { headers: asks });
          expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
        }
    });

    it('and not beside a token, which counts alone', async () => {
      const alice = await loggedIn('alice');
      const bob = { token: `Bearer ${stack.person('bob').token}` };
      expect((await alice.get('/me', bob)).body.user_name).toBe('bob');
      for (const token of ['Bearer WRONG', ''])
        expect(problemOf(await alice.get('/me', { token }))).toEqual([401, 'unauthenticated']);
    });

    it.each(['x', Buffer.alloc(32).toString('base64url'), `${'A'.repeat(43)}=`, '%00', '../../etc'])(
      'and not with an id that nobody has: %s',
      async (id) => {
        const somebody = browser();
        somebody.cookies.set('__Host-lake', id);
        expect(problemOf(await somebody.get('/me'))).toEqual([401, 'unauthenticated']);
      },
    );

    it('and not if there are two cookies of the name', async () => {
      const alice = await loggedIn('alice');
      const cookie = `__Host-lake=${alice.sessionId}; __Host-lake=${alice.sessionId}`;
      const headers = { cookie, 'x-lake': '1', 'sec-fetch-site': same };
      expect(problemOf(await stack.service.request('GET', '/me', { headers }))).toEqual([
        401,
        'unauthenticated',
      ]);
    });
  });

  describe('ends', () => {
    const isOver = async (person: PageBrowser) => {
      expect(problemOf(await person.get('/me'))).toEqual([401, 'unauthenticated']);
      expect(await person.who()).toBeNull();
    };

    it('by a log-out, on every replica', async () => {
      replica ??= await startService({ env: stack.env });
      const alice = await loggedIn('alice');
      const there = browser(() => replica as Service);
      there.cookies.set('__Host-lake', alice.sessionId);
      expect((await there.get('/me')).body.user_name).toBe('alice');
      const { status, body } = await alice.post('/ui/api/logout');
      expect([status, body]).toEqual([200, { end_session_url: null }]);
      expect(alice.told.at(-1)).toMatch(/^__Host-lake=; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=0$/);
      expect(alice.cookies.size).toBe(0);
      await isOver(there);
      // a second time there is nothing to end
      expect((await alice.post('/ui/api/logout')).status).toBe(200);
    });

    it('an hour after its last use, and not before', async () => {
      const alice = await loggedIn('alice');
      const used = (minutes: number) =>
        sql(`update page_session set used_at = clock_timestamp() - interval '${minutes} minutes'`);
      await used(59);
      expect((await alice.get('/me')).status).toBe(200);
      const ago = 'extract(epoch from clock_timestamp() - max(used_at))::int as ago';
      expect(await sql(`select ${ago} from page_session where user_name = 'alice'`)).toEqual([{ ago: 0 }]);
      await used(61);
      await isOver(alice);
    });

    it('after PAGE_SESSION_HOURS, however it is used', async () => {
      const alice = await loggedIn('alice');
      await sql(`update page_session set ends_at = clock_timestamp() - interval '1 second'`);
      await isOver(alice);
    });

    it('with its token, at the latest when that ends by itself', async () => {
      const expires = Date.now() + HOUR_MS;
      stack.kbase.setToken('SHORTLIVED', { user: 'sam', expires });
      const sam = browser();
      const { body } = await sam.login('SHORTLIVED');
      expect(Math.abs(Date.parse(body.session.ends_at) - expires)).toBeLessThan(5000);
      expect((await sam.get('/me')).status).toBe(200);
      stack.kbase.removeToken('SHORTLIVED');
      await new Promise((resolve) => setTimeout(resolve, 5));
      await isOver(sam);
      // for good, also if the token were valid again
      stack.kbase.setToken('SHORTLIVED', { user: 'sam', expires });
      await isOver(sam);
    });

    it('when the token is somebody else’s by now', async () => {
      stack.kbase.setToken('CHANGING', { user: 'uma' });
      const uma = browser();
      await uma.login('CHANGING');
      stack.kbase.setToken('CHANGING', { user: 'ulf' });
      await new Promise((resolve) => setTimeout(resolve, 5));
      await isOver(uma);
    });

    it('not while the auth service is away: 503, and it goes on afterwards', async () => {
      const alice = await loggedIn('alice');
      stack.kbase.fault = 500;
      expect(problemOf(await alice.get('/me'))).toEqual([503, 'auth_unavailable']);
      stack.kbase.fault = undefined;
      expect((await alice.get('/me')).status).toBe(200);
    });
  });

  it('loses a role as soon as its token does', async () => {
    const chief = await loggedIn('chief', [ADMIN_ROLE]);
    expect((await chief.get('/admin/users')).status).toBe(200);
    stack.kbase.setToken(stack.person('chief').token, { user: 'chief' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(problemOf(await chief.get('/admin/users'))).toEqual([403, 'forbidden']);
  });

  it('is of no use to who has stolen the database', async () => {
    const alice = await loggedIn('alice');
    const { token } = stack.person('alice');
    const rows = await sql('select * from page_session order by created_at desc');
    const stolen = JSON.stringify(rows);
    expect(stolen).not.toContain(token);
    expect(stolen).not.toContain(alice.sessionId);
    const thief = browser();
    const [{ id_hash: hash, sealed }] = rows;
    for (const id of [hash, sealed.slice(0, 43), Buffer.from(hash, 'hex').toString('base64url')]) {
      thief.cookies.set('__Host-lake', id);
      expect(problemOf(await thief.get('/me'))).toEqual([401, 'unauthenticated']);
    }
    // nor to who can write it: a row of one's own opens no token of another row
    const mallory = await loggedIn('mallory');
    const hashOf = (id: string) => createHash('sha256').update(id).digest('hex');
    await sql(`update page_session set user_name = 'alice',
      sealed = (select sealed from page_session where id_hash = '${hashOf(alice.sessionId)}')
      where id_hash = '${hashOf(mallory.sessionId)}'`);
    expect(problemOf(await mallory.get('/me'))).toEqual([401, 'unauthenticated']);
  });

  it('is not found by trying tokens: an address that is refused too often waits', async () => {
    const mallory = browser();
    const attempts = [];
    for (let each = 0; each < 40; each += 1) attempts.push(await mallory.login(`WRONG${each}`));
    const limited = attempts.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThanOrEqual(20);
    const [answer] = limited;
    expect(problemOf(answer!)).toEqual([429, 'rate_limited']);
    expect(Number(answer!.headers['retry-after'])).toBeGreaterThan(0);
    const asked = stack.kbase.hits.length;
    // nothing is tried any more, a right token neither
    expect((await mallory.login(stack.person('alice').token)).status).toBe(429);
    expect(stack.kbase.hits.length).toBe(asked);
    expect(stack.allLogs()).not.toContain('WRONG1');
  });

  it('lasts as long as PAGE_SESSION_HOURS says, and in a demo is one click away', async () => {
    const tokens = { alice: stack.person('alice').token, nobody: 'WRONG' };
    await stack.restart({ PAGE_SESSION_HOURS: '1', PAGE_DEMO_TOKENS: JSON.stringify(tokens) });
    const alice = browser();
    const ways = [{ way: 'demo', people: ['alice', 'nobody'] }, { way: 'token' }];
    expect((await alice.get('/ui/api/session')).body.ways).toEqual(ways);
    const { body } = await alice.post('/ui/api/login/demo', { user_name: 'alice' });
    expect(body.session).toMatchObject({ user_name: 'alice', way: 'demo' });
    expect((Date.parse(body.session.ends_at) - Date.now()) / HOUR_MS).toBeCloseTo(1, 1);
    for (const [name, problem] of [
      ['nobody', [401, 'unauthenticated']],
      ['mallory', [404, 'not_found']],
      ['__proto__', [404, 'not_found']],
    ] as const)
      expect(problemOf(await browser().post('/ui/api/login/demo', { user_name: name }))).toEqual(problem);
  });

  it('is not there with PAGE=false', async () => {
    const alice = await loggedIn('alice');
    await stack.restart({ PAGE: 'false' });
    expect(problemOf(await alice.get('/ui/api/session'))).toEqual([404, 'not_found']);
    expect(problemOf(await alice.get('/ui/'))).toEqual([404, 'not_found']);
    expect(problemOf(await alice.get('/me'))).toEqual([401, 'unauthenticated']);
    const root = await stack.service.request('GET', '/', { headers: { accept: 'text/html' } });
    expect([root.status, root.headers.location]).toEqual([302, 'docs']);
  });
});
