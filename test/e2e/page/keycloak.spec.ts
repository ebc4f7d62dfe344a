import type { Browser } from 'playwright-core';
import { freePort } from '../../../scripts/child.mjs';
import { AUDIENCE } from '../../support/auth/issuer.js';
import { ADMIN_GROUP } from '../../support/auth/keycloak-realm.js';
import { hasKeycloak, Keycloak, KEYCLOAK_MS } from '../../support/auth/keycloak.js';
import { runSql } from '../../support/database/sql.js';
import { PageTab } from '../../support/page/page-tab.js';
import { type Stack, startStack } from '../../support/service/stack.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';

const CLIENT = 'lake-page';

(hasKeycloak() && hasBrowser() ? describe : describe.skip)('log-in at a real Keycloak, in a browser', () => {
  let keycloak: Keycloak;
  let stack: Stack;
  let chromium: Browser;
  let url: string;

  beforeAll(async () => {
    url = `http://localhost:${await freePort()}`;
    [keycloak, chromium] = await Promise.all([Keycloak.start(), openChromium()]);
    await keycloak.addPage(CLIENT, url);
    stack = await startStack({
      env: {
        PORT: new URL(url).port,
        PAGE_URL: url,
        OIDC_ISSUER: keycloak.issuer,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_USER_PREFIX: 'kc-',
        OIDC_ROLES_CLAIM: 'groups',
        OIDC_ADMIN_ROLES: ADMIN_GROUP,
        OIDC_CLIENT_ID: CLIENT,
        OIDC_CLIENT_SECRET: keycloak.clientSecret,
        SWEEP_INTERVAL_SECONDS: '0',
      },
    });
    stack.secrets.add('the secret of the client', keycloak.clientSecret);
    stack.secrets.add('the password of people', keycloak.password);
  }, KEYCLOAK_MS);
  afterAll(async () => {
    await chromium?.close();
    await stack?.stop();
    await keycloak?.stop();
  });

  const open = () => PageTab.open(chromium, url);
  const begin = ({ page }: PageTab) => page.getByRole('link', { name: 'Log in', exact: true }).click();
  /** Fills in Keycloak's own form; when it asks again, it knows the name. */
  const prove = async ({ page }: PageTab, name?: string, password = keycloak.password) => {
    await page.locator('#password').waitFor();
    expect(new URL(page.url()).origin).toBe(new URL(keycloak.issuer).origin);
    if (name !== undefined) await page.locator('#username').fill(name);
    await page.locator('#password').fill(password);
    await page.locator('#kc-login').click();
  };
  const at = ({ page }: PageTab, heading: string) =>
    page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  const logIn = async (name: string, path = '/ui/', heading = 'Home'): Promise<PageTab> => {
    const tab = await open();
    await tab.go(path);
    await begin(tab);
    await prove(tab, name);
    await at(tab, heading);
    return tab;
  };
  const isSound = async (tab: PageTab) => {
    expect(await tab.barriers()).toEqual([]);
    expect(tab.faults).toEqual([]);
  };

  it('leads to the form of Keycloak, and back to where the person was', async () => {
    const alice = await open();
    await alice.go('/ui/who?path=s3a%3A%2F%2Fcdm-lake%2Fusers-warehouse%2Fkc-alice%2F');
    await begin(alice);
    await prove(alice, 'alice', 'not the password');
    await alice.sees('Invalid username or password');
    await prove(alice);
    await at(alice, 'Who can read this');
    expect(new URL(alice.page.url()).searchParams.get('path')).toContain('kc-alice');
    await alice.isOf('kc-alice');
    await isSound(alice);
    await alice.close();
  });

  it('asks for the password again before it gives a secret to a login of long ago, and comes back there', async () => {
    const adam = await logIn('adam', '/ui/connect', 'Connect');
    await runSql(stack.env, [
      `update page_session set logged_in_at = clock_timestamp() - interval '16 minutes'`,
    ]);
    await adam.button('Make temporary credentials');
    const dialog = adam.page.getByRole('dialog', { name: 'Log in again' });
    await dialog.waitFor();
    await isSound(adam);
    await dialog.getByRole('link', { name: 'Log in', exact: true }).click();
    await prove(adam);
    await at(adam, 'Connect');
    await adam.button('Make temporary credentials');
    await adam.sees('Your new credentials');
    // a member of the group is an administrator, here too
    await adam.go('/ui/admin/users');
    await at(adam, 'Users');
    await adam.close();
  });

  it('ends here and there when the person logs out', async () => {
    const rose = await logIn('rose');
    await rose.button('Log out');
    await rose.page.getByRole('link', { name: 'Log in', exact: true }).waitFor();
    expect(rose.page.url()).toBe(`${url}/ui/`);
    await begin(rose);
    await prove(rose, 'rose');
    await at(rose, 'Home');
    await rose.close();
  });

  it('ends when Keycloak disables the person', async () => {
    const dora = await logIn('dora');
    await dora.go('/ui/shares');
    await at(dora, 'Shares');
    await keycloak.disable('dora');
    await dora.go('/ui/shares');
    await dora.page.getByRole('link', { name: 'Log in', exact: true }).waitFor();
    await begin(dora);
    await dora.page.locator('#kc-login').waitFor();
    await dora.close();
  });

  it('is tried by the doctor, who sees a wrong secret and an address that Keycloak does not lead back to', async () => {
    const doctor = async (env: Record<string, string>) => {
      await stack.restart(env);
      const { checks } = (await stack.admin.get('/admin/doctor')).body;
      return checks.find(({ name }: any) => name === 'page');
    };
    expect(await doctor({})).toMatchObject({ verdict: 'ok', detail: `The page is at ${url}/ui/` });
    expect(await doctor({ PAGE_URL: 'http://localhost:1' })).toMatchObject({
      verdict: 'failed',
      detail: 'The OIDC issuer does not lead people back to http://localhost:1/ui/login/oidc/callback',
    });
    expect(await doctor({ PAGE_URL: url, OIDC_CLIENT_SECRET: 'another secret' })).toMatchObject({
      verdict: 'failed',
      detail: expect.stringContaining('The OIDC issuer refuses the client of the page'),
      remedy: expect.stringContaining('OIDC_CLIENT_SECRET'),
    });
  });
});
