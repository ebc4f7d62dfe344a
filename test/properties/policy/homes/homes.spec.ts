import fc from 'fast-check';
import type { PolicyDocument } from '../../../../src/madmin/types.js';
import { documentSize, MAX_DOCUMENT_BYTES } from '../../../../src/policy/documents.js';
import { evaluate } from '../../../../src/policy/evaluate.js';
import { homePolicy, ownPolicy } from '../../../../src/policy/home-policy.js';
import {
  homeOwner,
  homePath,
  homePaths,
  type HomeRoot,
  isBelowHome,
  type LakePath,
} from '../../../../src/policy/paths.js';
import { proveOwn } from '../../../../src/policy/proof/prove.js';
import { broken, CHANGES } from '../mutations.js';

const HOMES: HomeRoot[] = [
  { bucket: 'cdm-lake', usersPrefix: 'users-sql-warehouse' },
  { bucket: 'cdm-lake', usersPrefix: 'users-general-warehouse' },
  { bucket: 'cdm-spark', usersPrefix: 'logs/jobs' },
];
const lake = { homes: HOMES };
const own = (userName: string) => homePaths(lake, userName);
const good = { ok: true, failures: [] };

const somewhere = fc.tuple(
  fc.constantFrom('cdm-lake', 'cdm-spark', 'other'),
  fc.constantFrom(...HOMES.map(({ usersPrefix }) => usersPrefix), 'logs', 'users-sql-warehouse2'),
  fc.constantFrom('alice', 'alice2', 'alic', 'bob'),
  fc.constantFrom('', 'x', 'a/b.parquet'),
);

describe('a user with several homes', () => {
  it('has one statement more for each further bucket, and none for a further prefix', () => {
    const one = homePolicy({ ...(HOMES[0] as HomeRoot), userName: 'alice' });
    expect(ownPolicy(own('alice').slice(0, 1))).toEqual(one);
    expect(ownPolicy(own('alice').slice(0, 2)).Statement).toHaveLength(one.Statement.length);
    expect(ownPolicy(own('alice')).Statement).toHaveLength(one.Statement.length + 1);
  });

  it('reaches all of them and nothing else, by every action', () => {
    const document = ownPolicy(own('alice'));
    fc.assert(
      fc.property(somewhere, ([bucket, root, name, end]) => {
        const mine =
          name === 'alice' && HOMES.some((home) => home.bucket === bucket && home.usersPrefix === root);
        const key = `${root}/${name}/${end}`;
        for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObjectVersion'])
          expect([action, evaluate([document], { action, bucket, key }).allowed]).toEqual([action, mine]);
        const conditions = { 's3:prefix': key };
        expect(evaluate([document], { action: 's3:ListBucket', bucket, conditions }).allowed).toBe(mine);
      }),
    );
  });

  it('lists two own homes of a bucket at once, and never one of them beside somebody else’s', () => {
    const document = ownPolicy(own('alice'));
    const lists = (...prefixes: string[]) =>
      evaluate([document], {
        action: 's3:ListBucket',
        bucket: 'cdm-lake',
        conditions: { 's3:prefix': prefixes },
      }).allowed;
    expect(lists('users-sql-warehouse/alice/', 'users-general-warehouse/alice/x')).toBe(true);
    expect(lists('users-sql-warehouse/alice/', 'users-general-warehouse/bob/')).toBe(false);
    // the home of the other bucket is none here
    expect(lists('logs/jobs/alice/')).toBe(false);
  });

  it('has a document that is proven, for all of its homes and no other user', () => {
    const document = ownPolicy(own('alice'));
    expect(proveOwn(document, own('alice'))).toEqual(good);
    expect(proveOwn(document, own('alice').slice(1)).ok).toBe(false);
    expect(proveOwn(document, own('alice2')).ok).toBe(false);
    expect(proveOwn(ownPolicy(own('alice').slice(1)), own('alice')).ok).toBe(false);
  });

  it.each(Object.keys(CHANGES).filter((name) => !/date/.test(name) || name.includes('none')))(
    'has a document that is refused after: %s',
    (name) => {
      const right: PolicyDocument = ownPolicy(own('alice'));
      const wrong = right.Statement.flatMap((statement, index) =>
        statement.Effect === 'Deny'
          ? []
          : [0, 1, 2, 3, 4].flatMap((pick) => broken(right, CHANGES[name] as never, index, pick) ?? []),
      );
      expect(wrong.length).toBeGreaterThan(0);
      for (const document of wrong) expect(proveOwn(document, own('alice')).ok).toBe(false);
    },
  );

  it('fits one document, whatever the names are', () => {
    const homes = Array.from({ length: 6 }, (_, n) => ({
      bucket: `${n}`.repeat(63),
      usersPrefix: Array.from({ length: 5 }, () => `${n}`.repeat(64)).join('/'),
    }));
    const document = ownPolicy(homePaths({ homes }, 'u'.repeat(100)));
    expect(documentSize(document)).toBeLessThan(MAX_DOCUMENT_BYTES);
  });
});

describe('the owner of a path', () => {
  it('is found in each of the homes', () => {
    for (const home of own('alice')) {
      const path: LakePath = { ...home, prefix: `${home.prefix}/x` };
      expect(homeOwner(home, lake)).toBe('alice');
      expect(homeOwner(path, lake)).toBe('alice');
      expect([isBelowHome(path, lake, 'alice'), isBelowHome(home, lake, 'alice')]).toEqual([true, false]);
      expect([isBelowHome(path, lake, 'alic'), isBelowHome(path, lake, 'bob')]).toEqual([false, false]);
      expect(homeOwner({ ...home, bucket: 'other' }, lake)).toBeUndefined();
    }
    expect(
      homeOwner({ bucket: 'cdm-spark', prefix: 'logs/other/alice', folder: true }, lake),
    ).toBeUndefined();
    const second = { bucket: 'cdm-spark', prefix: 'users-sql-warehouse/alice/x', folder: true };
    expect(homeOwner(second, lake)).toBeUndefined();
  });

  it('with one home is the one of that home', () => {
    const first = HOMES[0] as HomeRoot;
    expect(homePaths({ homes: [first] }, 'bob')).toEqual([homePath({ ...first, userName: 'bob' })]);
  });
});
