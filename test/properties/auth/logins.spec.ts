import { Logins } from '../../../src/auth/people/logins.js';
import type { Caller } from '../../../src/common/caller.js';

/** The caller that one check of a token makes. */
function callerOf(loginGroups?: Caller['loginGroups']): Caller {
  const groups = loginGroups ? { loginGroups } : {};
  return { name: 'alice', kind: 'person', admin: false, scopes: [], tokenHash: 'x', ...groups };
}
const actor = { name: 'alice', kind: 'person' } as const;
const none = { groups: [], nothing: true, asOf: 1 };

describe('the groups of a login', () => {
  let asked: Caller[];
  let fails: boolean;
  let logins: Logins;
  beforeEach(() => {
    [asked, fails, logins] = [[], false, new Logins()];
    logins.register(async (caller) => {
      asked.push(caller);
      await Promise.resolve();
      if (fails) throw new Error('the database is away');
    });
  });

  it('are followed once for each check of its token, however many requests there are', async () => {
    const first = callerOf(none);
    expect(logins.isNew(first)).toBe(true);
    await Promise.all(Array.from({ length: 5 }, () => logins.follow(first, actor)));
    await logins.follow(first, actor);
    expect([asked.length, logins.isNew(first)]).toEqual([1, false]);
    await logins.follow(callerOf(none), actor);
    expect(asked).toHaveLength(2);
  });

  it('are nobody’s business when the login does not tell them', async () => {
    expect(logins.isNew(callerOf())).toBe(false);
    await logins.follow(callerOf(), actor);
    expect(asked).toEqual([]);
  });

  it('are followed by the next request when they could not be', async () => {
    const caller = callerOf(none);
    fails = true;
    const both = await Promise.allSettled([logins.follow(caller, actor), logins.follow(caller, actor)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([asked.length, logins.isNew(caller)]).toEqual([1, true]);
    fails = false;
    await logins.follow(caller, actor);
    expect([asked.length, logins.isNew(caller)]).toEqual([2, false]);
  });
});
