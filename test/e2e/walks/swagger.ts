import { Browser, hasBrowser } from '../../support/walks/browser.js';
import { START_MS } from '../../support/service/stack.js';
import type { Place } from './place.js';
import { Tab, type Tried } from './tab.js';

/** Operations that an administrator tries first, exactly as the page fills them in, and what the answer must show. */
const TRIED: [string, string, string, number, RegExp][] = [
  ['lists users', 'Users/AdminUsers_list', 'GET', 200, /"user_name": "alice"[\s\S]*"user_name": "bob"/],
  ['asks the doctor', 'Administration/Doctor_examine', 'GET', 200, /^\{\s+"verdict": "[^"]+/],
  ['makes the group of the example', 'Groups/Groups_save', 'POST', 200, /"group_name": "KBase"/],
  [
    'shares',
    'Sharing/Sharing_share',
    'POST',
    200,
    /"name": "bob"[\s\S]*"status": "(granted|changed|unchanged)"/,
  ],
  ['asks who reaches a path', 'Access/AccessQuestions_who', 'GET', 200, /"name": "KBase"/],
  ['asks for drift', 'Administration/Drift_report', 'GET', 200, /"foreign"/],
  ['asks for the present pair', 'Credentials/Credentials_pair', 'POST', 200, /"rotated": false/],
];

/** Somebody who has the address of the demo, the token that it printed, and a browser. */
export function swagger(place: Place): void {
  const test = hasBrowser() ? it : it.skip;
  let browser: Browser;
  let tab: Tab;
  const answered = new Map<string, Tried>();

  beforeAll(async () => {
    if (!hasBrowser()) return;
    browser = await Browser.start();
    tab = new Tab(browser, () => place.url);
  }, START_MS);
  afterAll(() => browser?.stop());

  test('it opens with the groups of operations, each with what it is about', async () => {
    await tab.open();
    const names: string[] = await browser.evaluate(
      `[...document.querySelectorAll('.opblock-tag')].map(({ dataset }) => dataset.tag)`,
    );
    expect(names.slice(0, 4)).toEqual(['Me', 'Credentials', 'Sharing', 'Access']);
    expect((await tab.texts('.opblock-tag small')).filter((text) => text === '')).toEqual([]);
    expect(await tab.count('.opblock-tag small')).toBe(names.length);
    expect(await tab.count('.opblock')).toBe(0);
  });

  test('operations are found by what they do and by their address', async () => {
    await browser.type('.operation-filter-input', 'unshare');
    await browser.until(`document.querySelectorAll('.opblock').length === 1`);
    expect(await tab.texts('.opblock-summary-path')).toEqual([expect.stringMatching(/unshare/)]);
    await browser.type('.operation-filter-input', 'POST /disable');
    await browser.until(`document.querySelector('.opblock-summary-path')?.textContent.includes('disable')`);
    expect(await tab.count('.opblock')).toBe(1);
    await browser.type('.operation-filter-input', 'nothing at all');
    await browser.until(`document.querySelectorAll('.opblock-tag').length === 0`);
    await browser.type('.operation-filter-input', '');
    await browser.until(`document.querySelectorAll('.opblock-tag').length > 5`);
    expect(await tab.count('.opblock')).toBe(0);
  });

  test('before the log in, an operation says that a token is missing and how it is sent', async () => {
    const { status, text } = await tab.tryOut('Me/Me_me');
    expect([status, text]).toEqual([401, expect.stringContaining('Authorization: Bearer')]);
  });

  test('Authorize says which tokens there are, and takes the one that the demo printed', async () => {
    await browser.click('.btn.authorize');
    await browser.until(`document.querySelector('.auth-container') !== null`);
    const box = (await tab.texts('.auth-container')).join();
    for (const kind of ['npm start', 'KBase', 'JupyterHub', 'OIDC', 'svc_']) expect(box).toContain(kind);
    await browser.type('.auth-container input', place.token('admin'));
    await browser.click('.auth-btn-wrapper .authorize');
    await browser.until(`document.querySelector('.auth-container input') === null`);
  });

  test('a reload keeps the token, and nothing else does', async () => {
    await browser.evaluate('location.reload()');
    const { status, text } = await tab.tryOut('Me/Me_me');
    expect([status, text]).toEqual([200, expect.stringContaining('"user_name": "admin"')]);
    expect(await browser.evaluate('localStorage.length')).toBe(0);
    expect(await browser.evaluate('document.cookie')).toBe('');
  });

  test.each(TRIED)('%s by the example, as it stands', async (_, operation, method, status, shows) => {
    const answer = await tab.tryOut(operation);
    answered.set(operation, answer);
    expect([answer.method, answer.status, answer.text]).toEqual([
      method,
      status,
      expect.stringMatching(shows),
    ]);
    // what a person would not want to have written into the audit log
    expect(answer.sent).not.toMatch(/"string"|[^\x20-\x7e\s]/);
  });

  test('the doctor says in a line how it stands, the worst first', () => {
    const { checks, verdict, summary } = JSON.parse(
      answered.get('Administration/Doctor_examine')?.text ?? '{}',
    );
    const order = ['failed', 'warning', 'not_configured', 'ok'];
    const ranks = checks.map((check: any) => order.indexOf(check.verdict));
    expect(ranks).toEqual(ranks.toSorted((one: number, other: number) => one - other));
    expect([verdict, summary]).toEqual([
      expect.stringMatching(/^(ok|warning|failed)$/),
      expect.stringMatching(/^.{10,}$/),
    ]);
  });

  test('an opened operation is short: common answers in a line each, others with their own example', async () => {
    await tab.open('Credentials/Credentials_pair');
    await browser.click('.try-out__btn');
    await browser.until(`document.querySelector('textarea.body-param__text')?.value.includes('rotate')`);
    const body = JSON.parse(await browser.evaluate(`document.querySelector('textarea').value`));
    expect(body).toEqual({ rotate: false, revoke_sessions: false, revoke_access_keys: false });
    const user = `document.querySelector('tr[data-param-name=user] input').value`;
    expect(await browser.evaluate(user)).toBe('alice');
    const rows: { code: string; height: number; text: string }[] = await browser.evaluate(
      `[...document.querySelectorAll('tr.response')].map((row) =>
        ({ code: row.dataset.code, height: row.offsetHeight, text: row.textContent }))`,
    );
    const everywhere = ['401', '403', '413', '415', '429', '500', '503'];
    const common = rows.filter(({ code }) => everywhere.includes(code));
    expect(common).toHaveLength(7);
    expect(common.filter(({ height }) => height > 100)).toEqual([]);
    expect(rows.find(({ code }) => code === '409')?.text).toContain('"code": "user_being_removed"');
    const height: number = await browser.evaluate(`document.querySelector('.opblock.is-open').offsetHeight`);
    expect(height).toBeLessThan(4000);
  });

  test('an optional parameter is sent only if somebody fills it in', async () => {
    await tab.open('Administration/Audit_list');
    await browser.click('.try-out__btn');
    await browser.until(`document.querySelector('tr[data-param-name=action] input') !== null`);
    const value = (name: string) =>
      browser.evaluate(`document.querySelector('tr[data-param-name=${name}] input').value`);
    expect([await value('action'), await value('since'), await value('limit')]).toEqual(['', '', '100']);
    expect(await tab.texts('tr[data-param-name=action] td')).toEqual([
      expect.anything(),
      expect.stringContaining('user.created'),
    ]);
  });

  test('Logout forgets the token', async () => {
    await browser.click('.btn.authorize');
    await browser.until(`document.querySelector('.auth-btn-wrapper button') !== null`);
    await browser.evaluate(
      `[...document.querySelectorAll('.auth-btn-wrapper button')].find(({ textContent }) => textContent === 'Logout').click()`,
    );
    await browser.until(`sessionStorage.getItem('minio-manager:authorized') === '{}'`);
    expect((await tab.tryOut('Me/Me_me')).status).toBe(401);
  });
}
