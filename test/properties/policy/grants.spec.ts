import fc from 'fast-check';
import { documentSize, MAX_DOCUMENT_BYTES, normalise, serialise } from '../../../src/policy/documents.js';
import {
  groupBaseDocument,
  type Permission,
  placeGrant,
  type PolicyGrant,
  repack,
  SHARD_CAPACITY,
  shardDocument,
  weightOf,
} from '../../../src/policy/grants/grants.js';
import { guarded } from '../../../src/policy/guards.js';
import { MAX_KEY_BYTES } from '../../../src/policy/paths.js';
import { anyGrant, anyGrants, grantOf } from './arbitraries.js';

const tag = 'mgr:user:alice:1';
/** Puts grants where they would go one after the other; the shards, each with its grants. */
function pack(grants: readonly PolicyGrant[], mainBucket?: string): Map<number, PolicyGrant[]> {
  const loads = new Map<number, number>();
  const shards = new Map<number, PolicyGrant[]>();
  for (const grant of grants) {
    const weight = weightOf(grant, mainBucket);
    const shard = placeGrant(weight, loads);
    loads.set(shard, (loads.get(shard) ?? 0) + weight);
    shards.set(shard, [...(shards.get(shard) ?? []), grant]);
  }
  return shards;
}

describe('the weight of a grant', () => {
  // Grants of many sizes, drawn until no more fit: the lists that come closest to the limit.
  it('bounds what any shard holds, whatever dates it says, lowered or not', () => {
    const anyBucket = fc.constantFrom(undefined, 'cdm-lake', 'other', 'b'.repeat(63));
    const many = fc.array(anyGrant({ long: true }), { minLength: 1, maxLength: 200, size: 'max' });
    fc.assert(
      fc.property(many, anyBucket, anyBucket, fc.func(fc.boolean()), (grants, main, base, choose) => {
        const undated = ({ expiresAt: _, ...grant }: PolicyGrant): PolicyGrant => grant;
        for (const list of pack(grants, main).values()) {
          const choices = [
            list,
            guarded(list),
            list.map(undated),
            list.map((grant) => (choose(grant.expiresAt?.getTime()) ? grant : undated(grant))),
          ];
          for (const chosen of choices) {
            for (const lower of [false, true]) {
              const options = { lower, tag, ...(base === undefined ? {} : { base }) };
              expect(documentSize(shardDocument(chosen, options))).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
            }
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it.each(['x', '"', 'é', '語', '😀'])('leaves room in a shard for the longest path of %s', (letter) => {
    const prefix = letter.repeat(Math.floor((MAX_KEY_BYTES - 1) / Buffer.byteLength(letter)));
    const grant = grantOf({
      bucket: 'b'.repeat(63),
      prefix,
      permission: 'write',
      expiresAt: new Date('2030-01-01'),
    });
    expect(weightOf(grant)).toBeLessThan(SHARD_CAPACITY);
    const document = shardDocument([grant], { tag });
    expect(documentSize(document)).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
  });

  it.each<[string, number, string | undefined, Partial<PolicyGrant>]>([
    ['read, in the main bucket', 75, 'cdm-lake', {}],
    ['write, in the main bucket', 75, 'cdm-lake', { permission: 'write' }],
    // each may be alone in its statement, which says its prefix twice
    ['read, bucket unknown', 175, undefined, {}],
    ['write until a date', 280, 'cdm-lake', { permission: 'write', expiresAt: new Date('2030-01-01') }],
  ])('puts 5,000 grants (%s) into at most %i shards', (_, limit, main, grant) => {
    const prefixOf = (n: number) => `users-warehouse/owner/${String(n).padStart(38, 'x')}`;
    const grants = Array.from({ length: 5000 }, (_, n) => grantOf({ ...grant, prefix: prefixOf(n) }));
    expect(grants[0]?.prefix).toHaveLength(60);
    expect(pack(grants, main).size).toBeLessThanOrEqual(limit);
  });
});

describe('placing a grant', () => {
  it('takes the lowest shard with room, never shard 0', () => {
    expect(placeGrant(10, new Map())).toBe(1);
    expect(placeGrant(10, new Map([[1, SHARD_CAPACITY - 10]]))).toBe(1);
    expect(placeGrant(11, new Map([[1, SHARD_CAPACITY - 10]]))).toBe(2);
    expect(
      placeGrant(
        11,
        new Map([
          [0, 0],
          [1, SHARD_CAPACITY],
          [3, 0],
        ]),
      ),
    ).toBe(2);
    expect(() => placeGrant(SHARD_CAPACITY + 1, new Map())).toThrow(RangeError);
  });
});

describe('packing anew', () => {
  it('fits every shard, keeps who came first, and moves into new shards alone', () => {
    const grant = fc.record({
      shard: fc.integer({ min: 1, max: 4 }),
      weight: fc.integer({ min: 100, max: SHARD_CAPACITY }),
    });
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 60 }), (grants) => {
        const shards = repack(grants);
        const last = Math.max(0, ...grants.map(({ shard }) => shard));
        const loads = new Map<number, number>();
        for (const [index, { shard, weight }] of grants.entries()) {
          const place = shards[index] ?? 0;
          const load = loads.get(place) ?? 0;
          loads.set(place, load + weight);
          if (place !== shard) expect(place).toBeGreaterThan(last);
          if (place !== shard) expect((loads.get(shard) ?? 0) + weight).toBeGreaterThan(SHARD_CAPACITY);
        }
        for (const load of loads.values()) expect(load).toBeLessThanOrEqual(SHARD_CAPACITY);
      }),
    );
  });
});

describe('a shard', () => {
  it('is canonical, and the same in any order and with duplicates', () => {
    const twice = anyGrants.chain((grants) =>
      fc.tuple(
        fc.constant(grants),
        fc.shuffledSubarray([...grants, ...grants], { minLength: grants.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(twice, fc.boolean(), ([grants, again], lower) => {
        const options = { lower, tag };
        const document = shardDocument(grants, options);
        expect(JSON.stringify(document)).toBe(JSON.stringify(normalise(document)));
        expect(serialise(shardDocument(again, options))).toBe(serialise(document));
      }),
    );
  });

  it('changes alone when a grant is added, as long as the dates stay', () => {
    const undated = anyGrant({ dated: false, long: true });
    fc.assert(
      fc.property(fc.array(undated, { size: 'max', maxLength: 100 }), undated, (grants, added) => {
        const before = pack(grants);
        const after = pack([...grants, added]);
        const text = (list: readonly PolicyGrant[] = [], n = 0) =>
          serialise(shardDocument(list, { tag: `mgr:user:alice:${n}` }));
        const changed = [...after.keys()].filter((n) => text(before.get(n), n) !== text(after.get(n), n));
        expect(changed.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  it('has list statements of one bucket and of a Resource that no other one has', () => {
    fc.assert(
      fc.property(anyGrants, (grants) => {
        const tags = ['mgr:user:alice:1', 'mgr:user:alice:2', 'mgr:group:alice:1', 'mgr:readers:alice:1'];
        const lists = tags
          .flatMap((name) => shardDocument(grants, { tag: name }).Statement)
          .filter(({ Action }) => Action.includes('s3:ListBucket'));
        for (const { Resource } of lists) {
          expect(Resource).toEqual([
            expect.stringMatching(/^arn:aws:s3:::-\//),
            expect.stringMatching(/:::[^/]+$/),
          ]);
        }
        expect(new Set(lists.map(({ Resource }) => String(Resource))).size).toBe(lists.length);
      }),
    );
  });

  it('has three statements and one more, whatever the number of grants without a date', () => {
    const grants = (['read', 'write'] as Permission[]).flatMap((permission) =>
      Array.from({ length: 30 }, (_, n) => grantOf({ permission, prefix: `p/${permission}${n}` })),
    );
    expect(shardDocument(grants, { tag }).Statement).toHaveLength(4);
  });

  it('says dates in whole seconds, never later than the grant', () => {
    const late = grantOf({ prefix: 'a', expiresAt: new Date('2030-01-01T00:00:00.999Z') });
    const last = grantOf({ prefix: 'b', expiresAt: new Date(8.64e15) });
    const dates = (grants: PolicyGrant[]) =>
      shardDocument(grants, { tag })
        .Statement.flatMap(({ Condition }) => Condition?.DateLessThan?.['aws:CurrentTime'] ?? [])
        .filter((date, index, all) => all.indexOf(date) === index);
    expect(dates([late, last])).toEqual(['2030-01-01T00:00:00Z', '9999-12-31T23:59:59Z']);
  });

  it('does not repeat with a date what is given without, nor read what is written', () => {
    const lasting = grantOf({ permission: 'write', folder: false });
    const dated = grantOf({ permission: 'write', folder: false, expiresAt: new Date('2030-01-01') });
    const options = { tag };
    const alone = shardDocument([lasting], options);
    expect(shardDocument([lasting, dated, grantOf({ folder: false })], options)).toEqual(alone);
    expect(alone.Statement).toHaveLength(3);
  });
});

describe('the base document of a group', () => {
  it('lets the bucket be asked for, and nothing more', () => {
    expect(groupBaseDocument('cdm-lake')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:GetBucketLocation', 's3:GetBucketVersioning', 's3:HeadBucket'],
          Resource: ['arn:aws:s3:::cdm-lake'],
        },
      ],
    });
  });
});
