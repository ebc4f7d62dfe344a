import type { Browser } from 'playwright-core';
import { PageTab } from '../../support/page/page-tab.js';
import { ADMIN_ROLE, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';

const LAKE = 's3a://cdm-lake/users-warehouse';

(hasBrowser() ? describe : describe.skip)('an administrator who has only the page', () => {
  let stack: Stack;
  let browser: Browser;
  let tab: PageTab;
  const isSound = async (): Promise<void> => {
    expect(await tab.barriers()).toEqual([]);
    expect(tab.faults).toEqual([]);
  };

  beforeAll(async () => {
    [stack, browser] = await Promise.all([
      startStack({ env: { SWEEP_INTERVAL_SECONDS: '0' } }),
      openChromium(),
    ]);
    for (const name of ['alice', 'bob']) await stack.person(name).post(`/users/${name}`);
    const shared = { path: `${LAKE}/alice/reports/`, with_users: ['bob'] };
    expect((await stack.person('alice').post('/users/alice/share', shared)).status).toBe(200);
    tab = await PageTab.open(browser, stack.service.baseUrl);
    await tab.logIn(stack.person('admin', [ADMIN_ROLE]).token);
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it('sees whether all is well, the worst first', async () => {
    await tab.go('/ui/admin/overview');
    const verdicts = (await tab.rows('Checks')).map(([, verdict = '']) => verdict);
    const order = ['failed', 'warning', 'not configured', 'well'];
    expect(verdicts).toEqual([...verdicts].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    await isSound();
  });

  it('finds out who reaches a path, and sees it in the audit', async () => {
    await tab.go('/ui/admin/users?q=alice');
    await tab.page.getByRole('link', { name: `${LAKE}/alice/` }).click();
    const rows = await tab.rows('Who can read this');
    expect(rows.map(([who, may]) => [who, may])).toEqual([
      ['alice', 'read and write'],
      ['bob', 'read'],
    ]);
    await tab.go('/ui/admin/audit?subject=alice&action=path.shared');
    expect((await tab.rows('Audit')).map((cells) => cells.slice(1, 4))).toEqual([
      ['alice', 'path.shared', 'alice'],
    ]);
    await isSound();
  });

  it('ends what somebody reaches, and sees that in the audit, too', async () => {
    await tab.go(`/ui/who?path=${encodeURIComponent(`${LAKE}/alice/`)}&below=true`);
    const bob = tab.page.getByRole('row', { name: /^bob / });
    await bob.getByRole('button', { name: 'End' }).click();
    await tab.page.getByRole('list', { name: 'What changes' }).waitFor();
    await tab.button('End it now');
    await tab.sees('ended');
    await tab.button('Close');
    await bob.waitFor({ state: 'detached' });
    await tab.go('/ui/admin/audit?subject=alice&action=path.unshared');
    expect((await tab.rows('Audit')).map((cells) => cells.slice(1, 4))).toEqual([
      ['admin', 'path.unshared', 'alice'],
    ]);
  });

  it('disables a user after seeing what that does, and enables them again', async () => {
    await tab.go('/ui/admin/users');
    const row = tab.page.getByRole('row', { name: /^bob / });
    await row.getByRole('button', { name: 'Disable' }).click();
    await tab.page.getByRole('list', { name: 'What changes' }).waitFor();
    await isSound();
    await tab.button('Do it');
    await row.getByText('disabled').waitFor();
    expect((await stack.person('bob').get('/me')).status).toBe(403);
    await tab.go('/ui/admin/users?status=disabled');
    expect((await tab.rows('Users')).length).toBe(1);
    await row.getByRole('button', { name: 'Enable' }).click();
    await tab.page.getByRole('dialog').getByRole('button', { name: 'Do it' }).click();
    await tab.sees('There are no such users.');
    expect((await stack.person('bob').get('/me')).status).toBe(200);
  });

  it('sees where MinIO differs, and mends it', async () => {
    const { body } = await stack.admin.get('/users/bob');
    await stack.root.policies.detach(['mgr:user:bob:0'], { user: body.access_key });
    await tab.go('/ui/admin/drift');
    const rows = await tab.rows('Differences');
    expect(rows.map(([who]) => who)).toEqual(['user bob']);
    await isSound();
    await tab.button('Mend all of them');
    await tab.sees('1 were mended.');
    await tab.sees('MinIO holds what is recorded here.');
  });

  it('is not what others see', async () => {
    const bob = await PageTab.open(browser, stack.service.baseUrl);
    await bob.logIn(stack.person('bob').token);
    expect(await bob.page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
    await bob.go('/ui/admin/audit');
    await bob.sees('There is no such page.');
    expect(bob.faults).toEqual([]);
    await bob.close();
  });
});
