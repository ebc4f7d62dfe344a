import { randomBytes } from 'node:crypto';
import { AUDIENCE, Issuer } from '../../support/auth/issuer.js';
import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** More than are remembered. */
const FORGED = 10_500;
const AT_ONCE = 100;
const KNOWN = 20;
const STRANGERS = 240;
/** The issuer is asked once a second at most for what it does not know. */
const COOLDOWN_MS = 1000;

describe('whoever sends many tokens that are signed', () => {
  let stack: Stack;
  let issuer: Issuer;
  const ask = (token: string, address: number) =>
    stack.service.request('GET', '/me', {
      token: `Bearer ${token}`,
      headers: { 'x-forwarded-for': `198.51.100.${address}` },
    });

  beforeAll(async () => {
    issuer = await Issuer.start();
    stack = await startStack({
      env: {
        ...NO_LIMITS,
        TRUST_PROXY: 'true',
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_USER_PREFIX: 'oidc-',
      },
    });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await issuer?.stop();
  });

  it('by nobody pushes no valid one out of what is remembered, and asks nobody', async () => {
    stack.kbase.cachefor = 600_000;
    const known = Array.from({ length: KNOWN }, (_, number) => stack.person(`remembered${number}`).token);
    const valid = await issuer.token();
    for (const token of [...known, valid]) expect((await ask(token, 1)).status).toBe(200);
    const before = [stack.kbase.hits.length, issuer.asked.keys, issuer.asked.discovery];
    const [header = '', payload = ''] = valid.split('.');
    const statuses = new Set<number>();
    for (let sent = 0; sent < FORGED; sent += AT_ONCE) {
      const forged = Array.from({ length: AT_ONCE }, (_, number) =>
        ask(`${header}.${payload}.${randomBytes(256).toString('base64url')}`, number),
      );
      for (const { status } of await Promise.all(forged)) statuses.add(status);
    }
    expect([...statuses]).toEqual([401]);
    const answers = await Promise.all([...known, valid].map((token) => ask(token, 2)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect([stack.kbase.hits.length, issuer.asked.keys, issuer.asked.discovery]).toEqual(before);
  });

  it('by keys that the issuer does not have makes it be asked once a second, and keeps nobody out', async () => {
    const valid = await Promise.all(
      Array.from({ length: KNOWN }, (_, number) => issuer.token({ preferred_username: `valid${number}` })),
    );
    const strange = await Promise.all(
      Array.from({ length: STRANGERS }, (_, number) => issuer.token({}, { kid: `unknown-${number}` })),
    );
    const before = issuer.asked.keys;
    const began = performance.now();
    const flood = strange.map((token, number) => ask(token, number));
    const logins = await Promise.all(valid.map((token) => ask(token, 250)));
    expect(logins.map(({ status }) => status)).toEqual(valid.map(() => 200));
    const answers = await Promise.all(flood);
    const asked = issuer.asked.keys - before;
    const seconds = Math.ceil((performance.now() - began) / COOLDOWN_MS);
    for (const answer of answers)
      expect([
        [401, 'unauthenticated'],
        [503, 'auth_unavailable'],
      ]).toContainEqual(problemOf(answer));
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(seconds + 1);
    // a key that is new is still found
    await issuer.rotate('ES256');
    expect((await ask(await issuer.token({ preferred_username: 'after' }), 3)).status).toBe(200);
  });
});
