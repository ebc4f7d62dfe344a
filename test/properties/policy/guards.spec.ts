import fc from 'fast-check';
import { guarded } from '../../../src/policy/guards.js';
import { grantOf } from './arbitraries.js';

const START = Date.UTC(2030, 0, 1);
const ends = (grants: readonly { expiresAt?: Date }[]) => grants.map(({ expiresAt }) => expiresAt?.getTime());
const share = (owner: string | undefined, second: number | undefined) =>
  grantOf({
    ...(owner === undefined ? {} : { owner }),
    ...(second === undefined ? {} : { expiresAt: new Date(START + second * 1000 + 300) }),
  });
const anyShare = fc
  .tuple(
    fc.constantFrom(undefined, 'alice', 'mallory', 'carol'),
    fc.option(fc.nat({ max: 40 }), { nil: undefined }),
  )
  .map(([owner, second]) => share(owner, second));
const shares = fc.array(anyShare, { maxLength: 80 });
const at = (second: number) => START + second * 1000;

describe('the dates in the documents of a subject', () => {
  it('are never later than the end of a grant, and there is one for each grant that ends', () => {
    fc.assert(
      fc.property(shares, (grants) => {
        for (const [index, said] of guarded(grants).entries()) {
          const { expiresAt } = grants[index] ?? {};
          if (!expiresAt) expect(said.expiresAt).toBeUndefined();
          else expect(said.expiresAt?.getTime()).toBeLessThanOrEqual(expiresAt.getTime());
        }
      }),
    );
  });

  it('are those of the grants where they are sixteen or fewer, in whole seconds', () => {
    const sixteen = Array.from({ length: 16 }, (_, n) => share(n % 3 ? 'alice' : 'carol', 20 - n));
    expect(ends(guarded(sixteen))).toEqual(Array.from({ length: 16 }, (_, n) => at(20 - n)));
  });

  it('are of the soonest ends of an owner, and of the last of these for the others of that owner', () => {
    const many = Array.from({ length: 40 }, (_, n) => share('alice', n));
    expect(ends(guarded(many))).toEqual(Array.from({ length: 40 }, (_, n) => at(Math.min(n, 15))));
  });

  it('are few, however many ends there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 500 })), { maxLength: 400 }),
        (given) => {
          const said = guarded(given.map(([owner, second]) => share(`owner${owner}`, second)));
          const owners = Math.min(new Set(given.map(([owner]) => owner)).size, 33);
          expect(new Set(ends(said)).size).toBeLessThanOrEqual(Math.max(16, 2 * owners));
        },
      ),
    );
  });

  it('of one owner do not depend on the ends of another, for two of them at the least', () => {
    fc.assert(
      fc.property(shares, fc.nat({ max: 1000 }), fc.nat({ max: 1000 }), (others, first, second) => {
        const mine = [share('bob', first), share('bob', second)];
        expect(ends(guarded([...others, ...mine])).slice(-2)).toEqual([at(first), at(second)]);
      }),
    );
  });
});
