import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { seedDemo } from '../../../scripts/demo/seed.mjs';
import { PEOPLE } from '../../../scripts/demo/world.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { PageTab } from '../../support/page/page-tab.js';
import { ADMIN_ROLE, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { hasBrowser, openChromium } from '../../support/walks/browser.js';

/** Where the pictures go; without it none are taken. `scripts/site` shows them. */
const FOLDER = process.env.PAGE_SCREENSHOTS;
/** What the parts of addresses are in the demo's world. */
const PARTS: Record<string, string> = { group: 'KBase', user: 'alice' };

const TEXT = readFileSync(join(ROOT, 'web/src/app/routes.tsx'), 'utf8');
const ROUTES = [...TEXT.matchAll(/\{\s*path: '(\/ui\/[^']*)'(.*?)\}(?=,\n)/gs)].map(
  ([, path = '', rest = '']) => ({ path, isAdmin: rest.includes('isAdmin: true') }),
);

/** An address with another part, such as the id of a run, leads nowhere in this world: suites of their own go there. */
const WALKED = ROUTES.filter(({ path }) =>
  [...path.matchAll(/:(\w+)/g)].every(([, part = '']) => part in PARTS),
);

/** `/ui/admin/users` is `admin-users`. */
const nameOf = (path: string) => path.replace(/^\/ui\/?/, '').replaceAll('/', '-') || 'home';

(hasBrowser() ? describe : describe.skip)('each address of the page, in the world of the demo', () => {
  let stack: Stack;
  let browser: Browser;
  let tabs: { alice: PageTab; admin: PageTab };

  beforeAll(async () => {
    [stack, browser] = await Promise.all([
      startStack({ env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' } }),
      openChromium(),
    ]);
    const token = (name: string) => stack.person(name, name === 'admin' ? [ADMIN_ROLE] : []).token;
    const tokens = Object.fromEntries(PEOPLE.map((name) => [name, token(name)]));
    await seedDemo({ url: stack.service.baseUrl, tokens });
    const tabOf = async (name: string) => {
      const tab = await PageTab.open(browser, stack.service.baseUrl);
      await tab.logIn(token(name));
      return tab;
    };
    tabs = { alice: await tabOf('alice'), admin: await tabOf('admin') };
    if (FOLDER) mkdirSync(FOLDER, { recursive: true });
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it('is known', () => {
    expect(ROUTES.length).toBe(TEXT.split("path: '").length - 1);
    expect(ROUTES.length).toBeGreaterThan(10);
  });

  it.each(WALKED)('$path is there, sound, and has no barrier', async ({ path, isAdmin }) => {
    const address = path.replaceAll(/:(\w+)/g, (_, part: string) => PARTS[part] ?? '');
    const tab = isAdmin ? tabs.admin : tabs.alice;
    await tab.go(address);
    await tab.page.getByRole('heading', { level: 1 }).waitFor();
    await tab.page.waitForLoadState('networkidle');
    expect(await tab.barriers()).toEqual([]);
    expect(tab.faults).toEqual([]);
    if (FOLDER) await tab.page.screenshot({ path: join(FOLDER, `${nameOf(address)}.png`), fullPage: true });
  });
});
