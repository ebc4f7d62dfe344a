import { CodeFlow } from '../../support/auth/code-flow.js';
import { AUDIENCE, Issuer } from '../../support/auth/issuer.js';
import { runSql } from '../../support/database/sql.js';
import { PageBrowser } from '../../support/page/page-browser.js';
import { problemOf } from '../../support/service/problems.js';
import { type Answer, type Service, startService } from '../../support/service/service.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const HOST = 'lake.example.org';
const PAGE_URL = `https://${HOST}`;
const CALLBACK = `${PAGE_URL}/ui/login/oidc/callback`;
const NAVIGATION = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
const now = () => Math.floor(Date.now() / 1000);

describe('log-in at an OIDC issuer', () => {
  let stack: Stack;
  let issuer: Issuer;
  let flow: CodeFlow;
  let replica: Service | undefined;

  beforeAll(async () => {
    issuer = await Issuer.start();
    flow = new CodeFlow(issuer, CALLBACK);
    issuer.flow = flow;
    stack = await startStack({
      embedded: false,
      env: {
        PAGE_URL,
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_USER_PREFIX: 'oidc-',
        OIDC_CLIENT_ID: flow.client.id,
        OIDC_CLIENT_SECRET: flow.client.secret,
        SWEEP_INTERVAL_SECONDS: '0',
      },
    });
    stack.secrets.add('the secret of the client', flow.client.secret);
  }, START_MS);
  beforeEach(() => {
    Object.assign(flow, { accessSeconds: 3600, lies: {} });
    issuer.fault = undefined;
  });
  afterAll(async () => {
    for (const each of flow.given) stack.secrets.add('a token', each);
    await replica?.kill();
    await stack?.stop();
    await issuer?.stop();
  });

  const browser = (service = () => stack.service) => new PageBrowser(service, HOST);
  const begin = async (person: PageBrowser, query = ''): Promise<string> => {
    const { status, headers } = await person.send('GET', `/ui/login/oidc${query}`, { headers: NAVIGATION });
    expect(status).toBe(302);
    return headers.location ?? '';
  };
  const back = (person: PageBrowser, { pathname, search }: URL): Promise<Answer> =>
    person.send('GET', `${pathname}${search}`, { headers: NAVIGATION });
  const logIn = async (user: string, authTime?: number, person = browser()) => {
    const answer = await back(person, flow.authorize(await begin(person), user, authTime));
    expect([answer.status, answer.headers.location]).toEqual([302, '/ui/']);
    return person;
  };
  const refused = async (person: PageBrowser, answer: Answer, code: string) => {
    expect([answer.status, answer.headers.location]).toEqual([302, `/ui/?login_error=${code}`]);
    expect(await person.who()).toBeNull();
    expect(person.cookies.get('__Host-lake')).toBeUndefined();
  };
  const rows = async () => JSON.stringify(await runSql(stack.env, ['select * from page_session']));

  it('is offered, and leads there and back with a session', async () => {
    const alice = browser();
    const { ways } = (await alice.get('/ui/api/session')).body;
    expect(ways).toEqual([{ way: 'oidc', url: '/ui/login/oidc' }, { way: 'token' }]);
    const there = await begin(alice, `?return_to=${encodeURIComponent('/ui/shares?path=a%26b')}`);
    expect(alice.told.at(-1)).toMatch(
      /^__Host-lake-login=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    const answer = await back(alice, flow.authorize(there, 'alice'));
    expect([answer.status, answer.headers.location]).toEqual([302, '/ui/shares?path=a%26b']);
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    expect([...alice.cookies.keys()]).toEqual(['__Host-lake']);
    const { session } = (await alice.get('/ui/api/session')).body;
    expect(session).toMatchObject({ user_name: 'oidc-alice', way: 'oidc' });
    expect((await alice.get('/me')).body.user_name).toBe('oidc-alice');
    const stored = await rows();
    for (const each of flow.given) expect(stored).not.toContain(each);
  });

  it.each([
    ['https://evil.example.org/', '/ui/'],
    ['//evil.example.org/ui/', '/ui/'],
    ['/\\evil.example.org', '/ui/'],
    ['/ui/../../docs', '/ui/'],
    ['/ui/%2e%2e/docs', '/ui/'],
    ['/ui\\..\\docs', '/ui/'],
    ['javascript:alert(1)', '/ui/'],
    ['/users', '/ui/'],
    ['/ui/api/logout', '/ui/'],
    ['/ui/login/oidc', '/ui/'],
    ['/ui/a\r\nset-cookie: x=y', '/ui/'],
    ['/ui/shares#top', '/ui/shares#top'],
  ])('leads to no address that is not of the page: %s', async (asked, led) => {
    const alice = browser();
    const there = await begin(alice, `?return_to=${encodeURIComponent(asked)}`);
    expect((await back(alice, flow.authorize(there, 'alice'))).headers.location).toBe(led);
  });

  it('is refused for the answer to the login of another browser, and without one', async () => {
    const [mallory, alice, nobody] = [browser(), browser(), browser()];
    const ofMallory = flow.authorize(await begin(mallory), 'mallory');
    await begin(alice);
    await refused(alice, await back(alice, ofMallory), 'unauthenticated');
    await refused(nobody, await back(nobody, ofMallory), 'unauthenticated');
    // the code of mallory under the state of alice: the proof of the code's request is that of mallory's browser
    const mixed = flow.authorize(await begin(alice), 'alice');
    mixed.searchParams.set(
      'code',
      flow.authorize(await begin(mallory), 'mallory').searchParams.get('code') ?? '',
    );
    await refused(alice, await back(alice, mixed), 'unauthenticated');
  });

  it('counts once: neither the answer nor its code a second time', async () => {
    const alice = browser();
    const there = await begin(alice);
    const begun = alice.cookies.get('__Host-lake-login') ?? '';
    const answer = flow.authorize(there, 'alice');
    expect((await back(alice, answer)).headers.location).toBe('/ui/');
    const thief = browser();
    await refused(thief, await back(thief, answer), 'unauthenticated');
    thief.cookies.set('__Host-lake-login', begun);
    await refused(thief, await back(thief, answer), 'unauthenticated');
  });

  it.each<[string, (address: URL) => void]>([
    ['no state', (address) => address.searchParams.delete('state')],
    ['an empty state', (address) => address.searchParams.set('state', '')],
    ['two states', (address) => address.searchParams.append('state', 'x')],
    ['no code', (address) => address.searchParams.delete('code')],
    ['a code that nobody has', (address) => address.searchParams.set('code', 'guessed')],
    ['another issuer', (address) => address.searchParams.set('iss', 'https://evil.example.org')],
    ['a refusal', (address) => address.searchParams.set('error', 'access_denied')],
  ])('is refused for an answer with %s', async (_, change) => {
    const alice = browser();
    const address = flow.authorize(await begin(alice), 'alice');
    change(address);
    await refused(alice, await back(alice, address), 'unauthenticated');
  });

  it.each<[string, Record<string, unknown>]>([
    ['the nonce of another login', { nonce: 'another' }],
    ['no nonce', { nonce: undefined }],
    ['another audience', { aud: 'another' }],
    ['another issuer', { iss: 'https://evil.example.org' }],
    ['an end long ago', { exp: now() - 3600 }],
    ['no time of the login', { auth_time: undefined }],
    ['a login of last year', { auth_time: now() - 365 * 86_400 }],
  ])('is refused for an ID token with %s', async (_, lies) => {
    const alice = browser();
    const address = flow.authorize(await begin(alice), 'alice');
    flow.lies = lies;
    await refused(alice, await back(alice, address), 'unauthenticated');
  });

  it('is refused for who is disabled here, and says so', async () => {
    await logIn('dora');
    expect((await stack.admin.post('/admin/users/oidc-dora/disable')).status).toBe(200);
    const dora = browser();
    await refused(dora, await back(dora, flow.authorize(await begin(dora), 'dora')), 'user_disabled');
  });

  it('says when the issuer is away', async () => {
    await stack.restart();
    const alice = browser();
    issuer.fault = 500;
    const { status, headers } = await alice.send('GET', '/ui/login/oidc', { headers: NAVIGATION });
    expect([status, headers.location]).toEqual([302, '/ui/?login_error=auth_unavailable']);
    issuer.fault = undefined;
    await logIn('alice', undefined, alice);
  });

  it('knows when the person logged in there, and asks there again if that is too long ago', async () => {
    const alice = await logIn('alice', now() - 3600);
    expect(problemOf(await alice.post('/users/oidc-alice/sessions'))).toEqual([403, 'login_required_again']);
    expect((await alice.get('/me')).status).toBe(200);
    const there = await begin(alice, '?again=true&return_to=/ui/connect');
    const { searchParams } = new URL(there);
    expect([searchParams.get('prompt'), searchParams.get('max_age')]).toEqual(['login', '900']);
    await back(alice, flow.authorize(there, 'alice'));
    expect((await alice.post('/users/oidc-alice/sessions')).status).toBe(201);
  });

  it('is renewed once for all requests on all replicas, and ends when the issuer ends it', async () => {
    replica ??= await startService({ env: stack.env });
    // so short that each request finds it due
    flow.accessSeconds = 20;
    const alice = await logIn('alice');
    const there = browser(() => replica as Service);
    there.cookies.set('__Host-lake', alice.sessionId);
    const renewals = () => flow.asked.filter((type) => type === 'refresh_token').length;
    flow.accessSeconds = 3600;
    const before = renewals();
    const answers = await Promise.all(
      [...Array(20).keys()].map((each) => (each % 2 ? alice : there).get('/me')),
    );
    expect(answers.map(({ status, body }) => [status, body.user_name])).toEqual(
      answers.map(() => [200, 'oidc-alice']),
    );
    expect(renewals() - before).toBe(1);

    flow.accessSeconds = 20;
    const bob = await logIn('bob');
    flow.endAll();
    expect(problemOf(await bob.get('/me'))).toEqual([401, 'unauthenticated']);
    expect(await bob.who()).toBeNull();
    expect(await rows()).not.toContain('oidc-bob');
  });

  it('goes on for the rest of its token while the issuer is away', async () => {
    flow.accessSeconds = 20;
    const alice = await logIn('alice');
    issuer.fault = 500;
    expect((await alice.get('/me')).status).toBe(200);
    issuer.fault = undefined;
    flow.accessSeconds = 3600;
    expect((await alice.get('/me')).status).toBe(200);
  });

  it('ends at the issuer, too', async () => {
    const alice = await logIn('alice');
    const { body } = await alice.post('/ui/api/logout');
    const url = new URL(body.end_session_url);
    expect(`${url.origin}${url.pathname}`).toBe(`${issuer.url}/logout`);
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${PAGE_URL}/ui/`);
    expect(flow.given).toContain(url.searchParams.get('id_token_hint'));
    expect(await alice.who()).toBeNull();
  });

  it('is at PAGE_URL alone: elsewhere there is no page', async () => {
    const elsewhere = new PageBrowser(() => stack.service, 'hub.example.org');
    for (const path of ['/ui/', '/ui/login/oidc', '/ui/api/session']) {
      const answer = await elsewhere.get(path);
      expect([path, answer.status]).toEqual([path, 421]);
      expect(answer.body).toContain(`${PAGE_URL}/ui/`);
    }
    expect(problemOf(await elsewhere.get('/me'))).toEqual([401, 'unauthenticated']);
  });
});
