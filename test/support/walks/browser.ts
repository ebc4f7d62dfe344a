import { spawnTied, stopChild, waitFor, which } from '../../../scripts/child.mjs';
import { tempDir } from '../service/temp.js';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];

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

/** One tab of a real browser without a window, driven by the DevTools protocol. */
export class Browser {
  private id = 0;
  private readonly waiting = new Map<number, (answer: any) => void>();

  private constructor(
    private readonly child: ReturnType<typeof spawnTied>,
    private readonly socket: WebSocket,
  ) {
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data));
      this.waiting.get(answer.id)?.(answer);
    });
  }

  static async start(): Promise<Browser> {
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--window-size=1280,900'];
    const argv = [
      ...flags,
      '--remote-debugging-port=0',
      `--user-data-dir=${tempDir('browser')}`,
      'about:blank',
    ];
    const child = spawnTied(findBrowser() ?? 'chromium', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    let address: string | undefined;
    await waitFor('the browser', () => (address = /ws:\/\/([\d.:]+)\//.exec(said)?.[1]) !== undefined);
    const tabs = (await (await fetch(`http://${address}/json/list`)).json()) as any[];
    const socket = new WebSocket(tabs.find(({ type }) => type === 'page').webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error(`no tab of the browser:\n${said}`)));
    });
    return new Browser(child, socket);
  }

  /** Opens the address as if it were typed. */
  async open(url: string): Promise<void> {
    await this.send('Page.navigate', { url });
  }

  /** The value of an expression in the page; a promise is waited for. */
  async evaluate(expression: string): Promise<any> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', options);
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
    return result.value;
  }

  /** Waits until the expression is true in the page, which may be about to change. */
  async until(expression: string): Promise<void> {
    await waitFor(expression, () => this.evaluate(expression).catch(() => false), { timeoutMs: 60_000 });
  }

  async click(selector: string): Promise<void> {
    await this.until(`document.querySelector(${JSON.stringify(selector)}) !== null`);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  /** As React sees it when somebody types. */
  async type(selector: string, text: string): Promise<void> {
    await this.until(`document.querySelector(${JSON.stringify(selector)}) !== null`);
    await this.evaluate(`{
      const input = document.querySelector(${JSON.stringify(selector)});
      const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
      set.call(input, ${JSON.stringify(text)});
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }`);
  }

  async stop(): Promise<void> {
    this.socket.close();
    await stopChild(this.child);
  }

  private async send(method: string, params: object): Promise<any> {
    const id = (this.id += 1);
    const answered = new Promise<any>((resolve) => this.waiting.set(id, resolve));
    this.socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answered;
    this.waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }
}
