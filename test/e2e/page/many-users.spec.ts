import type { Browser } from 'playwright-core';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { adminTab, fitsPhone } from '../../support/page/admin-tab.js';
import type { PageTab } from '../../support/page/page-tab.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';

const USERS = 10_000;
/** How many rows may be drawn at once, and how many nodes the page may have. */
const [ROWS, NODES] = [60, 1500];

const event = (action: string, days: number, count: number) =>
  `insert into audit_event (at, actor, actor_kind, action)
   select now() - interval '${days} days', 'user1', 'person', '${action}' from generate_series(1, ${count})`;
const PAST = [
  `insert into subject (kind, name, principal, status, applied_status, applied_generation, secret_salt, secret_key_id,
     applied_secret_generation)
   select 'user', 'user' || lpad(n::text, 5, '0'), 'user' || lpad(n::text, 5, '0'), 'active', 'active', 1, 'salt', 'key', 1
   from generate_series(1, ${USERS}) n`,
  event('path.shared', 3, 4),
  event('path.shared', 2, 7),
];

(hasBrowser() ? describe : describe.skip)(`an administrator of ${USERS} users`, () => {
  let stack: Stack;
  let browser: Browser;
  let tab: PageTab;
  const isSound = async (): Promise<void> => {
    expect(await tab.barriers()).toEqual([]);
    expect(tab.faults).toEqual([]);
  };
  const rowOf = (name: string) => tab.page.getByRole('row', { name: new RegExp(`^${name} `) });
  /** The row of this place in the list, once its user is there. */
  const rowAt = (place: number) =>
    tab.page.locator(`tbody tr[aria-rowindex="${place + 2}"]`).filter({ hasText: 'user' });
  const scroller = () => tab.page.getByRole('region', { name: 'Users' });
  const scrollTo = (top: number) =>
    scroller().evaluate((each: { scrollTop: number }, to: number) => void (each.scrollTop = to), top);
  const drawn = async () => ({
    rows: await tab.page.locator('tbody tr').count(),
    nodes: await tab.page.evaluate<number>('document.querySelectorAll("*").length'),
  });

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' } });
    await stack.stopService();
    const results = await runSql(stack.env, PAST);
    expect(results.filter((result) => 'error' in result)).toEqual([]);
    [browser] = await Promise.all([openChromium(), stack.startService()]);
    tab = await adminTab(browser, stack);
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it('has a table of all of them, of which little is drawn, and which loads as it is scrolled', async () => {
    const pages: string[] = [];
    tab.page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/admin/users') pages.push(request.url());
    });
    await tab.go('/ui/admin/users?q=user');
    await rowOf('user00001').waitFor();
    const table = tab.page.getByRole('table', { name: 'Users' });
    expect(await table.getAttribute('aria-rowcount')).toBe(String(USERS + 1));
    expect(await rowOf('user00001').getAttribute('aria-rowindex')).toBe('2');
    expect(pages).toHaveLength(1);
    await isSound();
    for (const top of [4000, 20_000, 60_000]) {
      await scrollTo(top);
      await rowAt(Math.round(top / 59) + 2).waitFor();
      const { rows, nodes } = await drawn();
      expect([top, rows < ROWS, nodes < NODES]).toEqual([top, true, true]);
    }
    expect(pages).toHaveLength(3);
    await isSound();
  });

  it('comes to the last of them by the keyboard alone, and back to the first', async () => {
    await tab.go('/ui/admin/users?q=user');
    await rowOf('user00001').waitFor();
    await scroller().focus();
    await tab.page.keyboard.press('End');
    await rowOf(`user${USERS}`).waitFor();
    expect(await rowOf(`user${USERS}`).getAttribute('aria-rowindex')).toBe(String(USERS + 1));
    expect((await drawn()).rows).toBeLessThan(ROWS);
    await tab.page.keyboard.press('Home');
    await rowOf('user00001').waitFor();
    // what has the focus stays, wherever the list is scrolled to
    await tab.page.keyboard.press('Tab');
    await scrollTo(30_000);
    await rowOf('user00001')
      .waitFor({ state: 'detached', timeout: 500 })
      .catch(() => undefined);
    expect(await tab.page.evaluate('document.activeElement.textContent')).toBe('user00001');
    for (let time = 0; time < 40; time++) await tab.page.keyboard.press('Tab');
    expect((await drawn()).rows).toBeLessThan(ROWS);
  });

  it('finds one of them, and has them in another order', async () => {
    await tab.go('/ui/admin/users');
    await tab.fill('Name', 'user09');
    await tab.page.getByLabel('Order').selectOption('-created');
    await tab.button('Show');
    await tab.sees('1,000 in all');
    const { searchParams } = new URL(tab.page.url());
    expect([searchParams.get('q'), searchParams.get('sort')]).toEqual(['user09', '-created']);
  });

  it('sees what happened on each day, as pictures and as tables', async () => {
    await tab.go('/ui/admin/overview');
    const shares = tab.page.getByRole('img', {
      name: /^Shares, paths shared a day\. 11 in all; most on .*: 7$/,
    });
    await shares.waitFor();
    expect(await shares.locator('rect').count()).toBe(31);
    await tab.sees('No difference was found: MinIO held what is recorded.');
    await tab.page.getByText('As a table Shares').click();
    const values = (await tab.rows('Shares')).map(([, value]) => value);
    expect([values.length, values.filter((value) => value !== '0')]).toEqual([31, ['7', '4']]);
    await isSound();
    await tab.page.getByLabel('Days').selectOption('the last 90 days');
    await shares.locator('rect').nth(90).waitFor({ state: 'attached' });
    await isSound();
    await fitsPhone(browser, stack, ['/ui/admin/users?q=user', '/ui/admin/overview']);
  });
});
