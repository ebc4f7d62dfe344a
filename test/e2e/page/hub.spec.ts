import type { Browser } from 'playwright-core';
import { HUB_START_MS } from '../../support/clients/hub/hub.js';
import { HUB_STACK_MS } from '../../support/clients/hub/stack.js';
import type { Visitor } from '../../support/clients/hub/visitor.js';
import { runSql } from '../../support/database/sql.js';
import { type HubPage, startHubPage } from '../../support/page/hub-page.js';
import { PageBrowser } from '../../support/page/page-browser.js';
import { PageTab } from '../../support/page/page-tab.js';
import { problemOf } from '../../support/service/problems.js';
import type { Answer } from '../../support/service/service.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';

const NAVIGATION = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
const PEOPLE = ['alice', 'bob', 'mallory'];
const inChromium = hasBrowser() ? it : it.skip;

describe('log-in at a real JupyterHub', () => {
  let page: HubPage;
  let chromium: Browser;
  const visitors = new Map<string, Visitor>();

  beforeAll(async () => {
    page = await startHubPage();
    if (hasBrowser()) chromium = await openChromium();
    for (const name of PEOPLE) visitors.set(name, await page.hub.login(name, 'password'));
    await page.hub.api('POST', '/groups/lake/users', { users: PEOPLE });
  }, HUB_STACK_MS);
  afterAll(async () => {
    await chromium?.close();
    await page?.hub.stop();
    const leaked = page?.stack.secrets.findIn('the log of the hub', page.hub.logs());
    await page?.stack.stop();
    expect(leaked).toEqual([]);
  }, HUB_START_MS);

  const browser = () => new PageBrowser(() => page.stack.service, new URL(page.url).host);
  const atHub = (name: string): Visitor => {
    const visitor = visitors.get(name);
    if (!visitor) throw new Error(`${name} has not logged in`);
    return visitor;
  };
  const begin = async (person: PageBrowser, query = ''): Promise<string> => {
    const answer = await person.send('GET', `/ui/login/jupyterhub${query}`, { headers: NAVIGATION });
    expect(answer.status).toBe(302);
    return answer.headers.location ?? '';
  };
  const back = (person: PageBrowser, { pathname, search }: URL): Promise<Answer> =>
    person.send('GET', `${pathname}${search}`, { headers: NAVIGATION });
  const logIn = async (name: string, person = browser()): Promise<PageBrowser> => {
    const answer = await back(person, await atHub(name).authorize(await begin(person)));
    expect([answer.status, answer.headers.location]).toEqual([302, '/ui/']);
    return person;
  };
  const refused = async (person: PageBrowser, answer: Answer, code = 'unauthenticated') => {
    expect([answer.status, answer.headers.location]).toEqual([302, `/ui/?login_error=${code}`]);
    expect(await person.who()).toBeNull();
    expect(person.cookies.get('__Host-lake')).toBeUndefined();
  };
  /** The hub's ids of the tokens that it has given to the page for somebody. */
  const tokensOf = async (name: string): Promise<string[]> => {
    const { api_tokens: tokens } = await page.hub.api('GET', `/users/${name}/tokens`);
    return tokens.filter((each: any) => each.oauth_client.includes('lake')).map(({ id }: any) => id);
  };
  const isOver = async (person: PageBrowser) => {
    expect(problemOf(await person.get('/me'))).toEqual([401, 'unauthenticated']);
    expect(await person.who()).toBeNull();
  };

  inChromium('leads a person through the pages of the hub, and out again', async () => {
    const tab = await PageTab.open(chromium, page.url);
    await tab.go('/ui/shares');
    await tab.page.getByRole('link', { name: 'Log in with JupyterHub' }).click();
    await tab.page.getByLabel('Username:').fill('alice');
    await tab.page.getByLabel('Password:').fill('password');
    await tab.page.locator('#login_submit').click();
    await tab.button('Authorize');
    await tab.page.getByRole('heading', { name: 'Shares', level: 1 }).waitFor();
    expect(tab.page.url()).toBe(`${page.url}/ui/shares`);
    await tab.isOf('alice');
    await tab.go('/ui/connect');
    await tab.button('Make temporary credentials');
    await tab.sees('Your new credentials');
    expect(tab.faults).toEqual([]);
    expect(await tab.barriers()).toEqual([]);

    await tab.button('Log out');
    await tab.page.getByRole('link', { name: 'Log in with JupyterHub' }).waitFor();
    // the hub is not logged out, and knows already that alice agrees
    await tab.page.getByRole('link', { name: 'Log in with JupyterHub' }).click();
    await tab.page.getByRole('heading', { name: 'Connect', level: 1 }).waitFor();
    await tab.close();
  });

  inChromium('is in the hub’s menu, which leads to the page’s own host', async () => {
    const tab = await PageTab.open(chromium, page.hub.url);
    await tab.go('/hub/login');
    await tab.page.getByLabel('Username:').fill('bob');
    await tab.page.getByLabel('Password:').fill('password');
    await tab.page.locator('#login_submit').click();
    await tab.go('/hub/home');
    await tab.button('Services');
    await tab.page.getByRole('link', { name: 'lake', exact: true }).click();
    await tab.button('Authorize');
    await tab.page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    expect(tab.page.url()).toBe(`${page.url}/ui/`);
    await tab.isOf('bob');
    await tab.close();
  });

  it('is offered, and asks the hub for nothing but who it is', async () => {
    const alice = browser();
    const { ways } = (await alice.get('/ui/api/session')).body;
    expect(ways).toEqual([{ way: 'jupyterhub', url: '/ui/login/jupyterhub' }, { way: 'token' }]);
    const there = new URL(await begin(alice, '?return_to=/ui/shares&again=true'));
    expect(`${there.origin}${there.pathname}`).toBe(`${page.hub.url}/hub/api/oauth2/authorize`);
    const random = expect.stringMatching(/^[\w-]{43}$/);
    expect(Object.fromEntries(there.searchParams)).toEqual({
      client_id: 'service-lake',
      redirect_uri: `${page.url}/ui/login/jupyterhub/callback`,
      response_type: 'code',
      state: random,
      code_challenge: random,
      code_challenge_method: 'S256',
    });
    const answer = await back(alice, await atHub('alice').authorize(there.href));
    expect([answer.status, answer.headers.location]).toEqual([302, '/ui/shares']);
    const { session } = (await alice.get('/ui/api/session')).body;
    expect(session).toMatchObject({ user_name: 'alice', way: 'jupyterhub' });
    expect(Date.parse(session.fresh_until) - Date.now()).toBeGreaterThan(14 * 60_000);
    expect((await alice.get('/me')).body).toMatchObject({ user_name: 'alice', kind: 'person', admin: false });
    expect((await alice.post('/users/alice/sessions')).status).toBe(201);
  });

  it('gives the groups that the hub names, as its tokens do', async () => {
    await page.stack.admin.post('/groups/lake', {});
    await logIn('bob');
    const { groups } = (await page.stack.admin.get('/users/bob')).body;
    expect(groups).toEqual([expect.objectContaining({ group_name: 'lake' })]);
  });

  it('is refused for the answer to the login of another browser, and without one', async () => {
    const [mallory, alice, nobody] = [browser(), browser(), browser()];
    const ofMallory = await atHub('mallory').authorize(await begin(mallory));
    await begin(alice);
    await refused(alice, await back(alice, ofMallory));
    await refused(nobody, await back(nobody, ofMallory));
    // the code of mallory under the state of alice: the hub sees that the proof is another one
    const mixed = await atHub('alice').authorize(await begin(alice));
    const code = (await atHub('mallory').authorize(await begin(mallory))).searchParams.get('code');
    mixed.searchParams.set('code', code ?? '');
    await refused(alice, await back(alice, mixed));
  });

  it('is refused for the answer of another way to log in', async () => {
    const alice = browser();
    const answer = await atHub('alice').authorize(await begin(alice));
    answer.pathname = '/ui/login/oidc/callback';
    await refused(alice, await back(alice, answer));
  });

  it('counts once: neither the answer nor its code a second time', async () => {
    const alice = browser();
    const there = await begin(alice);
    const begun = alice.cookies.get('__Host-lake-login') ?? '';
    const answer = await atHub('alice').authorize(there);
    expect((await back(alice, answer)).headers.location).toBe('/ui/');
    const thief = browser();
    await refused(thief, await back(thief, answer));
    thief.cookies.set('__Host-lake-login', begun);
    await refused(thief, await back(thief, answer));
  });

  it.each<[string, (address: URL) => void]>([
    ['no state', (address) => address.searchParams.delete('state')],
    ['a forged state', (address) => address.searchParams.set('state', 'A'.repeat(43))],
    ['two states', (address) => address.searchParams.append('state', 'x')],
    ['no code', (address) => address.searchParams.delete('code')],
    ['two codes', (address) => address.searchParams.append('code', 'x')],
    ['a code that nobody has', (address) => address.searchParams.set('code', 'guessed')],
    ['a refusal', (address) => address.searchParams.set('error', 'access_denied')],
  ])('is refused for an answer with %s', async (_, change) => {
    const alice = browser();
    const address = await atHub('alice').authorize(await begin(alice));
    change(address);
    await refused(alice, await back(alice, address));
  });

  it('gives a token that is valid for its session alone', async () => {
    const token = await atHub('alice').visit(page.client);
    page.stack.secrets.add('a token of the hub', token);
    expect(problemOf(await page.stack.caller(token).get('/me'))).toEqual([403, 'forbidden']);
    const alice = browser();
    expect(problemOf(await alice.login(token))).toEqual([403, 'forbidden']);
    expect(problemOf(await alice.login(page.client.secret))).toEqual([403, 'not_a_person']);
    expect(await alice.who()).toBeNull();
  });

  it('keeps the token sealed, and ends without it', async () => {
    const bob = await logIn('bob');
    const [result] = await runSql(page.stack.env, ["select * from page_session where user_name = 'bob'"]);
    expect(JSON.stringify(result)).not.toMatch(/access_token|"token"/);
    const lasts = (await bob.get('/ui/api/session')).body.session;
    expect(Date.parse(lasts.ends_at) - Date.now()).toBeLessThanOrEqual(12 * 3_600_000);
    expect((await bob.post('/ui/api/logout')).body).toEqual({ end_session_url: null });
    await isOver(bob);
  });

  it('ends when the hub ends the token, when the person logs out there, and when the hub bars the person', async () => {
    const [alice, bob, mallory] = [await logIn('alice'), await logIn('bob'), await logIn('mallory')];
    for (const person of [alice, bob, mallory]) expect((await person.get('/me')).status).toBe(200);
    // with one of them, all that the page has of the person end
    const [id] = await tokensOf('alice');
    await page.hub.api('DELETE', `/users/alice/tokens/${id}`);
    await atHub('bob').get('/hub/logout');
    await page.hub.api('DELETE', '/groups/lake/users', { users: ['mallory'] });
    // a service that has started anew remembers no verdict, else it is a minute
    await page.stack.restart();
    await isOver(alice);
    await isOver(bob);
    expect(problemOf(await mallory.get('/me'))).toEqual([403, 'forbidden']);
    await isOver(mallory);
    await page.hub.api('POST', '/groups/lake/users', { users: ['mallory'] });
    visitors.set('bob', await page.hub.login('bob', 'password'));
  });

  it('is refused for who is disabled here, and says so', async () => {
    await page.stack.admin.post('/admin/users/mallory/disable');
    const mallory = browser();
    const answer = await atHub('mallory').authorize(await begin(mallory));
    await refused(mallory, await back(mallory, answer), 'user_disabled');
    await page.stack.admin.post('/admin/users/mallory/enable');
  });

  it('is tried by the doctor, who sees a wrong secret and a host that is not the page’s own', async () => {
    const doctor = async (env: Record<string, string>) => {
      await page.stack.restart(env);
      const { checks } = (await page.stack.admin.get('/admin/doctor')).body;
      return checks.find(({ name }: any) => name === 'page');
    };
    const { PAGE_URL = '', JUPYTERHUB_PUBLIC_URL = '', JUPYTERHUB_CLIENT_SECRET = '' } = page.stack.env;
    expect(await doctor({})).toMatchObject({ verdict: 'ok', detail: `The page is at ${page.url}/ui/` });
    expect(await doctor({ JUPYTERHUB_CLIENT_SECRET: 'another secret' })).toMatchObject({
      verdict: 'failed',
      detail: 'JupyterHub refuses the client of the page (invalid_client)',
      remedy: expect.stringContaining('JUPYTERHUB_CLIENT_SECRET'),
    });
    const together = {
      PAGE_URL: 'https://hub.example.org:8443',
      JUPYTERHUB_PUBLIC_URL: 'https://hub.example.org',
    };
    expect(await doctor({ ...together, JUPYTERHUB_CLIENT_SECRET })).toMatchObject({
      verdict: 'failed',
      detail: expect.stringContaining('both at hub.example.org'),
    });
    await page.stack.restart({ PAGE_URL, JUPYTERHUB_PUBLIC_URL });
  });

  it('says when the hub is away, and goes on when it is back', async () => {
    const alice = await logIn('alice');
    const bob = browser();
    const answer = await atHub('bob').authorize(await begin(bob));
    const { JUPYTERHUB_API_URL = '' } = page.stack.env;
    await page.stack.restart({ JUPYTERHUB_API_URL: 'http://127.0.0.1:1/hub/api' });
    await refused(bob, await back(bob, answer), 'auth_unavailable');
    expect(problemOf(await alice.get('/me'))).toEqual([503, 'auth_unavailable']);
    await page.stack.restart({ JUPYTERHUB_API_URL });
    expect(await alice.who()).toBe('alice');
  });
});
