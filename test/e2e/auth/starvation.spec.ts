import { randomBytes } from 'node:crypto';
import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const CONNECTIONS = 260;
const KNOWN = 20;
/** What one address may have of the calls to the auth service: twelve tokens, two calls each. */
const CALLS_OF_AN_ADDRESS = 24;
/** What all addresses together may have of them for tokens that nobody knows: 24 of 32, two calls each. */
const CALLS_OF_STRANGERS = 48;
const random = (): string => `RANDOM${randomBytes(13).toString('hex').toUpperCase()}`;
const isRandom = (token: string | undefined): boolean => token?.startsWith('RANDOM') === true;

describe('whoever sends random tokens', () => {
  let stack: Stack;
  const from = (address: number) => ({ headers: { 'x-forwarded-for': `192.0.2.${address}` } });
  const ask = (token: string, address = 1) =>
    stack.service.request('GET', '/me', { token: `Bearer ${token}`, ...from(address) });

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, TRUST_PROXY: 'true' } });
  }, START_MS);
  afterEach(() => {
    stack.kbase.held = undefined;
    stack.kbase.fault = undefined;
  });
  afterAll(() => stack?.stop());

  it('keeps nobody out: who is known logs in from everywhere, who is new from another address', async () => {
    stack.kbase.cachefor = 1;
    const known: Caller[] = [];
    for (let number = 0; number < KNOWN; number++) known.push(stack.person(`known${number}`));
    for (const each of known) expect((await ask(each.token)).status).toBe(200);
    const asked = stack.kbase.hits.length;
    // the auth service takes its time over what it does not know
    stack.kbase.held = (token) => isRandom(token);
    const flood = Array.from({ length: CONNECTIONS }, () => ask(random()));
    const shown = () => stack.kbase.hits.slice(asked).filter(({ token }) => isRandom(token)).length;
    await waitFor('the flood', () => shown() >= CALLS_OF_AN_ADDRESS);
    const logins = await Promise.all(known.map(({ token }) => ask(token)));
    expect(logins.map(({ status }) => status)).toEqual(known.map(() => 200));
    const fresh = await Promise.all(
      Array.from({ length: 5 }, (_, number) => ask(stack.person(`fresh${number}`).token, 2)),
    );
    expect(fresh.map(({ status }) => status)).toEqual(fresh.map(() => 200));
    expect(shown()).toBe(CALLS_OF_AN_ADDRESS);
    for (const answer of await Promise.all(flood))
      expect(problemOf(answer)).toEqual([503, 'auth_unavailable']);
    // they were refused without a word about them, so nothing is remembered of them either
    stack.kbase.held = undefined;
    expect(problemOf(await ask(random()))).toEqual([401, 'unauthenticated']);
  });

  it('from many addresses leaves room for who is known', async () => {
    stack.kbase.cachefor = 1;
    const known = Array.from({ length: KNOWN }, (_, number) => stack.person(`known${number}`));
    for (const each of known) expect((await ask(each.token)).status).toBe(200);
    const asked = stack.kbase.hits.length;
    stack.kbase.held = (token) => isRandom(token);
    const flood = Array.from({ length: 60 }, (_, number) => ask(random(), 100 + (number % 6)));
    const shown = () => stack.kbase.hits.slice(asked).filter(({ token }) => isRandom(token)).length;
    await waitFor('the flood', () => shown() >= CALLS_OF_STRANGERS);
    const logins = await Promise.all(known.map(({ token }) => ask(token)));
    expect(logins.map(({ status }) => status)).toEqual(known.map(() => 200));
    expect(shown()).toBe(CALLS_OF_STRANGERS);
    for (const answer of await Promise.all(flood))
      expect(problemOf(answer)).toEqual([503, 'auth_unavailable']);
  }, 60_000);

  it('is asked about once for each token, and not again for a few seconds', async () => {
    const token = random();
    const asked = stack.kbase.hits.length;
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(token)));
    answers.push(await ask(token));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
    expect(stack.kbase.hits.length).toBe(asked + 2);
  });

  it('need not come back because the auth service closed the connection that was kept open for them', async () => {
    for (let number = 0; number < 3; number++)
      expect((await ask(stack.person(`before${number}`).token)).status).toBe(200);
    stack.kbase.fault = 'stale';
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, number) => ask(stack.person(`after${number}`).token)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });
});
