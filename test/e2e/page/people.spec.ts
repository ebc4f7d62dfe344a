import { waitFor } from '../../../scripts/child.mjs';
import type { Browser } from 'playwright-core';
import { runSql } from '../../support/database/sql.js';
import { PageTab } from '../../support/page/page-tab.js';
import { BUCKET, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';

const LAKE = 's3a://cdm-lake/users-warehouse';

(hasBrowser() ? describe : describe.skip)('a person who has only the page', () => {
  let stack: Stack;
  let browser: Browser;
  let tab: PageTab;
  const tabOf = async (name: string, roles: string[] = []): Promise<PageTab> => {
    const opened = await PageTab.open(browser, stack.service.baseUrl);
    await opened.logIn(stack.person(name, roles).token);
    return opened;
  };
  /** Looks at the page as it is: nothing refused by its policy, nothing that keeps people out. */
  const isSound = async (each: PageTab = tab): Promise<void> => {
    expect(await each.barriers()).toEqual([]);
    expect(each.faults).toEqual([]);
  };

  beforeAll(async () => {
    [stack, browser] = await Promise.all([
      startStack({ env: { SWEEP_INTERVAL_SECONDS: '0' } }),
      openChromium(),
    ]);
    for (const name of ['bob', 'carol']) await stack.person(name).post(`/users/${name}`);
    const team = { owners: ['bob'], joinable: true, description: 'People of the team' };
    expect((await stack.admin.post('/groups/Team', team)).status).toBe(201);
    tab = await tabOf('alice');
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it('sees where the home is, and logs out', async () => {
    const visitor = await PageTab.open(browser, stack.service.baseUrl);
    await visitor.go('/ui/');
    await visitor.page.getByLabel('Token').waitFor();
    await isSound(visitor);
    await visitor.logIn(stack.person('alice').token);
    await visitor.sees(`${LAKE}/alice/`);
    await isSound(visitor);
    await visitor.button('Log out');
    await visitor.page.getByLabel('Token').waitFor();
    await visitor.go('/ui/shares');
    await visitor.page.getByLabel('Token').waitFor();
    await visitor.close();
  });

  it('is told why a token is refused', async () => {
    const visitor = await PageTab.open(browser, stack.service.baseUrl);
    await visitor.go('/ui/');
    await visitor.page.getByLabel('Token').fill('nobodys');
    await visitor.button('Log in with the token');
    await visitor.sees('The token is not valid or has expired');
    await isSound(visitor);
    await visitor.close();
  });

  it('gets temporary credentials, shown when asked for, and gone with the page', async () => {
    await tab.go('/ui/connect');
    await tab.button('Make temporary credentials');
    const text = tab.page.getByLabel('Variables for a shell', { exact: true });
    expect(await text.innerText()).toContain("export AWS_SECRET_ACCESS_KEY='…'");
    await isSound();
    await tab.button('Show');
    const [, secret = ''] = /AWS_SECRET_ACCESS_KEY='([^']+)'/.exec(await text.innerText()) ?? [];
    expect(secret).toMatch(/^\S{20,}$/);
    stack.secrets.add('a secret of a session, shown on the page', secret);
    await tab.page.getByRole('link', { name: 'Home' }).first().click();
    await tab.page.getByRole('link', { name: 'Connect' }).first().click();
    await tab.page.getByRole('button', { name: 'Make temporary credentials' }).waitFor();
    expect(await tab.page.content()).not.toContain(secret);
  });

  it('logs in again in the same place for a secret, if the login was long ago', async () => {
    const zoe = await tabOf('zoe');
    await zoe.go('/ui/connect');
    await zoe.fill('Name', 'weekly-job');
    await runSql(stack.env, [
      `update page_session set logged_in_at = clock_timestamp() - interval '16 minutes' where user_name = 'zoe'`,
    ]);
    await zoe.button('Make an access key');
    const dialog = zoe.page.getByRole('dialog', { name: 'Log in again' });
    await dialog.getByLabel('Token').fill(stack.person('zoe').token);
    await isSound(zoe);
    await dialog.getByRole('button', { name: 'Log in with the token' }).click();
    await dialog.waitFor({ state: 'detached' });
    // what was typed is still there
    await zoe.button('Make an access key');
    await zoe.sees('Your new credentials');
    await zoe.close();
  });

  it('makes an access key for a program', async () => {
    await tab.go('/ui/connect');
    await tab.fill('Name', 'nightly\u0301');
    await tab.button('Make an access key');
    await tab.page.getByRole('alert').waitFor();
    await tab.fill('Name', 'nightly-job');
    await tab.button('Make an access key');
    await tab.sees('Your new credentials');
    await isSound();
    await tab.go('/ui/');
    expect((await tab.rows('Access keys')).map(([name]) => name)).toEqual(['nightly-job']);
  });

  it('shares a folder with people and groups, after seeing what changes, and ends the share', async () => {
    const s3 = stack.s3((await stack.person('alice').post('/users/alice/sessions')).body);
    await s3.put(BUCKET, 'users-warehouse/alice/reports/march.csv');
    await tab.go('/ui/shares');
    await tab.button('Share');
    const offered = tab.page.locator('datalist option');
    await offered.first().waitFor({ state: 'attached' });
    expect(await offered.evaluateAll((all) => all.map((each) => each.getAttribute('value')))).toEqual([
      `${LAKE}/alice/reports/`,
    ]);
    await tab.fill('Path', `${LAKE}/alice/reports/`);
    await tab.fill('People', 'bob, dora');
    await tab.fill('Reason (optional)', 'For the review');
    await isSound();
    await tab.button('Show what changes');
    await tab.page.getByRole('list', { name: 'What changes' }).waitFor();
    expect((await shares()).length).toBe(0);
    await isSound();
    await tab.button('Share now');
    const outcome = await tab.rows('What became of it');
    expect(outcome.map(([name, text = '']) => [name, text.split('\n')[0]])).toEqual([
      ['bob', 'shared'],
      ['dora', 'waits for the first login'],
    ]);
    await tab.button('Close');
    const given = (await tab.rows('Given')).map((cells) => cells.slice(0, 3));
    expect(given).toContainEqual([`${LAKE}/alice/reports/`, 'bob', 'read']);
    await isSound();

    await tab.page
      .getByRole('row', { name: /reports.*bob/ })
      .getByRole('button', { name: 'End' })
      .click();
    await tab.page.getByRole('list', { name: 'What changes' }).waitFor();
    expect((await shares()).map((each) => each.grantee.name)).toContain('bob');
    await tab.button('End it now');
    await tab.sees('ended');
    await tab.button('Close');
    expect((await shares()).map((each) => each.grantee.name)).toEqual(['dora']);
  });

  it('sees in a picture and in a table who reaches a path, and why', async () => {
    const plots = { path: `${LAKE}/alice/plots/`, with_users: ['bob'] };
    expect((await stack.person('alice').post('/users/alice/share', plots)).status).toBe(200);
    await tab.go('/ui/who');
    await tab.fill('Path', `${LAKE}/alice/`);
    await tab.page.getByLabel('Include what lies below it').check();
    await tab.button('Show who');
    const rows = await tab.rows('Who can read this');
    expect(rows.map(([who, may]) => [who, may])).toEqual([
      ['alice', 'read and write'],
      ['bob', 'read'],
    ]);
    expect(rows[1]?.[2]).toContain('plots/');
    const picture = tab.page.getByRole('img', { name: /From the path/ });
    expect(await picture.locator('g.people text').allTextContents()).toEqual(['alice', 'bob']);
    expect(new URL(tab.page.url()).searchParams.get('path')).toBe(`${LAKE}/alice/`);
    await isSound();

    // the question is that of the address, also when the browser goes back
    const below = tab.page.getByLabel('Include what lies below it');
    await below.uncheck();
    await tab.fill('Path', `${LAKE}/alice/plots/`);
    await tab.button('Show who');
    await tab.page.waitForURL(/plots/);
    await tab.page.goBack();
    await tab.page.waitForURL((url) => !url.href.includes('plots'));
    const field = tab.page.getByRole('textbox', { name: 'Path' });
    await waitFor('the field', async () => (await field.inputValue()) === `${LAKE}/alice/`, {
      timeoutMs: 5000,
    });
    expect(await below.isChecked()).toBe(true);
  });

  it('asks for access, and the owner who sees the request approves it', async () => {
    await tab.go('/ui/requests');
    await tab.button('Ask for access');
    await tab.fill('Path', `${LAKE}/bob/genomes/`);
    await tab.fill('Reason', 'To compare');
    await isSound();
    await tab.button('Send the request');
    expect((await tab.rows('Mine'))[0]?.[1]).toMatch(/^open\s+Decided by bob\.$/);
    await isSound();

    const bob = await tabOf('bob');
    expect((await bob.rows('Waits for you'))[0]?.[0]).toBe('alice');
    await bob.go('/ui/requests/to-decide');
    await bob.button('Decide');
    await bob.page.getByRole('list', { name: 'What changes' }).waitFor();
    await isSound(bob);
    await bob.button('Approve');
    await bob.sees('approved');
    await bob.close();
    await tab.go('/ui/shares/received');
    expect((await tab.rows('Received')).map(([path]) => path)).toEqual([`${LAKE}/bob/genomes/`]);
  });

  it('asks to join a group, whose owner adds another member', async () => {
    await tab.go('/ui/groups/joinable');
    await tab.button('Ask to join');
    await tab.fill('Reason', 'I work there');
    await tab.button('Send the request');
    await tab.sees('asked');
    await isSound();

    const bob = await tabOf('bob');
    await bob.go('/ui/groups/of/Team');
    await bob.button('Add a member');
    await bob.fill('User name', 'carol');
    await bob.page.getByLabel('Role').selectOption('reader');
    await bob.button('Show what changes');
    await bob.page.getByRole('list', { name: 'What changes' }).waitFor();
    await bob.button('Do it');
    await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
    await bob.sees('carol');
    expect((await bob.rows('Members')).map(([name, role]) => [name, role])).toEqual([
      ['bob', 'owner'],
      ['carol', 'reader'],
    ]);
    await isSound(bob);
    await bob.close();
  });

  it('finds every page on a phone, without a bar to scroll it sideways', async () => {
    const phone = await PageTab.open(browser, stack.service.baseUrl, 360);
    await phone.logIn(stack.person('alice').token);
    for (const path of [
      '',
      'connect',
      'shares',
      'who?path=' + encodeURIComponent(`${LAKE}/alice/`),
      'requests',
      'groups',
    ]) {
      await phone.go(`/ui/${path}`);
      await phone.page.getByRole('heading', { level: 1 }).waitFor();
      const wide = await phone.page.evaluate('document.documentElement.scrollWidth');
      expect([path, wide]).toEqual([path, 360]);
    }
    await phone.page.locator('.menu-button summary').click();
    await phone.page.getByRole('link', { name: 'Shares' }).first().click();
    await phone.page.getByRole('heading', { name: 'Shares', level: 1 }).waitFor();
    await isSound(phone);
    await phone.close();
  });

  async function shares(): Promise<any[]> {
    return (await stack.person('alice').get('/users/alice/shares?direction=given')).body.items;
  }
});
