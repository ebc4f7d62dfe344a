import type { Browser } from 'playwright-core';
import { adminTab, fitsPhone } from '../../support/page/admin-tab.js';
import type { PageTab } from '../../support/page/page-tab.js';
import { type Pair, PortalBench } from '../../support/portal/bench.js';
import { lose, resync, SECRET } from '../../support/portal/missing.js';
import { START_MS } from '../../support/service/stack.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';

(hasBrowser() ? describe : describe.skip)('an administrator who looks after data products', () => {
  let bench: PortalBench;
  let browser: Browser;
  let tab: PageTab;
  let pair: Pair;
  const isSound = async (): Promise<void> => {
    expect(await tab.barriers()).toEqual([]);
    expect(tab.faults).toEqual([]);
  };
  const dialog = () => tab.page.getByRole('dialog');

  beforeAll(async () => {
    [bench, browser] = await Promise.all([PortalBench.start({ secret: SECRET }), openChromium()]);
    tab = await adminTab(browser, bench.stack);
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    await bench?.stop();
  });

  it('is told where they come from while there are none', async () => {
    await tab.go('/ui/admin/data-products');
    await tab.sees(/^There are no data products yet/);
    await isSound();
  });

  it('finds one, and sees its path, its keys and what it may read', async () => {
    pair = await bench.pair('corn');
    await bench.grant(pair);
    await bench.settle();
    await tab.go('/ui/admin/data-products?q=corn-con');
    const [row = []] = await tab.rows('Data products');
    expect([row[1], row[2]]).toEqual(['ready', 's3a://data-products/corn-consumer/']);
    await isSound();
    await tab.page.getByRole('table').getByRole('link').first().click();
    await tab.sees('No key was claimed yet.');
    const ports = await tab.rows('What it may read: output ports that were approved');
    expect(ports.map(([from = '', may]) => [from.split('\n')[0], may])).toEqual([[pair.provider, 'read']]);
    expect((await tab.rows('What it reaches')).length).toBeGreaterThan(0);
    await isSound();
    await tab.page.getByRole('link', { name: pair.provider }).first().click();
    expect((await tab.rows('Who reaches its data')).length).toBeGreaterThan(0);
  });

  it('claims a key, which is shown when asked for and gone with the dialog, and lets it be claimed again', async () => {
    await tab.go(`/ui/admin/data-products/of/${pair.consumer}`);
    await tab.button('Claim a key');
    await dialog().getByRole('button', { name: 'Claim a key' }).click();
    await tab.sees('Copy it now: it is shown once.');
    await isSound();
    await dialog().getByRole('button', { name: 'Show' }).click();
    const [, secret = ''] = /Secret key\s+(\S{40})/.exec(await dialog().innerText()) ?? [];
    expect(secret).toMatch(/^\w{40}$/);
    bench.stack.secrets.add('a claimed key, shown on the page', secret);
    await tab.button('Forget it');
    expect((await tab.rows('Keys')).map(([by]) => by)).toEqual(['admin']);
    expect(await tab.page.content()).not.toContain(secret);
    await tab.button('Let it be claimed again');
    await dialog().getByRole('button', { name: 'Let it be claimed again' }).click();
    await tab.page.getByRole('button', { name: 'Claim a key' }).waitFor();
    expect((await bench.shown(pair.consumer)).claimed_at).toBeNull();
    await isSound();
  });

  it('has one compared again, and follows that', async () => {
    await tab.button('Compare it again');
    await dialog().getByRole('button', { name: 'Compare it again' }).click();
    await tab.page.getByRole('link', { name: 'Follow it' }).click();
    await tab.page.getByRole('heading', { name: /^data_product\.reconcile/ }).waitFor();
    await tab.page.getByText('done', { exact: true }).waitFor();
    await isSound();
  });

  it('is told of those that are missing in the portal, and confirms that one is gone', async () => {
    lose(bench, pair.consumer);
    await resync(bench);
    await tab.go('/ui/admin/data-products');
    await tab.sees(/^The portal does not have 1 of them/);
    await isSound();
    await tab.page.getByRole('link', { name: 'Show them' }).click();
    await tab.sees('1 of 1');
    await tab.page.getByRole('table').getByRole('link').first().click();
    await tab.sees('missing in the portal');
    await tab.button('Confirm that it is gone');
    await isSound();
    expect((await bench.shown(pair.consumer)).state).toBe('missing');
    await dialog().getByRole('button', { name: 'Confirm that it is gone' }).click();
    await tab.sees('It will be done.');
    await tab.button('Close');
    await tab.page.getByText('deleted', { exact: true }).waitFor();
    await isSound();
    await fitsPhone(browser, bench.stack, [
      '/ui/admin/data-products',
      `/ui/admin/data-products/of/${pair.provider}`,
    ]);
  });
});
