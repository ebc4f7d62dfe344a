import fc from 'fast-check';
import { type PolicyGrant, shardDocument } from '../../../src/policy/grants/grants.js';
import {
  type EndLimits,
  endLimits,
  endsOf,
  guarded,
  movedEnds,
  SOONEST_ENDS,
} from '../../../src/policy/guards.js';

/** So many that a change leaves most of them alone. */
const DOCUMENTS = 30;

type Placed = PolicyGrant & { shard: number };

/** Few owners with many ends, and many owners with few: both share the dates of a subject. */
const anyPlaced = fc.record({
  owner: fc.oneof(fc.constantFrom('', 'alice', 'carol'), fc.nat({ max: 45 }).map(String)),
  second: fc.option(fc.nat({ max: 40 }), { nil: undefined }),
  name: fc.nat({ max: 30 }),
  shard: fc.integer({ min: 1, max: DOCUMENTS }),
  permission: fc.constantFrom('read' as const, 'write' as const),
});
const placed = ({
  owner,
  second,
  name,
  shard,
  permission,
}: typeof anyPlaced extends fc.Arbitrary<infer T> ? T : never): Placed => ({
  bucket: 'cdm-lake',
  prefix: `users-warehouse/${owner || 'nobody'}/folder${name}`,
  folder: true,
  permission,
  shard,
  ...(owner ? { owner } : {}),
  ...(second === undefined ? {} : { expiresAt: new Date(Date.UTC(2030, 0, 1) + second * 1000 + 300) }),
});
const manyPlaced = fc.array(anyPlaced.map(placed), { minLength: 20, maxLength: 120, size: 'max' });
const limitsOf = (grants: readonly PolicyGrant[]): EndLimits => endLimits(endsOf(grants));

/** By number, each document as text. */
function documentsOf(grants: readonly Placed[], limits = limitsOf(grants)): Map<number, string> {
  const stated = Map.groupBy(guarded(grants, limits), ({ shard }) => shard);
  return new Map(
    [...stated].map(([shard, given]) => [shard, JSON.stringify(shardDocument(given, { tag: `${shard}` }))]),
  );
}

/** Documents of changed grants, and those that state an end that moved: what GrantsStore and `restate` mark. */
function marked(before: readonly Placed[], after: readonly Placed[]): Set<number> {
  const changed = [...before, ...after].filter((each) => !before.includes(each) || !after.includes(each));
  const moved = new Map(movedEnds(limitsOf(before), limitsOf(after)));
  const restated = after.filter(({ owner = '', expiresAt }) => {
    const from = moved.get(owner);
    return from !== undefined && expiresAt && Math.floor(expiresAt.getTime() / 1000) > from;
  });
  return new Set([...changed, ...restated].map(({ shard }) => shard));
}

describe('the documents that a change concerns', () => {
  it('are all that are written otherwise after it', () => {
    let differ = 0;
    fc.assert(
      fc.property(
        manyPlaced,
        fc.array(anyPlaced.map(placed), { maxLength: 2 }),
        fc.array(fc.nat(), { maxLength: 2 }),
        (before, added, removals) => {
          const gone = new Set(removals.map((index) => before[index % Math.max(before.length, 1)]));
          const after = [...before.filter((each) => !gone.has(each)), ...added];
          const [old, now] = [documentsOf(before), documentsOf(after)];
          const concerned = marked(before, after);
          for (const number of new Set([...old.keys(), ...now.keys()])) {
            if (old.get(number) === now.get(number)) continue;
            differ += 1;
            expect(concerned).toContain(number);
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(differ).toBeGreaterThan(200);
  });

  it('are in the ends of others only where these move', () => {
    const share = (second: number, shard: number): Placed =>
      placed({ owner: 'alice', second, name: second, shard, permission: 'read' });
    const many = Array.from({ length: 20 }, (_, n) => share(n + 1, 1 + Math.floor(n / 5)));
    // a later end than all is stated as the sixteenth: nothing else changes
    expect([...marked(many, [...many, share(50, 9)])]).toEqual([9]);
    // a sooner one moves the last end that is stated, from the sixteenth to the fifteenth
    expect([...marked(many, [...many, share(0, 9)])].sort()).toEqual([4, 9]);
    const few = many.slice(0, 15);
    expect([...marked(few, [...few, share(0, 9)])]).toEqual([9]);
  });

  it('are built from their own grants and the ends of all', () => {
    fc.assert(
      fc.property(manyPlaced, fc.integer({ min: 1, max: DOCUMENTS }), (grants, number) => {
        const part = grants.filter(({ shard }) => shard === number);
        expect(documentsOf(part, limitsOf(grants)).get(number)).toBe(documentsOf(grants).get(number));
      }),
    );
  });

  it('need only the soonest ends of each owner', () => {
    fc.assert(
      fc.property(manyPlaced, (grants) => {
        const soonest = endsOf(grants).map(({ owner, ends }) => ({
          owner,
          ends: ends.slice(0, SOONEST_ENDS),
        }));
        expect(endLimits(soonest)).toEqual(limitsOf(grants));
      }),
    );
  });
});
