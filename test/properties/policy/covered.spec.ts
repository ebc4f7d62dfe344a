import { serialise } from '../../../src/policy/documents.js';
import { type PolicyGrant, shardDocument } from '../../../src/policy/grants/grants.js';
import { grantOf } from './arbitraries.js';

const tag = 'mgr:user:alice:1';

describe('a grant below another one in its shard', () => {
  const above = grantOf({ prefix: 'a' });
  const below = grantOf({ prefix: 'a/b' });
  const [sooner, later] = [new Date('2030-01-01'), new Date('2031-01-01')];

  it.each<[string, PolicyGrant, PolicyGrant, boolean]>([
    ['read below read', above, below, true],
    ['an object', above, { ...below, folder: false }, true],
    ['far below', above, { ...below, prefix: 'a/b/c/d' }, true],
    ['below the folder of an object', { ...above, folder: false }, below, true],
    ['read below write', { ...above, permission: 'write' }, below, true],
    ['write below write', { ...above, permission: 'write' }, { ...below, permission: 'write' }, true],
    ['write below read', above, { ...below, permission: 'write' }, false],
    ['until a date, below one without', above, { ...below, expiresAt: later }, true],
    ['until the same date', { ...above, expiresAt: later }, { ...below, expiresAt: later }, true],
    ['until an earlier date', { ...above, expiresAt: later }, { ...below, expiresAt: sooner }, true],
    ['until a later date', { ...above, expiresAt: sooner }, { ...below, expiresAt: later }, false],
    ['without a date, below one with', { ...above, expiresAt: later }, below, false],
    ['of a name that starts the same', above, { ...below, prefix: 'ab/c' }, false],
    ['of the same path', above, { ...above, permission: 'write' }, false],
    ['in another bucket', above, { ...below, bucket: 'other' }, false],
  ])('adds nothing if it gives as much for as long: %s', (_, cover, grant, isCovered) => {
    const alone = serialise(shardDocument([cover], { tag }));
    const both = serialise(shardDocument([grant, cover], { tag }));
    expect(both === alone).toBe(isCovered);
    if (isCovered) expect(both).not.toContain(`${grant.prefix}/*`);
  });

  it('adds nothing for readers whatever it lets others write', () => {
    const lists = [[above], [above, { ...below, permission: 'write' as const }]];
    const [alone, both] = lists.map((list) => serialise(shardDocument(list, { tag, lower: true })));
    expect(both).toBe(alone);
  });
});

describe('a shard beside a document that lets its bucket be asked about', () => {
  const [here, there] = [grantOf({ prefix: 'a' }), grantOf({ bucket: 'other', prefix: 'b' })];
  const asked = (grants: PolicyGrant[], base?: string) =>
    shardDocument(grants, { tag, ...(base === undefined ? {} : { base }) })
      .Statement.filter(({ Action }) => Action.includes('s3:GetBucketVersioning'))
      .flatMap(({ Resource }) => Resource);

  it('says nothing about that bucket, only about others', () => {
    expect(asked([here, there])).toEqual(['arn:aws:s3:::cdm-lake', 'arn:aws:s3:::other']);
    expect(asked([here, there], 'cdm-lake')).toEqual(['arn:aws:s3:::other']);
    expect(asked([here], 'cdm-lake')).toEqual([]);
    expect(asked([there], 'cdm-lake')).toEqual(['arn:aws:s3:::other']);
  });

  // MinIO compares the Resources of statements whose Actions are equal, at every request.
  it('has statements with one of several sets of actions, always the same for one name', () => {
    const sets = (base?: string) => {
      const found = Array.from({ length: 60 }, (_, n) => {
        const options = { tag: `mgr:user:alice:${n}`, ...(base === undefined ? {} : { base }) };
        const [first, second] = [shardDocument([here], options), shardDocument([here], options)];
        expect(second).toEqual(first);
        return String(first.Statement.find(({ Action }) => Action.includes('s3:GetObject'))?.Action);
      });
      return [...Map.groupBy(found, (text) => text).values()].map(({ length }) => length);
    };
    expect(sets()).toEqual([60]);
    expect(sets('cdm-lake')).toHaveLength(4);
    expect(Math.max(...sets('cdm-lake'))).toBeLessThanOrEqual(25);
  });
});
