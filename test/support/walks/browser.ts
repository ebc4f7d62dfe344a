import { type Browser as Chromium, chromium, type Page } from 'playwright-core';
import { which } from '../../../scripts/child.mjs';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const TIMEOUT_MS = 60_000;

/** For `(hasBrowser() ? describe : describe.skip)(...)`; says so when it is missing. */
export function hasBrowser(): boolean {
  if (findBrowser() !== undefined) return true;
  const missing = 'Chromium is not installed (Debian: apt-get install chromium): its tests are skipped';
  if (process.env.CI) throw new Error(missing);
  console.warn(missing);
  return false;
}

function findBrowser(): string | undefined {
  return PROGRAMS.map((name) => which(name)).find((found) => found !== undefined);
}

/** A real browser without a window. */
export function openChromium(): Promise<Chromium> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('Chromium is not installed');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** One tab of a real browser, for a page that is not ours. */
export class Browser {
  private constructor(
    private readonly chromium: Chromium,
    private readonly page: Page,
  ) {}

  static async start(): Promise<Browser> {
    const opened = await openChromium();
    const page = await opened.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(TIMEOUT_MS);
    return new Browser(opened, page);
  }

  /** Opens the address as if it were typed. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
  }

  /** The value of an expression in the page; a promise is waited for. */
  evaluate(expression: string): Promise<any> {
    return this.page.evaluate(expression);
  }

  /** Waits until the expression is true in the page, which may be about to change. */
  async until(expression: string): Promise<void> {
    await this.page.waitForFunction(expression);
  }

  click(selector: string): Promise<void> {
    return this.page.locator(selector).first().click();
  }

  type(selector: string, text: string): Promise<void> {
    return this.page.locator(selector).first().fill(text);
  }

  stop(): Promise<void> {
    return this.chromium.close();
  }
}
