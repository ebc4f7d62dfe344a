import { type PolicyDocument } from '../../../src/madmin/types.js';
import { normalise } from '../../../src/policy/documents.js';
import { adminCall, type Keys, temptations } from '../../support/service/admin-calls.js';
import { ConsoleSession } from '../../support/service/console.js';
import { outcome, type S3 } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const MIB = 1024 * 1024;
/** The second one is MinIO's word to a session or an access key that wants to change its own user. */
const REFUSED = /^(AccessDenied|XMinioInvalidIAMCredentials)$/;

describe('a new user', () => {
  let stack: Stack;
  let pair: Keys & Record<string, any>;

  beforeAll(async () => {
    stack = await startStack({ embedded: true });
  }, START_MS);
  afterAll(() => stack?.stop());

  it('is created by its first login, with the bucket and its home', async () => {
    expect(await outcome(() => stack.rootS3.list(BUCKET, ''))).toBe('NoSuchBucket');
    const answer = await stack.person('alice').post('/users/alice');
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      user_name: 'alice',
      access_key: 'alice',
      secret_key: expect.stringMatching(/^[a-z2-7]{40}$/),
      home_path: 's3a://cdm-lake/users-warehouse/alice/',
      endpoint: stack.minio.endpoint,
      region: 'us-east-1',
      created: true,
      rotated: false,
      groups: [],
      enforced: true,
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await stack.rootS3.list(BUCKET, '')).toEqual([homeOf('alice')]);
    expect(await stack.rootS3.get(BUCKET, homeOf('alice'))).toBe('');
    pair = answer.body;
  });

  it('is told apart from its answer by GET, which never shows a secret', async () => {
    const answer = await stack.person('alice').get('/users/alice');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      user_name: 'alice',
      access_key: 'alice',
      home_path: 's3a://cdm-lake/users-warehouse/alice/',
      home_paths: ['s3a://cdm-lake/users-warehouse/alice/'],
      status: 'active',
      suspended: null,
      credentials_end_at: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      rotated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      keeps_secret: false,
      groups: [],
      policies: [{ policy_name: 'mgr:user:alice:0', document: expect.any(Object) }],
      foreign_policies: [],
      enforced: true,
    });
    const { policies } = answer.body as { policies: { policy_name: string; document: object }[] };
    const held = await stack.root.policies.info('mgr:user:alice:0');
    expect(normalise(policies[0]?.document as PolicyDocument)).toEqual(normalise(held.document));
    expect(JSON.stringify(answer)).not.toContain(pair.secret_key);
  });

  describe('below its home', () => {
    const key = `${homeOf('alice')}folder/data.bin`;

    it('puts, gets, lists and deletes', async () => {
      const s3 = stack.s3(pair);
      await s3.put(BUCKET, key, 'text');
      expect(await s3.get(BUCKET, key)).toBe('text');
      expect(await s3.list(BUCKET, homeOf('alice'))).toEqual([homeOf('alice'), key]);
      expect(await s3.list(BUCKET, homeOf('alice'), '/')).toContain(`${homeOf('alice')}folder/`);
      await s3.delete(BUCKET, key);
      expect(await outcome(() => s3.get(BUCKET, key))).toBe('NoSuchKey');
    });

    it('uploads in parts, and can give an upload up', async () => {
      const s3 = stack.s3(pair);
      await s3.multipart(BUCKET, key, [new Uint8Array(5 * MIB), new Uint8Array(3)]);
      await s3.multipart(BUCKET, `${key}.gone`, [new Uint8Array(3)], 'abort');
      expect(await s3.list(BUCKET, `${homeOf('alice')}folder/`)).toEqual([key]);
      expect((await s3.get(BUCKET, key)).length).toBe(5 * MIB + 3);
      await s3.delete(BUCKET, key);
    });
  });

  describe('beside a neighbour whose name begins alike', () => {
    const theirs = `${homeOf('alice2')}secret-plan.txt`;

    beforeAll(async () => {
      const neighbour = stack.s3((await stack.person('alice2').post('/users/alice2')).body);
      await neighbour.put(BUCKET, theirs, 'secret');
      await stack.rootS3.put(BUCKET, 'users-warehouse/alice-file', 'x');
      await stack.rootS3.put(BUCKET, 'top', 'x');
    });

    it.each<[string, (s3: S3) => Promise<unknown>]>([
      ['read', (s3) => s3.get(BUCKET, theirs)],
      ['head', (s3) => s3.head(BUCKET, theirs)],
      ['write', (s3) => s3.put(BUCKET, theirs, 'mine')],
      ['write something new', (s3) => s3.put(BUCKET, `${homeOf('alice2')}new`, 'mine')],
      ['upload in parts', (s3) => s3.multipart(BUCKET, theirs, [new Uint8Array(3)])],
      ['delete', (s3) => s3.delete(BUCKET, theirs)],
      ['list its home', (s3) => s3.list(BUCKET, homeOf('alice2'))],
      ['list its home without the slash', (s3) => s3.list(BUCKET, 'users-warehouse/alice2')],
      ['list by the beginning of both names', (s3) => s3.list(BUCKET, 'users-warehouse/alice')],
      ['list by it with a delimiter', (s3) => s3.list(BUCKET, 'users-warehouse/alice', '/')],
      ['list all homes', (s3) => s3.list(BUCKET, 'users-warehouse/')],
      ['list the bucket', (s3) => s3.list(BUCKET, '')],
      ['list the top level', (s3) => s3.list(BUCKET, '', '/')],
      ['read beside the homes', (s3) => s3.get(BUCKET, 'top')],
      ['read a file that begins like its home', (s3) => s3.get(BUCKET, 'users-warehouse/alice-file')],
      ['write beside the homes', (s3) => s3.put(BUCKET, 'users-warehouse/alice3', 'x')],
      ['make a bucket', (s3) => s3.createBucket('of-alice')],
    ])('cannot %s', async (_, action) => {
      expect(await outcome(() => action(stack.s3(pair)))).toBe('AccessDenied');
    });

    it('leaves the neighbour as it was', async () => {
      expect(await stack.rootS3.get(BUCKET, theirs)).toBe('secret');
      expect(await stack.rootS3.list(BUCKET, homeOf('alice2'))).toEqual([homeOf('alice2'), theirs]);
    });
  });

  describe("at MinIO's admin API", () => {
    let all: Record<string, Keys>;

    beforeAll(async () => {
      const alice = stack.person('alice');
      await stack.person('bob').post('/users/bob');
      const session = (await alice.post('/users/alice/sessions')).body;
      const key = (await alice.post('/users/alice/access-keys', { name: 'tool' })).body;
      all = { pair, session, key };
    });

    it.each(['pair', 'session', 'key'])('can do nothing with its %s', async (kind) => {
      const before = await stack.state();
      const keys = all[kind] as Keys;
      expect(await outcome(() => stack.s3(keys).list(BUCKET, homeOf('alice')))).toBe('ok');
      for (const [what, call] of Object.entries(temptations('alice'))) {
        const refusal = await adminCall(stack.minio.endpoint, keys, call);
        expect([what, refusal]).toEqual([what, expect.stringMatching(REFUSED)]);
      }
      expect(await stack.state()).toEqual(before);
      expect(await outcome(() => stack.s3(pair).list(BUCKET, homeOf('alice')))).toBe('ok');
    });

    it('would be let in as the administrator, so the refusals are of the user and not of the request', async () => {
      const keys = { access_key: stack.minio.accessKey, secret_key: stack.minio.secretKey };
      const calls = temptations('alice');
      for (const what of [
        'list-users',
        'list-service-accounts of bob',
        'server info',
        'user-info of itself',
      ]) {
        expect([what, await adminCall(stack.minio.endpoint, keys, calls[what]!)]).toEqual([what, '200']);
      }
    });
  });

  describe("at MinIO's web console", () => {
    it('logs in with its pair and sees its home, not another', async () => {
      await stack.s3(pair).put(BUCKET, `${homeOf('alice')}seen.txt`);
      const session = await ConsoleSession.login(stack.minio.consoleEndpoint, 'alice', pair.secret_key);
      if (typeof session === 'number') throw new Error(`refused with ${session}`);
      expect(await session.list(BUCKET, homeOf('alice'))).toEqual([
        homeOf('alice'),
        `${homeOf('alice')}seen.txt`,
      ]);
      expect(await session.list(BUCKET, homeOf('alice2'))).toBe(403);
    });

    it('does not log in with a wrong secret', async () => {
      expect(await ConsoleSession.login(stack.minio.consoleEndpoint, 'alice', 'x'.repeat(40))).toBe(401);
    });
  });
});
