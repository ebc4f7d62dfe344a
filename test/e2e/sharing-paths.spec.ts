import { problemOf } from '../support/problems.js';
import * as sharing from '../support/sharing.js';
import { lists, pathOf, reads, sessionOf, writes } from '../support/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../support/stack.js';

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
  ...['%2e', '%2E%2e', '%2f', '%2F', '%5c', '%5C', '%00', '%25', '%252e'].map((escape): [string, string] => [
    'an escape',
    pathOf(`${HOME}a${escape}b/`),
  ]),
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
});
