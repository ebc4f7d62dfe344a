import type { Browser } from 'playwright-core';
import { ADMIN_ROLE, type Stack } from '../service/stack.js';
import { PageTab } from './page-tab.js';

/** The page as an administrator has it. */
export async function adminTab(browser: Browser, stack: Stack, width?: number): Promise<PageTab> {
  const tab = await PageTab.open(browser, stack.service.baseUrl, width);
  await tab.logIn(stack.person('admin', [ADMIN_ROLE]).token);
  return tab;
}

/** Opens each address on a phone: every page has its heading, nothing scrolls it sideways, nothing keeps people out. */
export async function fitsPhone(browser: Browser, stack: Stack, paths: readonly string[]): Promise<void> {
  const phone = await adminTab(browser, stack, 360);
  for (const path of paths) {
    await phone.go(path);
    await phone.page.getByRole('heading', { level: 1 }).waitFor();
    await phone.page.waitForLoadState('networkidle');
    const wide = await phone.page.evaluate('document.documentElement.scrollWidth');
    expect([path, wide]).toEqual([path, 360]);
    expect([path, await phone.barriers(), phone.faults]).toEqual([path, [], []]);
  }
  await phone.close();
}
