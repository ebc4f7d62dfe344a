import type { Authenticator } from '../../../src/auth/authenticators/authenticator.js';
import { Tokens } from '../../../src/auth/authenticators/tokens.js';
import type { AuthResult } from '../../../src/auth/authenticators/verdicts.js';

const MINUTE_MS = 60_000;

/** Somewhere that knows the tokens `good-…`, as their own names, and counts what it is asked. */
function directory(knows: (token: string) => boolean, ms = MINUTE_MS): Authenticator & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    accepts: () => true,
    ask: (token, tokenHash, turn) =>
      turn(() => {
        asked.push(token);
        const caller = { name: token, kind: 'person', admin: false, scopes: [], tokenHash } as const;
        const verdict: AuthResult = knows(token) ? { caller } : { refused: true };
        return Promise.resolve<[AuthResult, number]>([verdict, ms]);
      }),
  };
}

describe('what is known of tokens', () => {
  const good = Array.from({ length: 20 }, (_, number) => `good-${number}`);
  const flood = async (tokens: Tokens, count: number) => {
    for (let number = 0; number < count; number++)
      expect(await tokens.callerOf(`random-${number}`, '192.0.2.1')).toBeUndefined();
  };

  it('outlives more random tokens than are remembered, wherever in the chain a token is known', async () => {
    const [hub, kbase] = [directory(() => false), directory((token) => token.startsWith('good'))];
    const tokens = new Tokens([hub, kbase]);
    for (const token of good) expect((await tokens.callerOf(token, '192.0.2.1'))?.name).toBe(token);
    await flood(tokens, 10_500);
    const before = [hub.asked.length, kbase.asked.length];
    for (const token of good) expect((await tokens.callerOf(token, '192.0.2.1'))?.name).toBe(token);
    expect([hub.asked.length, kbase.asked.length]).toEqual(before);
  });

  it('holds for a refused token, too, at whoever refused it', async () => {
    const [hub, kbase] = [directory(() => false), directory(() => false)];
    const tokens = new Tokens([hub, kbase]);
    for (let time = 0; time < 3; time++) expect(await tokens.callerOf('random', '192.0.2.1')).toBeUndefined();
    expect([hub.asked, kbase.asked]).toEqual([['random'], ['random']]);
  });

  it('is asked for once by many at once, and anew when it is not to be kept', async () => {
    const services = directory((token) => token.startsWith('good'), 0);
    const tokens = new Tokens([services]);
    await Promise.all(Array.from({ length: 10 }, () => tokens.callerOf('good-1', '192.0.2.1')));
    expect(services.asked).toHaveLength(1);
    await tokens.callerOf('good-1', '192.0.2.1');
    expect(services.asked).toHaveLength(2);
  });
});
