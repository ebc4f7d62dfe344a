import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import { outcome } from '../../support/access/s3.js';
import {
  BUCKET,
  type Caller,
  homeOf,
  type Stack,
  START_MS,
  startStack,
} from '../../support/service/stack.js';

/** Everything that names a user in its path, as somebody who wants its credentials would ask. */
const CALLS: [string, (caller: Caller, user: string) => ReturnType<Caller['get']>][] = [
  ['GET the user', (caller, user) => caller.get(`/users/${user}`)],
  ['POST the user', (caller, user) => caller.post(`/users/${user}`)],
  ['POST without rotation', (caller, user) => caller.post(`/users/${user}`, { rotate: false })],
  ['POST a session', (caller, user) => caller.post(`/users/${user}/sessions`)],
  ['DELETE the sessions', (caller, user) => caller.delete(`/users/${user}/sessions`)],
  ['POST an access key', (caller, user) => caller.post(`/users/${user}/access-keys`, { name: 'k' })],
  ['GET the access keys', (caller, user) => caller.get(`/users/${user}/access-keys`)],
  [
    'DELETE an access key',
    (caller, user) => caller.delete(`/users/${user}/access-keys/ABCDEFGHIJ0123456789`),
  ],
];
const ADMIN_CALLS: typeof CALLS = [
  ['disable', (caller, user) => caller.post(`/admin/users/${user}/disable`)],
  ['enable', (caller, user) => caller.post(`/admin/users/${user}/enable`)],
  ['DELETE the user', (caller, user) => caller.delete(`/admin/users/${user}`)],
];

describe('names of users', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
    await stack.person('bob').post('/users/bob');
  }, START_MS);
  afterAll(() => stack?.stop());

  describe("another person's", () => {
    it('is forbidden, and the answer does not tell whether it exists', async () => {
      const alice = stack.person('alice');
      // the first call of a person makes the person's own row
      await alice.get('/me');
      const before = await stack.state();
      for (const [what, call] of [...CALLS, ...ADMIN_CALLS]) {
        const [there, absent] = [await call(alice, 'bob'), await call(alice, 'carol')];
        for (const { status, body } of [there, absent]) {
          expect([what, status, body.code]).toEqual([what, 403, 'forbidden']);
          delete body.request_id;
        }
        expect([what, there.body]).toEqual([what, absent.body]);
      }
      expect(await stack.state()).toEqual(before);
    });

    it('is open to an administrator', async () => {
      expect((await stack.admin.get('/users/bob')).body.user_name).toBe('bob');
      expect((await stack.admin.post('/users/dave')).status).toBe(201);
      const keys = (await stack.admin.post('/users/dave/sessions')).body;
      expect(await outcome(() => stack.s3(keys).put(BUCKET, `${homeOf('dave')}x`))).toBe('ok');
    });
  });

  it("one's own that has nothing in MinIO yet is empty there, and stays so", async () => {
    for (const path of ['/users/carol', '/users/carol/access-keys'])
      expect([path, (await stack.admin.get(path)).body.code]).toEqual([path, 'not_found']);
    const carol = stack.person('carol');
    expect((await carol.get('/users/carol')).body).toMatchObject({ enforced: true, foreign_policies: [] });
    const before = await stack.state();
    expect((await carol.get('/users/carol/access-keys')).body.items).toEqual([]);
    expect((await carol.delete('/users/carol/access-keys/ABCDEFGHIJ0123456789')).status).toBe(204);
    expect(await stack.state()).toEqual(before);
  });

  it('of one or two letters have a longer principal and their own home', async () => {
    for (const name of ['ab', 'z']) {
      const { status, body } = await stack.person(name).post(`/users/${name}`);
      expect([status, body.user_name, body.access_key]).toEqual([201, name, `_u_${name}`]);
      expect(body.home_path).toBe(`s3a://cdm-lake/users-warehouse/${name}/`);
      await stack.s3(body).put(BUCKET, `${homeOf(name)}x`);
      expect(await outcome(() => stack.s3(body).list(BUCKET, homeOf('abc')))).toBe('AccessDenied');
      const session = (await stack.person(name).post(`/users/${name}/sessions`)).body;
      expect(await stack.s3(session).list(BUCKET, homeOf(name))).toContain(`${homeOf(name)}x`);
      expect((await stack.person(name).get(`/users/${name}`)).body.access_key).toBe(`_u_${name}`);
    }
  });

  it('of every allowed character work in MinIO', async () => {
    for (const name of ['a.b-c_d@example.org', '0', 'x'.repeat(100)]) {
      const { status, body } = await stack.admin.post(`/users/${encodeURIComponent(name)}`);
      expect([name, status]).toEqual([name, 201]);
      await stack.s3(body).put(BUCKET, `${homeOf(name)}x`);
      expect((await stack.admin.delete(`/admin/users/${encodeURIComponent(name)}`)).status).toBe(204);
    }
  });

  describe('that are reserved', () => {
    const refused = {
      status: 422,
      code: 'reserved_name',
      errors: [{ field: 'user', rule: expect.any(String) }],
    };

    it("to MinIO's administrator and to data products are refused", async () => {
      const before = await stack.state();
      for (const [what, call] of [...CALLS, ...ADMIN_CALLS]) {
        for (const name of [stack.minio.accessKey, 'dp-genomes']) {
          expect([what, (await call(stack.admin, name)).body]).toEqual([
            what,
            expect.objectContaining(refused),
          ]);
        }
      }
      expect(await stack.state()).toEqual(before);
    });

    it("give somebody nothing who is called like MinIO's administrator", async () => {
      const namesake = stack.person(stack.minio.accessKey);
      const before = await stack.state();
      for (const [what, call] of CALLS) {
        expect([what, (await call(namesake, stack.minio.accessKey)).body.code]).toEqual([
          what,
          'reserved_name',
        ]);
      }
      const aws = await namesake.get('/credentials/aws');
      expect([aws.status, aws.body.code]).toEqual([422, 'reserved_name']);
      expect(await stack.state()).toEqual(before);
      expect(await outcome(() => stack.rootS3.list(BUCKET, ''))).toBe('ok');
    });

    it('are not adopted either', async () => {
      const { body } = await stack.admin.post('/admin/adopt', {
        users: [stack.minio.accessKey, 'dp-x', 'Bad'],
      });
      expect(body.results.map(({ code }: { code: string }) => code)).toEqual([
        'reserved_name',
        'reserved_name',
        'unprocessable',
      ]);
    });
  });

  it('make the bucket again that was lost', async () => {
    const root = stack.rootS3;
    for (const key of await root.list(BUCKET, '')) await root.delete(BUCKET, key);
    await root.client.send(new DeleteBucketCommand({ Bucket: BUCKET }));
    const late = (await stack.person('late').post('/users/late')).body;
    expect(await stack.s3(late).list(BUCKET, homeOf('late'))).toEqual([homeOf('late')]);
  });
});
