import type { Browser } from 'playwright-core';
import { adminTab, fitsPhone } from '../../support/page/admin-tab.js';
import type { PageTab } from '../../support/page/page-tab.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';
import { ended, reaches, submit } from '../../support/workflows/provisions.js';

(hasBrowser() ? describe : describe.skip)('an administrator who looks after provisions', () => {
  let stack: Stack;
  let browser: Browser;
  let tab: PageTab;
  const isSound = async (): Promise<void> => {
    expect(await tab.barriers()).toEqual([]);
    expect(tab.faults).toEqual([]);
  };
  const membership = (user: string) =>
    submit(stack.admin, 'membership', { group_name: 'Lab', user_name: user });
  const dialog = () => tab.page.getByRole('dialog');

  beforeAll(async () => {
    [stack, browser] = await Promise.all([
      startStack({ env: { SWEEP_INTERVAL_SECONDS: '0' }, proxied: true }),
      openChromium(),
    ]);
    await stack.admin.post('/groups/Lab', {});
    tab = await adminTab(browser, stack);
  }, START_MS);
  afterEach(async () => {
    await stack.proxy.refuse();
    await stack.proxy.accept();
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it('is told what to expect while there are none', async () => {
    await tab.go('/ui/admin/provisions');
    await tab.sees(/^There are no provisions yet/);
    await tab.go('/ui/admin/provisions/dead-letters');
    await tab.sees(/^There are no dead letters/);
    await isSound();
  });

  it('finds a dead letter with its sentence, sees what it would do now, and repeats it', async () => {
    const dead = await ended(stack.admin, await membership('newcomer'));
    await tab.go('/ui/admin/provisions/dead-letters');
    const [row = []] = await tab.rows('Dead letters');
    expect([row[0], row[1], row[2]?.includes(dead.error)]).toEqual(['membership', 'group:Lab', true]);
    await isSound();
    await tab.page.getByRole('link', { name: 'membership group:Lab' }).click();
    await tab.sees(dead.error);
    await tab.button('Repeat it');
    await tab.sees(/^It would fail again:/);
    await isSound();
    await tab.button('Back');
    await stack.person('newcomer').post('/users/newcomer');
    await tab.button('Repeat it');
    await tab.page.getByRole('list', { name: 'What changes' }).waitFor();
    await dialog().getByRole('button', { name: 'Repeat it' }).click();
    // the new one, which is followed until it is done
    await tab.page.getByText('done', { exact: true }).waitFor();
    await tab.page.getByRole('link', { name: dead.id }).click();
    await tab.sees('redriven');
    expect(await tab.page.getByRole('button', { name: 'Repeat it' }).count()).toBe(0);
  });

  it('gives a dead letter up, for a reason', async () => {
    const dead = await ended(stack.admin, await membership('nobody'));
    await tab.go(`/ui/admin/provisions/of/${dead.id}`);
    await tab.button('Give it up');
    await dialog().getByLabel('Reason').fill('has left');
    await dialog().getByRole('button', { name: 'Give it up' }).click();
    await tab.sees('It was given up: has left');
    await isSound();
    await tab.go('/ui/admin/provisions/dead-letters');
    await tab.sees(/^There are no dead letters/);
  });

  it('follows one that waits, runs it now, undoes it, and asks nothing more once it is left', async () => {
    await stack.proxy.refuse();
    const made = await submit(stack.admin, 'bucket', { bucket: 'followed-bucket' });
    let shown = await reaches(stack.admin, made, 'pending');
    while (shown.error === null) shown = await reaches(stack.admin, made, 'pending');
    await tab.go(`/ui/admin/provisions/of/${made.id}`);
    await tab.page.getByText('waits', { exact: true }).waitFor();
    await tab.sees('This page follows it.');
    await tab.sees('Next attempt');
    await isSound();
    await asksUntilLeft(`/provisions/${made.id}`);
    await stack.proxy.accept();
    await tab.go(`/ui/admin/provisions/of/${made.id}`);
    await tab.button('Run it now');
    await dialog().getByRole('button', { name: 'Run it now' }).click();
    await tab.page.getByText('done', { exact: true }).waitFor();
    await tab.button('Undo it');
    await dialog().getByRole('button', { name: 'Undo it' }).click();
    await tab.page.getByRole('heading', { name: /^undo / }).waitFor();
    await tab.page.getByText('done', { exact: true }).waitFor();
    await tab.page.getByRole('link', { name: made.id }).click();
    expect((await tab.rows('What belongs to it')).map(([kind]) => kind)).toEqual(['undo']);
    await isSound();
  });

  it('cancels one that waits, and finds it by its state', async () => {
    await stack.proxy.refuse();
    const made = await submit(stack.admin, 'bucket', { bucket: 'cancelled-bucket' });
    await reaches(stack.admin, made, 'pending');
    await tab.go(`/ui/admin/provisions/of/${made.id}`);
    await tab.button('Cancel it');
    await dialog().getByRole('button', { name: 'Cancel it' }).click();
    await tab.page.getByText('cancelled', { exact: true }).first().waitFor();
    await tab.go('/ui/admin/provisions');
    await tab.page.getByLabel('State').selectOption('cancelled');
    await tab.button('Show');
    await tab.sees('1 of 1');
    expect((await tab.rows('Provisions')).map(([kind, about]) => [kind, about])).toEqual([
      ['bucket', 'bucket:cancelled-bucket'],
    ]);
    expect(new URL(tab.page.url()).searchParams.get('status')).toBe('cancelled');
    await isSound();
    await tab.go('/ui/admin/provisions/of/0b6a3f4e-6d0c-4d5e-9a53-0d2b8f4f8c11');
    await tab.page.getByRole('alert').waitFor();
    await tab.sees(/^Request /);
    await fitsPhone(browser, stack, ['/ui/admin/provisions', `/ui/admin/provisions/of/${made.id}`]);
  });

  /** The page asks for what it shows again and again, and not once more when another page is there. */
  async function asksUntilLeft(address: string): Promise<void> {
    const other = await adminTab(browser, stack);
    await other.page.clock.install();
    await other.go(`/ui/admin${address.replace('/provisions/', '/provisions/of/')}`);
    await other.sees('This page follows it.');
    const asked: string[] = [];
    other.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    for (let time = 0; time < 2; time++) {
      const again = other.page.waitForRequest((request) => request.url().endsWith(address));
      await other.page.clock.runFor(5000);
      await (await again).response();
      await other.page.waitForLoadState('networkidle');
    }
    await other.page.getByRole('link', { name: 'Drift' }).first().click();
    await other.page.getByRole('heading', { name: 'Drift', level: 1 }).waitFor();
    await other.page.waitForLoadState('networkidle');
    asked.length = 0;
    await other.page.clock.runFor(120_000);
    expect(asked.filter((path) => path.startsWith('/provisions'))).toEqual([]);
    await other.close();
  }
});
