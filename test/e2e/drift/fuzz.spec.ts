import type { MadminClient } from '../../../src/madmin/client.js';
import type { PolicyDocument } from '../../../src/madmin/types.js';
import { normalise } from '../../../src/policy/documents.js';
import { differences } from '../../support/access/drift.js';
import { BUCKET, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { Chance } from '../policy/chance.js';

/** Another seed each time; a failure names it, and this variable repeats it. */
const SEED = Number(process.env.DRIFT_SEED ?? Date.now() % 1_000_000_007);
const ROUNDS = Number(process.env.DRIFT_ROUNDS ?? 6);
const DEEDS_A_ROUND = 12;

const OURS = ['alice', 'bob', 'carol', 'dora'];
const OUR_POLICIES = [
  ...OURS.map((name) => `mgr:user:${name}:0`),
  'mgr:user:dora:1',
  ...['mgr:group:Team:0', 'mgr:readers:Team:0', 'mgr:group:everyone:0', 'mgr:group:Nobody:0', 'mgr:dp:x:0'],
];
const ODD = [
  ...[
    'a b',
    'A',
    'ü ñ',
    '語😀',
    'a/b',
    '../x',
    'a\\b',
    '%2F',
    '%00',
    'a"b',
    "a'b",
    '<b>',
    'a\tb',
    'a\nb',
    '\u0001x',
  ],
  ...[
    '__proto__',
    'constructor',
    'null',
    'mgr:',
    'mgr:x',
    'mgr:user:alice:00',
    'mgr:everyone2',
    'mgr:readers:Gone',
  ],
  ...[
    'x'.repeat(120),
    'dp-gone',
    'root',
    '*',
    '?',
    '${aws:username}',
    '.',
    '..',
    'readwrite',
    '-',
    'e\u0301',
    '\ufffd',
  ],
];

/** Documents of shapes that nobody here writes; the server refuses some. */
function anyDocument(chance: Chance): PolicyDocument {
  const some = (list: readonly string[]) =>
    chance.yes(0.3) ? chance.of(list) : [...new Set([chance.of(list), chance.of(list), chance.of(list)])];
  const family = chance.yes(0.8)
    ? ['s3:*', 's3:GetObject', 's3:Get*', 's3:ListBucket', 's3:HeadBucket']
    : chance.of([['*'], ['admin:*', 'admin:ServerInfo'], ['sts:*'], ['kms:*'], ['s3:GetObject', 'admin:*']]);
  const arns = [
    'arn:aws:s3:::*',
    `arn:aws:s3:::${BUCKET}/*`,
    `arn:aws:s3:::${BUCKET}`,
    'arn:aws:s3:::x/${aws:username}/*',
    'arn:aws:s3:::-/x',
    chance.of(['*', 'arn:aws:s3:::?', 'arn:minio:kms:::k']),
  ];
  const conditions = [
    { StringEquals: { 's3:prefix': '' } },
    { StringNotLike: { 's3:prefix': ['a/*', 'b/*'] } },
    { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } },
    { Bool: { 'aws:SecureTransport': chance.yes() } },
    { NumericLessThan: { 's3:max-keys': 10 } },
    { Null: { 's3:prefix': true } },
    { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
    { 'ForAnyValue:StringEquals': { 's3:prefix': ['a'] } },
    { 'ForAllValues:StringLike': { 's3:prefix': ['a*'] } },
    { BinaryEquals: { 's3:prefix': 'QQ==' } },
    { StringEquals: { 's3:ExistingObjectTag/team': 'x' }, StringLike: { 'aws:username': '${aws:username}' } },
  ];
  const statement = () => ({
    ...(chance.yes(0.2) ? { Sid: chance.of(['S', 'with space', 'é']) } : {}),
    Effect: chance.yes(0.7) ? 'Allow' : 'Deny',
    ...(chance.yes(0.7) ? { Action: some(family) } : { NotAction: some(family) }),
    ...(chance.yes(0.7) ? { Resource: some(arns) } : chance.yes(0.8) ? { NotResource: some(arns) } : {}),
    ...(chance.yes(0.4) ? { Condition: chance.of(conditions) } : {}),
  });
  return {
    ...(chance.yes(0.2) ? { ID: 'an id' } : {}),
    Version: chance.yes(0.9) ? '2012-10-17' : '',
    Statement: Array.from({ length: 1 + chance.below(3) }, statement),
  } as unknown as PolicyDocument;
}

/** Somebody's hand in MinIO. What the server refuses is not done. */
function deedOf(
  chance: Chance,
  root: MadminClient,
  made: { users: string[]; groups: string[]; policies: string[] },
) {
  const policy = () =>
    chance.of([...OUR_POLICIES, ...made.policies, 'readwrite', 'readonly', 'consoleAdmin', 'diagnostics']);
  const user = () => chance.of([...OURS, ...made.users]);
  const group = () => chance.of(['Team', 'mgr:readers:Team', 'mgr:everyone', ...made.groups]);
  const target = () => (chance.yes() ? { user: user() } : { group: group() });
  const deeds: [string, () => Promise<unknown>][] = [
    ['widen', () => root.policies.put(chance.of(OUR_POLICIES), anyDocument(chance))],
    ['widen', () => root.policies.put(chance.of(OUR_POLICIES), anyDocument(chance))],
    [
      'policy',
      () => made_(made.policies, chance.of(ODD), (name) => root.policies.put(name, anyDocument(chance))),
    ],
    [
      'user',
      () =>
        made_(made.users, chance.of(ODD), (name) =>
          root.users.add(name, {
            secretKey: 'a-secret-of-chance',
            status: chance.of(['enabled', 'disabled']),
          }),
        ),
    ],
    [
      'group',
      () => made_(made.groups, chance.of(ODD), (name) => root.groups.addMembers(name, [user(), user()])),
    ],
    ['attach', () => root.policies.attach([policy()], target())],
    ['set', () => root.policies.set([policy(), policy()], target())],
    ['clear', () => root.policies.set([], target())],
    ['join', () => root.groups.addMembers(group(), [user()])],
    ['leave', () => root.groups.removeMembers(group(), [user()])],
    ['status of a group', () => root.groups.setStatus(group(), chance.of(['enabled', 'disabled']))],
    [
      'status of a user',
      () => root.users.setStatus(chance.of([...made.users, 'carol']), chance.of(['enabled', 'disabled'])),
    ],
    ['remove', () => root.users.remove(user())],
    [
      'key',
      () =>
        root.accessKeys.add({
          targetUser: user(),
          accessKey: `KEY${chance.below(1e9)}`,
          secretKey: 'x'.repeat(20),
          policy: anyDocument(chance),
        }),
    ],
    ['drop a policy', () => root.policies.remove(policy())],
  ];
  return chance.of(deeds);
}

async function made_(list: string[], name: string, make: (name: string) => Promise<unknown>): Promise<void> {
  await make(name);
  if (!list.includes(name)) list.push(name);
}

describe(`drift beside whatever MinIO may hold (DRIFT_SEED=${SEED} DRIFT_ROUNDS=${ROUNDS})`, () => {
  const chance = new Chance(SEED);
  let stack: Stack;
  let wanted: Map<string, unknown>;
  const document = async (name: string) => normalise((await stack.root.policies.info(name)).document);

  beforeAll(async () => {
    stack = await startStack({
      env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0', SWEEP_INTERVAL_SECONDS: '0' },
    });
    for (const name of OURS) await stack.person(name).post(`/users/${name}`);
    const path = `s3a://${BUCKET}/users-warehouse/alice/open/`;
    await stack
      .person('alice')
      .post('/users/alice/share', { path, with_users: ['dora'], with_groups: ['everyone'] });
    await stack.admin.post('/groups/Team', { owners: ['alice'], members: ['carol'], readers: ['bob'] });
    const held = OUR_POLICIES.filter((name) => !/Nobody|dp/.test(name));
    wanted = new Map(await Promise.all(held.map(async (name) => [name, await document(name)] as const)));
  }, START_MS);
  afterAll(() => stack?.stop());

  /** A document of ours is overwritten with one that nobody here writes and the server takes. */
  async function widened(): Promise<string> {
    for (;;) {
      const name = chance.of([
        'mgr:user:alice:0',
        'mgr:user:dora:1',
        'mgr:group:Team:0',
        'mgr:group:everyone:0',
      ]);
      const odd = anyDocument(chance);
      const taken = await stack.root.policies.put(name, odd).then(
        () => true,
        () => false,
      );
      if (taken) return JSON.stringify(odd);
    }
  }

  it(
    'is always told and mended, and no subject hides another',
    async () => {
      const made = { users: [] as string[], groups: [] as string[], policies: [] as string[] };
      let done = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const story = [await widened()];
        for (let deed = 0; deed < DEEDS_A_ROUND; deed++) {
          const [what, act] = deedOf(chance, stack.root, made);
          const outcome = await act().then(
            () => 'done',
            (error: { code?: string }) => error.code ?? 'failed',
          );
          if (outcome === 'done') done++;
          story.push(`${what}: ${outcome}`);
        }
        // the drift of somebody else, which must always be seen and mended
        await stack.root.policies.put('mgr:user:bob:0', {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] }],
        });
        const told = [round, story.join(', ')];
        const found = await differences(stack);
        expect([...told, found]).toEqual([
          ...told,
          expect.arrayContaining([expect.stringMatching(/^user bob: put_policy/)]),
        ]);
        expect([...told, found.filter((line) => /unreadable/.test(line))]).toEqual([...told, []]);
        if (chance.yes(0.3)) {
          const dry = await stack.admin.post('/admin/reconcile?dry_run=true', { remove_foreign: true });
          expect([...told, dry.status]).toEqual([...told, 200]);
        }
        const { status, body } = await stack.admin.post('/admin/reconcile', {
          remove_foreign: chance.yes(0.3),
        });
        const failed = body.results?.filter((each: any) => each.status === 'failed');
        expect([...told, status, failed]).toEqual([...told, 200, []]);
        // a user that was made anew was in no group when the groups were compared
        const own = async () => (await differences(stack)).filter((line) => !/foreign/.test(line));
        let left = await own();
        if (left.length > 0) {
          await stack.admin.post('/admin/reconcile', {});
          left = await own();
        }
        expect([...told, left]).toEqual([...told, []]);
        for (const [name, document_] of wanted)
          expect([...told, name, await document(name)]).toEqual([...told, name, document_]);
        await stack.admin.post('/admin/users/carol/enable');
      }
      expect(done).toBeGreaterThan(ROUNDS);
    },
    ROUNDS * 20_000,
  );
});
