import { posix } from 'node:path';
import fc from 'fast-check';
import { evaluate } from '../../../../src/policy/evaluate.js';
import { homePolicy } from '../../../../src/policy/home-policy.js';
import { matchWildcard } from '../../../../src/policy/matching/wildcards.js';
import { checkUserName } from '../../../../src/policy/names.js';

const bucket = 'cdm-lake';
const usersPrefix = 'users-warehouse';
const home = (userName: string) => homePolicy({ bucket, usersPrefix, userName });

const userName = fc
  .string({ unit: fc.constantFrom(...'ab0_.@-'), minLength: 1, maxLength: 8 })
  .filter((name) => !checkUserName(name, { rootUser: 'minioadmin' }));
/** Two people, most often with one name the start of the other, or differing in one character. */
const neighbours = fc
  .oneof(
    fc.tuple(userName, userName),
    userName.chain((name) =>
      fc.tuple(
        fc.constant(name),
        fc.constantFrom('2', '.old', '-file', '@x', '_').map((end) => name + end),
      ),
    ),
  )
  .filter(([a, b]) => a !== b)
  .chain(([a, b]) => fc.constantFrom([a, b] as const, [b, a] as const));
const rest = fc.oneof(
  fc.constantFrom('', 'x', 'a/b.parquet', '*', 'day=1/é', '..b'),
  fc.string({ maxLength: 6 }),
);

const READ_ACTIONS = ['s3:GetObject', 's3:GetObjectTagging'];
const OBJECT_ACTIONS = [
  ...READ_ACTIONS,
  's3:PutObject',
  's3:PutObjectTagging',
  's3:DeleteObject',
  's3:DeleteObjectTagging',
  's3:DeleteObjectVersion',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
];
const BUCKET_ACTIONS = ['s3:GetBucketLocation', 's3:GetBucketVersioning', 's3:HeadBucket', 's3:ListBucket'];
const OTHER_ACTIONS = [
  's3:GetObjectVersion',
  's3:GetObjectVersionTagging',
  's3:PutObjectRetention',
  's3:PutBucketVersioning',
  's3:PutBucketPolicy',
  's3:GetBucketPolicy',
  's3:DeleteBucket',
  's3:CreateBucket',
  's3:ListAllMyBuckets',
  's3:ListBucketVersions',
  's3:ListBucketMultipartUploads',
  's3:PutLifecycleConfiguration',
  's3:BypassGovernanceRetention',
  'admin:CreateUser',
  'admin:CreateServiceAccount',
];

describe('the home policy', () => {
  it('gives its user everything in the home', () => {
    fc.assert(
      fc.property(userName, rest, fc.constantFrom(...OBJECT_ACTIONS), (name, end, action) => {
        expect(evaluate([home(name)], { action, bucket, key: `${usersPrefix}/${name}/${end}` }).allowed).toBe(
          true,
        );
        const conditions = { 's3:prefix': `${usersPrefix}/${name}/${end}` };
        expect(evaluate([home(name)], { action: 's3:ListBucket', bucket, conditions }).allowed).toBe(true);
      }),
    );
  });

  it('gives nothing of a neighbour, however alike the names', () => {
    const key = (name: string, end: fc.Arbitrary<string>) =>
      fc.oneof(
        end.map((text) => `${usersPrefix}/${name}/${text}`),
        fc.constantFrom(`${usersPrefix}/${name}`, `${usersPrefix}/${name}/`),
      );
    const meeting = neighbours.chain(([self, other]) => fc.tuple(fc.constant(self), key(other, rest)));
    fc.assert(
      fc.property(meeting, fc.constantFrom(...OBJECT_ACTIONS, ...OTHER_ACTIONS), ([self, target], action) => {
        expect(evaluate([home(self)], { action, bucket, key: target }).allowed).toBe(false);
        for (const delimiter of [undefined, '/']) {
          const conditions = { 's3:prefix': target, 's3:delimiter': delimiter };
          expect(evaluate([home(self)], { action: 's3:ListBucket', bucket, conditions }).allowed).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives no key outside the home at all, but to read the bare home key that s3a probes', () => {
    const part = fc.constantFrom(
      'users-warehouse',
      'users',
      'alice',
      'alice2',
      'al',
      '/',
      '/',
      '*',
      'x',
      '.',
      '',
    );
    const key = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(key, fc.constantFrom(...OBJECT_ACTIONS, ...OTHER_ACTIONS), (text, action) => {
        // Bucket-level questions are not about keys; cleaned spellings of the probed key name no other object.
        fc.pre(text !== '' && posix.join('/', text, '/') !== '/users-warehouse/alice/');
        const inside = text.startsWith('users-warehouse/alice/') && OBJECT_ACTIONS.includes(action);
        expect(evaluate([home('alice')], { action, bucket, key: text }).allowed).toBe(inside);
      }),
      { numRuns: 1000 },
    );
    const bare = (action: string) =>
      evaluate([home('alice')], { action, bucket, key: 'users-warehouse/alice' }).allowed;
    expect(OBJECT_ACTIONS.filter(bare)).toEqual(READ_ACTIONS);
    expect(OTHER_ACTIONS.filter(bare)).toEqual([]);
  });

  it('allows no action that is not named here', () => {
    const allowed = home('alice').Statement.filter(({ Effect }) => Effect === 'Allow');
    const actions = allowed.flatMap(({ Action }) => Action);
    expect([...new Set(actions)].sort()).toEqual([...OBJECT_ACTIONS, ...BUCKET_ACTIONS].sort());
  });

  it('lists nothing above or beside the home, nor without saying a prefix', () => {
    const prefixes = [
      undefined,
      '',
      '/',
      'u',
      'users-warehouse',
      'users-warehouse/',
      'users-warehouse/al',
      'users-warehouse/alice',
      '*',
      'users-warehouse/*',
    ];
    for (const prefix of prefixes) {
      const conditions = { 's3:prefix': prefix, 's3:delimiter': '/' };
      const verdict = evaluate([home('alice')], { action: 's3:ListBucket', bucket, conditions });
      expect([prefix, verdict]).toEqual([prefix, { allowed: false }]);
    }
  });

  it('reaches no other bucket', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('cdm-lake2', 'cdm', 'other'),
        fc.constantFrom(...OBJECT_ACTIONS, 's3:HeadBucket'),
        (other, action) => {
          const request = { action, bucket: other, key: 'users-warehouse/alice/x' };
          expect(evaluate([home('alice')], request).allowed).toBe(false);
        },
      ),
    );
  });

  it('means its user literally: no name that is accepted is a pattern', () => {
    fc.assert(
      fc.property(
        userName,
        fc.string({ unit: fc.constantFrom(...'ab0_.@-/x'), maxLength: 10 }),
        (name, text) => {
          const pattern = `${usersPrefix}/${name}/*`;
          expect(matchWildcard(pattern, `${usersPrefix}/${text}`)).toBe(text.startsWith(`${name}/`));
        },
      ),
    );
    const resources = fc
      .sample(userName, 50)
      .flatMap((name) => home(name).Statement.flatMap((s) => s.Resource ?? []));
    for (const resource of resources) expect(resource.replace(/\/\*$/, '')).not.toMatch(/[*?${}]/);
  });

  it('denies administration, whatever else the user holds', () => {
    const everything = {
      Version: '2012-10-17' as const,
      Statement: [{ Effect: 'Allow' as const, Action: ['admin:*'] }],
    };
    const verdict = evaluate([everything, home('alice')], {
      action: 'admin:CreateServiceAccount',
      bucket: '',
    });
    expect(verdict).toMatchObject({ allowed: false, because: { document: 1, effect: 'Deny' } });
    expect(evaluate([everything], { action: 'admin:CreateServiceAccount', bucket: '' }).allowed).toBe(true);
  });

  it('has a list statement of its own Resource, so MinIO compares no conditions between users of a group', () => {
    const list = (name: string) =>
      home(name).Statement.find(({ Action }) => Action.includes('s3:ListBucket'))?.Resource;
    fc.assert(fc.property(neighbours, ([a, b]) => expect(list(a)).not.toEqual(list(b))));
  });
});
