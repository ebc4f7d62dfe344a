import type { Browser } from '../../support/walks/browser.js';

export interface Tried {
  method: string;
  /** The body as the page filled it in. */
  sent: string;
  status: number;
  /** The body of the answer, as the page shows it. */
  text: string;
}

/** The page of the API in a tab. */
export class Tab {
  constructor(
    private readonly browser: Browser,
    private readonly url: () => string,
  ) {}

  texts(selector: string): Promise<string[]> {
    return this.browser.evaluate(
      `[...document.querySelectorAll('${selector}')].map((each) => each.textContent.trim())`,
    );
  }

  count(selector: string): Promise<number> {
    return this.browser.evaluate(`document.querySelectorAll('${selector}').length`);
  }

  /** Opens it, or one operation (`Tag/operation`), as if its address were typed. */
  async open(operation = ''): Promise<void> {
    await this.browser.open('about:blank');
    await this.browser.open(`${this.url()}/docs${operation ? `#/${operation}` : ''}`);
    await this.browser.until(`document.querySelectorAll('.opblock-tag').length > 5`);
  }

  /** "Try it out", then "Execute", with nothing typed in between. */
  async tryOut(operation: string): Promise<Tried> {
    await this.open(operation);
    await this.browser.click('.opblock.is-open .try-out__btn');
    await this.browser.click('.opblock.is-open .execute');
    const live = '.opblock.is-open .live-responses-table';
    await this.browser.until(`document.querySelector('${live} .response-col_status') !== null`);
    const [method, sent, status, text] = await this.browser.evaluate(`[
      document.querySelector('.opblock.is-open .opblock-summary-method').textContent,
      document.querySelector('.opblock.is-open textarea')?.value ?? '',
      document.querySelector('${live} tbody .response-col_status').innerText,
      document.querySelector('${live} .microlight')?.textContent ?? '',
    ]`);
    return { method, sent, status: Number.parseInt(status, 10), text };
  }
}
