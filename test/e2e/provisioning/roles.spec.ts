import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import * as sharing from '../../support/access/sharing.js';
import { pathOf } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const REFERENCE = `s3a://${BUCKET}/reference/`;

describe('roles and what they give', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: sharing.NO_LIMITS });
    await sharing.makePeople(stack, ['alice', 'bob', 'carol', 'dave']);
    for (const group of ['Alpha', 'Beta', 'Gamma', 'Delta']) await stack.admin.post(`/groups/${group}`, {});
    await role('a', [{ type: 'group', group: 'Alpha' }]);
    await role('b', [
      { type: 'group', group: 'Beta', role: 'reader' },
      { type: 'path', path: REFERENCE, permission: 'read' },
    ]);
    await role('c', [{ type: 'group', group: 'Gamma' }]);
  }, START_MS);
  afterAll(() => stack?.stop());

  async function role(name: string, entitlements: object[]): Promise<void> {
    const { status, body } = await stack.admin.put(`/roles/${name}`, { entitlements });
    expect([name, status, body.entitlements?.length]).toEqual([
      name,
      expect.any(Number),
      entitlements.length,
    ]);
  }
  const provision = (userId: string, roles: string[], headers: Record<string, string> = {}) =>
    stack.admin.post('/provision', { userId, roles }, { headers });

  async function done(answer: { status: number; headers: Record<string, string>; body: any }) {
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toBe(`/provision/${answer.body.taskId}`);
    return taskDone(answer.body.taskId);
  }

  async function taskDone(id: string): Promise<any> {
    let task: any;
    await waitFor('the task', async () => {
      task = (await stack.admin.get(`/provision/${id}`)).body;
      return ['completed', 'failed', 'cancelled'].includes(task.status);
    });
    return task;
  }

  const groupsOf = async (user: string) => {
    const { body } = await stack.admin.get(`/users/${user}`);
    return body.groups.map(({ group_name, role: in_ }: any) => `${group_name} ${in_}`);
  };
  const minioGroups = async (user: string) => (await stack.root.users.info(user)).groups.sort();

  it('gives exactly what the roles say, in MinIO, too; the same again changes nothing', async () => {
    const task = await done(await provision('alice', ['a', 'b']));
    expect(task).toMatchObject({ status: 'completed', attempts: 1, error: null });
    expect(task.operations.map(({ status }: any) => status)).toEqual(['done', 'done', 'done']);
    expect(await groupsOf('alice')).toEqual(['Alpha member', 'Beta reader']);
    expect(await minioGroups('alice')).toEqual(['Alpha', 'mgr:readers:Beta']);
    const s3 = await sharing.sessionOf(stack, 'alice');
    await stack.rootS3.put(BUCKET, 'reference/x', 'x');
    expect(await s3.get(BUCKET, 'reference/x')).toBe('x');

    const before = await stack.held();
    const again = await done(await provision('alice', ['a', 'b']));
    expect(again.operations.map(({ status }: any) => status)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
    expect(await stack.held()).toEqual(before);
  });

  it('takes what only the former roles gave; what was given by hand stays', async () => {
    await stack.admin.post('/groups/Alpha/members', { user_name: 'bob', role: 'member' });
    await sharing.share(stack, 'carol', { path: pathOf(`${homeOf('carol')}x/`), with_users: ['bob'] });
    await done(await provision('bob', ['a', 'b']));
    const changed = await done(await provision('bob', ['b', 'c']));
    expect(changed.operations).toEqual([
      { entitlement: { type: 'group', group: 'Beta', role: 'reader' }, action: 'grant', status: 'unchanged' },
      {
        entitlement: { type: 'path', path: REFERENCE, permission: 'read' },
        action: 'grant',
        status: 'unchanged',
      },
      { entitlement: { type: 'group', group: 'Gamma', role: 'member' }, action: 'grant', status: 'done' },
    ]);
    expect(await groupsOf('bob')).toEqual(['Alpha member', 'Beta reader', 'Gamma member']);
    const none = await done(await provision('bob', []));
    expect(none.operations.map(({ action, status }: any) => `${action} ${status}`)).toEqual([
      'revoke done',
      'revoke done',
      'revoke done',
    ]);
    expect(await groupsOf('bob')).toEqual(['Alpha member']);
    const { body } = await stack.admin.get('/users/bob/shares?direction=received');
    expect(body.items).toHaveLength(1);
  });

  it.each<[string, object, number]>([
    ['no user', { roles: ['a'] }, 400],
    ['no roles', { userId: 'alice' }, 400],
    ['roles that are no list', { userId: 'alice', roles: 'a' }, 400],
    ['a field that is none', { userId: 'alice', roles: [], more: 1 }, 400],
    ['a user who was never here', { userId: 'nobody', roles: ['a'] }, 404],
    ['a role that is none', { userId: 'alice', roles: ['a', 'zzz'] }, 422],
  ])('refuses %s, and records nothing', async (_, body, status) => {
    const before = [await stack.state(), (await stack.admin.get('/provisions')).body];
    expect(problemOf(await stack.admin.post('/provision', body))[0]).toBe(status);
    expect([await stack.state(), (await stack.admin.get('/provisions')).body]).toEqual(before);
  });

  it('revokes exactly what is listed, and roles do not give it back until the next request', async () => {
    await done(await provision('carol', ['a', 'b']));
    const revoke = (entitlementsToRevoke: object[]) =>
      stack.admin.post('/provision/revoke', {
        userId: 'carol',
        applicationId: 'minio',
        appSpecificUserId: 'carol',
        entitlementsToRevoke,
      });
    const task = await done(
      await revoke([
        { type: 'group', id: 'Alpha' },
        { type: 'path', id: REFERENCE },
        { type: 'group', id: 'Gamma' },
      ]),
    );
    expect(task.operations.map(({ status }: any) => status)).toEqual(['done', 'done', 'skipped']);
    expect(await groupsOf('carol')).toEqual(['Beta reader']);
    // the role changes: everybody who has it is provisioned again
    await role('a', [
      { type: 'group', group: 'Alpha' },
      { type: 'group', group: 'Delta' },
    ]);
    await waitFor('the role', async () => (await groupsOf('carol')).includes('Delta member'));
    expect(await groupsOf('carol')).toEqual(['Beta reader', 'Delta member']);
    await done(await provision('carol', ['a', 'b']));
    expect(await groupsOf('carol')).toEqual(['Alpha member', 'Beta reader', 'Delta member']);
    expect(problemOf(await revoke([]))[0]).toBe(400);
  });

  it.each(['Jörg Müller', '研究 用户', "o'neil + co", 'lab;ou:x~y', 'x'.repeat(100)])(
    'takes away what MinIO has by any name: %s',
    async (name) => {
      const secretKey = 'a-secret-of-nobody-here';
      await stack.root.users.add(name, { secretKey });
      await stack.root.groups.addMembers(name, [name, 'carol']);
      const accessKey = `key of ${name}`.slice(0, 20);
      await stack.root.accessKeys.add({ targetUser: name, accessKey, secretKey });
      const ask = (userId: string | null, type: string, id: string, more: object = {}) =>
        stack.admin.post('/provision/revoke', {
          userId,
          applicationId: 'minio',
          entitlementsToRevoke: [{ type, id }],
          ...more,
        });
      const named = { appSpecificUserId: name };
      for (const status of ['done', 'skipped']) {
        const tasks = [
          await done(await ask('carol', 'group', name)),
          await done(await ask(null, 'access_key', accessKey, named)),
          await done(await ask(null, 'user', name, named)),
        ];
        expect(tasks.map(({ operations }) => operations[0].status)).toEqual([status, status, status]);
      }
      expect((await stack.root.groups.info(name)).members).toEqual([name]);
      expect((await stack.root.users.info(name)).status).toBe('disabled');
      expect(await stack.root.accessKeys.list(name)).toEqual([]);
    },
  );

  it.each(['', 'a\u0000b', 'a\nb', '\ud800', 'ü'.repeat(128), 'mgr:everyone', 'everyone'])(
    'refuses what no name can be, or what stands behind groups here: %j',
    async (id) => {
      const before = await stack.state();
      for (const type of ['group', ...(id.includes('every') ? [] : ['user', 'access_key'])]) {
        const entitlementsToRevoke = [{ type, id }];
        const body = { userId: 'carol', applicationId: 'minio', entitlementsToRevoke };
        expect(problemOf(await stack.admin.post('/provision/revoke', body))[0]).toBe(422);
      }
      expect(await stack.state()).toEqual(before);
    },
  );

  it('one idempotency key is one task', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => provision('dave', ['a'], { 'idempotency-key': 'key-1' })),
    );
    expect(new Set(answers.map(({ body }) => body.taskId)).size).toBe(1);
    const other = await provision('dave', ['b'], { 'idempotency-key': 'key-1' });
    expect(problemOf(other)).toEqual([409, 'idempotency_conflict']);
    await taskDone(answers[0]?.body.taskId);
  });

  it('are forgotten with the user, also while the name is kept because a write may still arrive', async () => {
    await done(await provision('dave', ['a']));
    await runSql(stack.env, [
      "update subject set unsettled_until = now() + interval '1 hour' where name = 'dave'",
    ]);
    expect((await stack.admin.delete('/admin/users/dave')).status).toBe(204);
    expect((await stack.person('dave').get('/me')).status).toBe(200);
    expect((await stack.person('dave').post('/users/dave')).status).toBe(201);
    expect((await stack.admin.get('/users/dave')).body.groups).toEqual([]);
  });
});
