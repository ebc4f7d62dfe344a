import { problemOf } from '../../support/service/problems.js';
import * as sharing from '../../support/access/sharing.js';
import { lists, pathOf, reads, sessionOf, writes } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const HOME = homeOf('alice');

/** What is no path below the home of alice. */
const PATHS: [string, string][] = [
  ['a home of another', pathOf(`${homeOf('bob')}reports/`)],
  ['a home whose name starts the same', pathOf('users-warehouse/alice2/x/')],
  ['a received share', pathOf(`${homeOf('bob')}given/`)],
  ['the home', pathOf(HOME)],
  ['the home without a slash', pathOf(HOME.slice(0, -1))],
  ['all homes', pathOf('users-warehouse/')],
  ['the bucket', `s3a://${BUCKET}/`],
  ['the bucket without a slash', `s3a://${BUCKET}`],
  ['another bucket', `s3a://other-lake/${HOME}x/`],
  ['a bucket in capitals', `s3a://CDM-LAKE/${HOME}x/`],
  ['no bucket', `s3a:///${HOME}x/`],
  ['another scheme', `https://${BUCKET}/${HOME}x/`],
  ['a scheme in capitals', `S3A://${BUCKET}/${HOME}x/`],
  ['no scheme', `${BUCKET}/${HOME}x/`],
  ['an ARN', `arn:aws:s3:::${BUCKET}/${HOME}x/`],
  ['nothing', ''],
  ['a blank in front', ` ${pathOf(`${HOME}x/`)}`],
  ['a star', pathOf(`${HOME}x*`)],
  ['a question mark', pathOf(`${HOME}x?`)],
  ['a dollar', pathOf(`${HOME}$x/`)],
  ['a policy variable', pathOf(`${HOME}\${aws:username}/`)],
  ['a brace', pathOf(`${HOME}{a,b}/`)],
  ['a dot segment', pathOf(`${HOME}./x/`)],
  ['a way up', pathOf(`${HOME}../bob/reports/`)],
  ['a way up at the end', pathOf(`${HOME}x/..`)],
  ['a way up with a blank', pathOf(`${HOME}.. /x/`)],
  ['an encoded NUL', pathOf(`${HOME}a%00b/`)],
  ['an empty segment', pathOf(`${HOME}a//b/`)],
  ['an empty segment at the start', `s3a://${BUCKET}//${HOME}x/`],
  ['an empty segment at the end', pathOf(`${HOME}a//`)],
  ['a backslash', pathOf(`${HOME}a\\..\\b/`)],
  ...['\u0000', '\n', '\u001b', '\u007f', '\u0085'].map((each): [string, string] => [
    'a control character',
    pathOf(`${HOME}a${each}b/`),
  ]),
  ['half a character', pathOf(`${HOME}a\ud800/`)],
  ['1,025 bytes', pathOf(HOME + 'x'.repeat(1025 - HOME.length))],
  ['1,025 bytes of two each', pathOf(`${HOME}${'ü'.repeat((1026 - HOME.length) / 2)}`)],
  ['5,000 bytes', pathOf(HOME + 'x'.repeat(5000))],
];

/** Names that are fine, whatever they look like. */
const NAMES = [
  ...[
    'a%3Db',
    'a%20b%7e',
    'a%2Fb',
    'a%5Cb',
    '%2e%2e',
    '50%25',
    '50% off',
    'a..b.parquet',
    '...',
    '..a',
    'a.',
    'dt=2024-01-01',
    'a+b',
    'with space',
  ],
  ...[
    "o'neil & co",
    'a"b<c>',
    'a;b,c:d@e!~^`|',
    '(x)[y]',
    '#1',
    'Ünïcødé',
    'u\u0308',
    '数据',
    '😀',
    'a\u00a0b',
  ],
  ...['mgr:user:bob:0', 'arn:aws:s3', '-', '_temporary', 'null', 'Path'],
];

describe('paths that are shared', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: sharing.NO_LIMITS });
    await sharing.makePeople(stack, ['alice', 'bob']);
    await sharing.share(stack, 'bob', { path: pathOf(`${homeOf('bob')}given/`), with_users: ['alice'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const share = (body: object) => sharing.share(stack, 'alice', body);
  const unshare = (body: object) => sharing.unshare(stack, 'alice', body);

  async function nothingChanges(work: () => Promise<void>): Promise<void> {
    const before = await stack.state();
    await work();
    expect(await stack.state()).toEqual(before);
  }

  it('refuses every path that is not below the home, by a rule, and changes nothing', () =>
    nothingChanges(async () => {
      for (const [what, path] of PATHS) {
        for (const [ask, targets] of [
          [share, { with_users: ['bob'] }],
          [unshare, { from_users: ['bob'] }],
        ] as const) {
          const answer = await ask({ path, ...targets });
          expect([what, path, ...problemOf(answer)]).toEqual([what, path, 422, 'unprocessable']);
          expect(answer.body.errors).toEqual([{ field: 'path', rule: expect.stringMatching(/./) }]);
          expect(JSON.stringify(answer.body).length).toBeLessThan(1000);
        }
      }
    }));

  it('takes the longest path there may be', async () => {
    const path = pathOf(HOME + 'x'.repeat(1024 - HOME.length));
    expect((await share({ path, with_users: ['bob'] })).status).toBe(200);
    expect((await unshare({ path })).body.results).toHaveLength(1);
  });

  it.each(NAMES)('shares a folder and an object of this name, and nothing beside: %s', async (name) => {
    const [alice, bob] = [await sessionOf(stack, 'alice'), await sessionOf(stack, 'bob')];
    const [inside, beside] = [`${HOME}${name}/part.parquet`, `${HOME}${name}x/part.parquet`];
    expect([await writes(alice, inside), await writes(alice, beside)]).toEqual(['ok', 'ok']);
    for (const path of [pathOf(`${HOME}${name}/`), pathOf(HOME + name)]) {
      const answer = await share({ path, with_users: ['bob'], permission: 'write' });
      expect([answer.status, answer.body.path]).toEqual([200, path]);
      expect([await reads(bob, inside), await lists(bob, `${HOME}${name}/`)]).toEqual(['ok', 'ok']);
      expect([await writes(bob, inside), await reads(bob, beside)]).toEqual(['ok', 'AccessDenied']);
      expect((await unshare({ path })).body.results).toHaveLength(1);
      expect(await reads(bob, inside)).toBe('AccessDenied');
    }
  });

  describe('that look encoded', () => {
    const name = 'a%2Fb%5Cc%25d';
    const path = pathOf(`${HOME}${name}/`);
    const beside = ['a/b/c%d', 'a/b%5Cc%25d', 'a%2fb%5Cc%25d', 'a%252Fb%255Cc%2525d', 'a%2Fb%5Cc%d'];
    const asked = encodeURIComponent(path);
    const reach = async (client: Awaited<ReturnType<typeof sessionOf>>) =>
      Promise.all([name, ...beside].map((each) => reads(client, `${HOME}${each}/there`)));
    const only = ['ok', ...beside.map(() => 'AccessDenied')];
    const none = [name, ...beside].map(() => 'AccessDenied');

    beforeAll(async () => {
      for (const each of [name, ...beside]) await stack.rootS3.put(BUCKET, `${HOME}${each}/there`);
    });

    it('are meant as they are by whatever takes a path: nothing is decoded twice', async () => {
      const bob = await sessionOf(stack, 'bob');
      const done = async (answer: Promise<{ status: number; body: any }>) => {
        const { status, body } = await answer;
        expect([200, 201, 202, body]).toContain(status);
      };
      const settled = async (expected: string[]) => {
        for (let look = 0; look < 100; look++)
          if (JSON.stringify(await reach(bob)) === JSON.stringify(expected)) break;
        expect(await reach(bob)).toEqual(expected);
      };
      // a share, and the questions about it
      await done(share({ path, with_users: ['bob'] }));
      expect(await reach(bob)).toEqual(only);
      const who = (await stack.person('alice').get(`/access?path=${asked}`)).body;
      expect([who.path, who.principals.map(({ name: each, user_name }: any) => each ?? user_name)]).toEqual([
        path,
        ['alice', 'bob'],
      ]);
      const check = await stack.person('bob').get(`/access/check?user=bob&path=${asked}&action=read`);
      expect(check.body.allowed).toBe(true);
      await done(unshare({ path }));
      expect(await reach(bob)).toEqual(none);
      // a request for access
      await done(stack.person('bob').post('/access-requests', { path, permission: 'read', reason: 'work' }));
      const [request] = (await stack.person('alice').get('/access-requests?role=owner')).body.items;
      expect(request.path).toBe(path);
      // a group
      const grants = [{ path, permission: 'read' }];
      await done(stack.admin.post('/groups/Encoded', { members: ['bob'], grants }));
      expect(await reach(bob)).toEqual(only);
      await done(stack.admin.post('/groups/Encoded', { grants: [] }));
      // a role, and its revocation
      const entitlements = [{ type: 'path', path, permission: 'read' }];
      await done(stack.admin.put('/roles/encoded', { entitlements }));
      await done(stack.admin.post('/provision', { userId: 'bob', roles: ['encoded'] }));
      await settled(only);
      const entitlementsToRevoke = [{ type: 'path', id: path }];
      const revocation = { userId: 'bob', applicationId: 'minio', entitlementsToRevoke };
      await done(stack.admin.post('/provision/revoke', revocation));
      await settled(none);
    });
  });
});
