import type { Browser } from 'playwright-core';
import { adminTab, fitsPhone } from '../../support/page/admin-tab.js';
import type { PageTab } from '../../support/page/page-tab.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';

const LAKE = 's3a://cdm-lake/users-warehouse';
const REFERENCE = 's3a://cdm-lake/reference/';

(hasBrowser() ? describe : describe.skip)('an administrator who asks who reaches what', () => {
  let stack: Stack;
  let browser: Browser;
  let tab: PageTab;
  const isSound = async (): Promise<void> => {
    expect(await tab.barriers()).toEqual([]);
    expect(tab.faults).toEqual([]);
  };
  const actions = async (subject: string) =>
    (await stack.admin.get(`/admin/audit?subject=${subject}`)).body.items.map(({ action }: any) => action);

  beforeAll(async () => {
    [stack, browser] = await Promise.all([
      startStack({ env: { SWEEP_INTERVAL_SECONDS: '0' } }),
      openChromium(),
    ]);
    for (const name of ['alice', 'bob', 'carol']) await stack.person(name).post(`/users/${name}`);
    const grants = [{ path: REFERENCE, permission: 'read' }];
    const team = { owners: ['carol'], members: ['bob'], description: 'People of the team', grants };
    expect((await stack.admin.post('/groups/Team', team)).status).toBe(201);
    const reports = { path: `${LAKE}/alice/reports/`, with_users: ['bob'] };
    expect((await stack.person('alice').post('/users/alice/share', reports)).status).toBe(200);
    const plots = { path: `${LAKE}/alice/plots/`, with_groups: ['Team'] };
    expect((await stack.admin.post('/users/alice/share', plots)).status).toBe(200);
    tab = await adminTab(browser, stack);
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it('finds out who reaches a path, ends it, and sees it in the audit, with nothing but the page', async () => {
    await tab.page.getByRole('link', { name: 'Access', exact: true }).first().click();
    await tab.fill('Path', `${LAKE}/alice/`);
    await tab.button('Show who');
    const rows = await tab.rows('Who can read this');
    expect(rows.map(([who = '', may]) => [who.split('\n')[0], may])).toEqual([
      ['group Team', 'read'],
      ['alice', 'read and write'],
      ['bob', 'read'],
    ]);
    await tab.sees('Groups: 1, with 2 members. People by themselves: 2.');
    await isSound();
    const bob = tab.page.getByRole('row', { name: /^bob / });
    await bob.getByRole('button', { name: 'End' }).click();
    await tab.page.getByRole('list', { name: 'What changes' }).waitFor();
    await isSound();
    await tab.button('End it now');
    await tab.sees('ended');
    await tab.button('Close');
    await bob.waitFor({ state: 'detached' });
    // the share with the team, which an administrator gave for its owner, ends in the same way
    const team = tab.page.getByRole('row', { name: /^group Team/ });
    await team.getByRole('link', { name: `Events of ${LAKE}/alice/plots/` }).waitFor();
    await team.getByRole('button', { name: 'End' }).click();
    await tab.button('End it now');
    await tab.button('Close');
    await team.waitFor({ state: 'detached' });
    await tab.page.getByRole('link', { name: 'alice', exact: true }).click();
    await tab.page.getByRole('heading', { name: 'alice', level: 1 }).waitFor();
    await tab.page.getByRole('link', { name: 'Events of alice' }).first().click();
    const events = (await tab.rows('Audit')).map((cells) => cells.slice(1, 4));
    expect(events.slice(0, 2)).toEqual([
      ['admin', 'path.unshared', 'alice'],
      ['admin', 'path.unshared', 'alice'],
    ]);
    await isSound();
  });

  it('sees what a user reaches and why, and ends what administrators gave a group', async () => {
    await tab.go('/ui/admin/access/user');
    await tab.page.getByLabel('User', { exact: true }).fill('bo');
    await tab.page.getByRole('option', { name: 'bob' }).waitFor();
    await isSound();
    await tab.page.keyboard.press('ArrowDown');
    await tab.page.keyboard.press('Enter');
    await tab.page.keyboard.press('Enter');
    const rows = await tab.rows('What a user reaches');
    expect(rows.map(([path, may]) => [path, may])).toEqual([
      [REFERENCE, 'read'],
      [`${LAKE}/bob/`, 'read and write'],
    ]);
    expect(new URL(tab.page.url()).searchParams.get('user')).toBe('bob');
    await isSound();
    await tab.page
      .getByRole('row', { name: /reference/ })
      .getByRole('button', { name: 'End' })
      .click();
    await tab.page.getByRole('list', { name: 'What changes' }).waitFor();
    expect((await stack.admin.get('/groups/Team')).body.grants).toHaveLength(1);
    await tab.button('End it now');
    await tab.page.getByRole('row', { name: /reference/ }).waitFor({ state: 'detached' });
    expect((await stack.admin.get('/groups/Team')).body.grants).toEqual([]);
    expect((await actions('Team'))[0]).toBe('group.changed');
  });

  it('asks what would be if somebody were in a group', async () => {
    const plots = { path: `${LAKE}/alice/plots/`, with_groups: ['Team'] };
    expect((await stack.person('alice').post('/users/alice/share', plots)).status).toBe(200);
    await stack.person('dave').post('/users/dave');
    await tab.go('/ui/admin/access/check');
    await tab.fill('User', 'dave');
    await tab.fill('Path', plots.path);
    await tab.button('Show');
    await tab.page.getByText('Not allowed', { exact: true }).waitFor();
    await tab.fill('As a member of (optional)', 'Team');
    await tab.button('Show');
    await tab.page.getByText('Allowed', { exact: true }).waitFor();
    await tab.page.getByRole('link', { name: 'group Team' }).waitFor();
    expect(new URL(tab.page.url()).searchParams.get('with_group')).toBe('Team');
    await isSound();
    await tab.fill('User', 'nobody-of-this-name');
    await tab.button('Show');
    await tab.page.getByRole('alert').waitFor();
    await tab.sees(/^Request /);
  });

  it('finds a group among all, makes another one, and removes it after seeing what that does', async () => {
    await tab.go('/ui/admin/groups');
    expect((await tab.rows('All groups')).map(([name = '', count]) => [name.split('\n')[0], count])).toEqual([
      ['group Team events', '2'],
    ]);
    await tab.sees('1 of 1');
    await isSound();
    await tab.button('Make a group');
    const dialog = tab.page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Team');
    await dialog.getByRole('button', { name: 'Make a group' }).click();
    await tab.sees('There is a group Team already.');
    await dialog.getByLabel('Name').fill('Guests');
    await isSound();
    await dialog.getByRole('button', { name: 'Make a group' }).click();
    await tab.page.getByRole('heading', { name: 'Guests', level: 1 }).waitFor();
    await tab.sees('It has no members.');
    await isSound();
    await tab.go('/ui/admin/groups?q=Gue');
    expect(await tab.rows('All groups')).toHaveLength(1);
    await tab.page.getByRole('link', { name: 'group Guests' }).click();
    await tab.button('Remove the group');
    await tab.page.getByRole('list', { name: 'What changes' }).waitFor();
    expect((await stack.admin.get('/groups/Guests')).status).toBe(200);
    await isSound();
    await tab.page.getByRole('dialog').getByRole('button', { name: 'Remove the group' }).click();
    await tab.page.getByRole('heading', { name: 'All groups', level: 1 }).waitFor();
    expect((await stack.admin.get('/groups/Guests')).status).toBe(404);
  });

  it('ends what a group reaches on its page', async () => {
    await tab.go('/ui/admin/groups/of/Team');
    const shared = tab.page.getByRole('row', { name: /plots/ });
    await shared.getByRole('button', { name: 'End' }).click();
    await tab.button('End it now');
    await tab.sees('ended');
    await tab.button('Close');
    await tab.sees('Nothing is shared with the group.');
    await isSound();
  });

  it('has all of it on a phone', async () => {
    await fitsPhone(browser, stack, [
      `/ui/admin/access?path=${encodeURIComponent(`${LAKE}/alice/`)}&below=true`,
      '/ui/admin/access/user?user=bob',
      `/ui/admin/access/check?user=bob&action=read&path=${encodeURIComponent(REFERENCE)}`,
      '/ui/admin/groups',
      '/ui/admin/groups/of/Team',
      '/ui/admin/users/of/alice',
    ]);
  });
});
