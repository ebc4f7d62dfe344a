import { Browser, hasBrowser } from '../../support/browser.js';
import { problemOf } from '../../support/problems.js';
import { type Stack, START_MS, startStack } from '../../support/stack.js';

const HTML = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

describe('the root of the service', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  }, START_MS);
  afterAll(() => stack?.stop());

  it('leads whoever opens it in a browser to the page of the API', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['HEAD', '/'],
      ['GET', '/?from=mail'],
    ] as const) {
      const { status, headers } = await stack.service.request(method, path, { headers: HTML });
      expect([path, status, headers.location, headers.vary]).toEqual([path, 302, 'docs', 'accept']);
    }
  });

  it('tells programs what it takes, as before', async () => {
    for (const accept of ['', '*/*', 'application/json']) {
      const answer = await stack.service.request('GET', '/', { headers: { accept } });
      expect([...problemOf(answer), answer.headers.allow]).toEqual([405, 'method_not_allowed', 'POST']);
    }
    const answer = await stack.service.request('POST', '/', { headers: HTML, body: {} });
    expect(problemOf(answer)).toEqual([400, 'malformed_request']);
    expect((await stack.service.request('GET', '/me', { headers: HTML })).status).toBe(401);
  });
});

(hasBrowser() ? describe : describe.skip)('the page of the API, in a browser', () => {
  let stack: Stack;
  let browser: Browser;

  beforeAll(async () => {
    [stack, browser] = await Promise.all([startStack(), Browser.start()]);
  }, START_MS);
  afterAll(async () => {
    await Promise.all([stack?.stop(), browser?.stop()]);
  });

  const texts = (selector: string): Promise<string[]> =>
    browser.evaluate(`[...document.querySelectorAll('${selector}')].map((each) => each.textContent.trim())`);
  const count = (selector: string): Promise<number> =>
    browser.evaluate(`document.querySelectorAll('${selector}').length`);

  async function open(hash = ''): Promise<void> {
    await browser.open('about:blank');
    await browser.open(`${stack.service.baseUrl}/${hash ? `docs${hash}` : ''}`);
    await browser.until(`document.querySelectorAll('.opblock-tag').length > 5`);
  }

  it('opens with the groups of operations, each with what it is about', async () => {
    await open();
    expect(await browser.evaluate('location.pathname')).toBe('/docs');
    const names: string[] = await browser.evaluate(
      `[...document.querySelectorAll('.opblock-tag')].map(({ dataset }) => dataset.tag)`,
    );
    expect(names.slice(0, 4)).toEqual(['Me', 'Credentials', 'Sharing', 'Access']);
    expect((await texts('.opblock-tag small')).filter((text) => text === '')).toEqual([]);
    expect(await count('.opblock-tag small')).toBe(names.length);
    expect(await count('.opblock')).toBe(0);
  });

  it('finds operations by what they do and by their address', async () => {
    await open();
    await browser.type('.operation-filter-input', 'unshare');
    await browser.until(`document.querySelectorAll('.opblock').length === 1`);
    expect(await texts('.opblock-summary-path')).toEqual([expect.stringMatching(/unshare/)]);
    await browser.type('.operation-filter-input', 'POST /disable');
    await browser.until(`document.querySelector('.opblock-summary-path')?.textContent.includes('disable')`);
    expect(await count('.opblock')).toBe(1);
    await browser.type('.operation-filter-input', 'nothing at all');
    await browser.until(`document.querySelectorAll('.opblock-tag').length === 0`);
    await browser.type('.operation-filter-input', '');
    await browser.until(`document.querySelectorAll('.opblock-tag').length > 5`);
    expect(await count('.opblock')).toBe(0);
  });

  it('fills an operation in so that it works, and explains the common answers in a line each', async () => {
    await open('#/Credentials/Credentials_pair');
    await browser.click('.try-out__btn');
    await browser.until(`document.querySelector('textarea.body-param__text')?.value.includes('rotate')`);
    const body = JSON.parse(await browser.evaluate(`document.querySelector('textarea').value`));
    expect(body).toEqual({ rotate: false, revoke_sessions: false, revoke_access_keys: false });
    expect(await browser.evaluate(`document.querySelector('tr[data-param-name=user] input').value`)).toBe(
      'alice',
    );
    const rows: { code: string; height: number; text: string }[] = await browser.evaluate(
      `[...document.querySelectorAll('tr.response')].map((row) =>
        ({ code: row.dataset.code, height: row.offsetHeight, text: row.textContent }))`,
    );
    const common = rows.filter(({ code }) =>
      ['401', '403', '413', '415', '429', '500', '503'].includes(code),
    );
    expect(common).toHaveLength(7);
    expect(common.filter(({ height }) => height > 100)).toEqual([]);
    expect(rows.find(({ code }) => code === '409')?.text).toContain('"code": "user_being_removed"');
    const height: number = await browser.evaluate(`document.querySelector('.opblock.is-open').offsetHeight`);
    expect(height).toBeLessThan(4000);
  });

  it('sends an optional parameter only if somebody fills it in', async () => {
    await open('#/Administration/Audit_list');
    await browser.click('.try-out__btn');
    await browser.until(`document.querySelector('tr[data-param-name=action] input') !== null`);
    const value = (name: string) =>
      browser.evaluate(`document.querySelector('tr[data-param-name=${name}] input').value`);
    expect([await value('action'), await value('since'), await value('limit')]).toEqual(['', '', '100']);
    expect(await texts('tr[data-param-name=action] td')).toEqual([
      expect.anything(),
      expect.stringContaining('user.created'),
    ]);
  });

  it('keeps the token while the tab is open, and nowhere else', async () => {
    await open();
    await browser.click('.btn.authorize');
    await browser.until(`document.querySelector('.auth-container') !== null`);
    const box = (await texts('.auth-container')).join();
    for (const kind of ['npm start', 'KBase', 'JupyterHub', 'OIDC', 'svc_']) expect(box).toContain(kind);
    await browser.type('.auth-container input', stack.person('alice').token);
    await browser.click('.auth-btn-wrapper .authorize');
    await browser.until(`document.querySelector('.auth-container input') === null`);
    await browser.evaluate('location.reload()');
    await open('#/Me/Me_me');
    await browser.click('.try-out__btn');
    await browser.click('.execute');
    await browser.until(`document.querySelector('.live-responses-table .response-col_status') !== null`);
    expect((await texts('.live-responses-table .microlight')).join()).toContain('"user_name": "alice"');
    expect(await browser.evaluate('localStorage.length')).toBe(0);
    expect(await browser.evaluate('document.cookie')).toBe('');

    await browser.click('.btn.authorize');
    await browser.until(`document.querySelector('.auth-btn-wrapper button') !== null`);
    await browser.evaluate(
      `[...document.querySelectorAll('.auth-btn-wrapper button')].find(({ textContent }) => textContent === 'Logout').click()`,
    );
    await browser.until(`sessionStorage.getItem('minio-manager:authorized') === '{}'`);
  });
});
