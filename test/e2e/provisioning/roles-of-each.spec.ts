import { waitFor } from '../../../scripts/child.mjs';
import { differences } from '../../support/access/drift.js';
import * as sharing from '../../support/access/sharing.js';
import { lists, pathOf, reads, sessionOf, writes } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const DENIED = 'AccessDenied';

/** KBase's own example: a user writes databases `u_{user}__*` in a folder of all, and reads the own logs. */
describe('roles whose paths are another one for each user', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: sharing.NO_LIMITS });
    await sharing.makePeople(stack, ['alice', 'al', 'bob']);
    for (const user of ['alice', 'al', 'bob'])
      for (const key of [`sql/u_${user}__a.db/part`, `logs/${user}/log`])
        await stack.rootS3.put(BUCKET, key, 'x');
    const entitlements = [
      { type: 'path', path: pathOf('sql/u_{user}__*'), permission: 'write' },
      { type: 'path', path: pathOf('logs/{user}/'), permission: 'read' },
      { type: 'path', path: pathOf(`${homeOf('{user}')}given/`), permission: 'write' },
    ];
    const { body } = await stack.admin.put('/roles/person', { entitlements });
    expect(body.entitlements.map(({ path }: any) => path)).toEqual(entitlements.map(({ path }) => path));
  }, START_MS);
  afterAll(() => stack?.stop());

  async function done(answer: { status: number; body: any }): Promise<any> {
    expect(answer.status).toBe(202);
    let task: any;
    await waitFor('the task', async () => {
      task = (await stack.admin.get(`/provision/${answer.body.taskId}`)).body;
      return ['completed', 'failed', 'cancelled'].includes(task.status);
    });
    return task;
  }
  const provision = async (userId: string, roles: string[]) =>
    done(await stack.admin.post('/provision', { userId, roles }));

  it('give each user the own ones, also a user whose name MinIO does not take', async () => {
    for (const user of ['alice', 'al']) {
      const task = await provision(user, ['person']);
      expect(task.operations.map(({ status }: any) => status)).toEqual(['done', 'done', 'done']);
      expect(task.operations[0].entitlement.path).toBe(pathOf(`sql/u_${user}__*`));
      const s3 = await sessionOf(stack, user);
      expect(await writes(s3, `sql/u_${user}__new.db/part`)).toBe('ok');
      expect(await lists(s3, `sql/u_${user}__`)).toBe('ok');
      expect([await reads(s3, `logs/${user}/log`), await writes(s3, `logs/${user}/log`)]).toEqual([
        'ok',
        DENIED,
      ]);
      for (const key of ['sql/u_bob__a.db/part', 'logs/bob/log']) expect(await reads(s3, key)).toBe(DENIED);
      expect(await lists(s3, 'sql/')).toBe(DENIED);
    }
    expect(await differences(stack)).toEqual([]);
    const again = await provision('alice', ['person']);
    expect(again.operations.map(({ status }: any) => status)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
  });

  it('take them again, by the path of the user or by that of the role', async () => {
    const revoke = async (id: string) =>
      done(
        await stack.admin.post('/provision/revoke', {
          userId: 'alice',
          applicationId: 'minio',
          entitlementsToRevoke: [{ type: 'path', id }],
        }),
      );
    const s3 = await sessionOf(stack, 'alice');
    for (const [id, key] of [
      [pathOf('sql/u_{user}__*'), 'sql/u_alice__a.db/part'],
      [pathOf('logs/alice/'), 'logs/alice/log'],
    ] as const) {
      expect(await reads(s3, key)).toBe('ok');
      expect((await revoke(id)).operations).toMatchObject([{ status: 'done' }]);
      expect(await reads(s3, key)).toBe(DENIED);
    }
    await provision('alice', ['person']);
    expect(await reads(s3, 'logs/alice/log')).toBe('ok');
    await provision('alice', []);
    expect(await reads(s3, 'logs/alice/log')).toBe(DENIED);
    expect(await reads(s3, 'sql/u_alice__a.db/part')).toBe(DENIED);
  });
});
