import AxeBuilder from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';

/** A page that does not come in this time is broken, also on a busy machine. */
const TIMEOUT_MS = 20_000;

/** One person's browser at the page, with what went wrong in it. */
export class PageTab {
  /** What the page's policy refused, what the page threw, and what it logged as an error. */
  readonly faults: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly url: string,
  ) {}

  static async open(browser: Browser, url: string, width = 1200): Promise<PageTab> {
    const context = await browser.newContext({ viewport: { width, height: 850 }, locale: 'en-US' });
    context.setDefaultTimeout(TIMEOUT_MS);
    const page = await context.newPage();
    const tab = new PageTab(page, context, url);
    await page.exposeFunction('tellFault', (text: string) => tab.faults.push(text));
    await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) => {
      tellFault('policy: ' + event.violatedDirective + ' ' + event.blockedURI);
    });`);
    page.on('pageerror', (error) => tab.faults.push(`thrown: ${error.message}`));
    page.on('console', (message) => {
      // an answer that is a refusal is logged by the browser itself
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        tab.faults.push(`logged: ${message.text()}`);
    });
    return tab;
  }

  /** Opens an address of the page, as if it were typed. */
  async go(path: string): Promise<void> {
    await this.page.goto(`${this.url}${path}`);
  }

  /** Logs in with a token, as a person who pastes it. */
  async logIn(token: string): Promise<void> {
    await this.go('/ui/');
    await this.page.getByLabel('Token').fill(token);
    await this.page.getByRole('button', { name: 'Log in with the token' }).click();
    await this.page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  }

  button(name: string): Promise<void> {
    return this.page.getByRole('button', { name, exact: true }).click();
  }

  fill(label: string, value: string): Promise<void> {
    return this.page.getByLabel(label, { exact: true }).fill(value);
  }

  /** Waits until a text is there. */
  sees(text: string | RegExp): Promise<void> {
    return this.page.getByText(text).first().waitFor();
  }

  /** Waits until the menu names who is logged in. */
  isOf(user: string): Promise<void> {
    return this.page.locator('.side .who').getByText(user, { exact: true }).waitFor();
  }

  /** The rows of the table with this caption, each as the texts of its cells. */
  async rows(caption: string): Promise<string[][]> {
    const table = this.page.getByRole('table', { name: caption });
    await table.waitFor();
    const rows = await table.locator('tbody tr').all();
    return Promise.all(rows.map((row) => row.locator('td').allInnerTexts()));
  }

  /** What axe finds serious or worse in the page as it is now: the rule and where. */
  async barriers(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
