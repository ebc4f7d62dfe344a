import { problemOf } from '../../support/service/problems.js';
import { accepted, ended, eventsOf, submit } from '../../support/workflows/provisions.js';
import { makePeople, NO_LIMITS, pathOf } from '../../support/access/sharing.js';
import { outcome } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const REPORTS = pathOf(`${homeOf('alice')}reports/`);

describe('a provision that is undone', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, PROVISION_MAX_ATTEMPTS: '1' } });
    await makePeople(stack, ['alice', 'bob', 'carol']);
    await stack.admin.post('/groups/Lab', { members: ['alice'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const done = async (kind: string, input: object): Promise<any> => {
    const row = await ended(stack.admin, await submit(stack.admin, kind, input));
    expect(row.error).toBeNull();
    return row;
  };
  const undo = (id: string) => stack.admin.post(`/provisions/${id}/undo`);
  /** What became of each part. */
  const undone = async ({ id }: { id: string }): Promise<any[]> => {
    const row = await ended(stack.admin, accepted(await undo(id)));
    expect(row).toMatchObject({ kind: 'undo', parent_id: id, status: 'completed' });
    return row.result.operations.map(({ action, status, message }: any) => [action, status, message]);
  };
  const members = async () => (await stack.admin.get('/groups/Lab')).body.members;

  it('takes a new user away and leaves its data; who was there before stays', async () => {
    const made = await done('user', { user_name: 'dora' });
    await stack.rootS3.put(BUCKET, `${homeOf('dora')}x`, 'hers');
    const again = await done('user', { user_name: 'dora' });
    expect(await undone(again)).toEqual([]);
    expect((await stack.admin.get('/users/dora')).status).toBe(200);
    expect(await undone(made)).toEqual([['remove', 'done', undefined]]);
    expect((await stack.admin.get('/users/dora')).status).toBe(404);
    expect(await stack.rootS3.get(BUCKET, `${homeOf('dora')}x`)).toBe('hers');
    const { events } = (await stack.admin.get(`/provisions/${made.id}`)).body;
    expect(eventsOf({ events })).toContain('undone');
  });

  it('takes a new member out of a group; one whose role it changed stays', async () => {
    const joined = await done('membership', { group_name: 'Lab', user_name: 'bob' });
    const raised = await done('membership', { group_name: 'Lab', user_name: 'bob', role: 'owner' });
    const known = await done('membership', { group_name: 'Lab', user_name: 'alice' });
    for (const each of [raised, known]) expect(await undone(each)).toEqual([]);
    expect(await members()).toContainEqual(expect.objectContaining({ user_name: 'bob', role: 'owner' }));
    expect(await undone(joined)).toEqual([['revoke', 'done', undefined]]);
    expect(await members()).toMatchObject([{ user_name: 'alice', role: 'member' }]);
  });

  it('takes away what was newly shared, from those to whom it was', async () => {
    await stack.rootS3.put(BUCKET, `${homeOf('alice')}reports/q1`, 'q1');
    await done('share', { user_name: 'alice', path: REPORTS, with_users: ['bob'] });
    const both = await done('share', { user_name: 'alice', path: REPORTS, with_users: ['bob', 'carol'] });
    const [bob, carol] = await Promise.all(
      ['bob', 'carol'].map(async (name) => stack.s3((await stack.person(name).post(`/users/${name}`)).body)),
    );
    const read = (s3: typeof bob) => outcome(() => s3!.get(BUCKET, `${homeOf('alice')}reports/q1`));
    expect([await read(bob), await read(carol)]).toEqual(['ok', 'ok']);
    expect(await undone(both)).toEqual([['revoke', 'done', undefined]]);
    expect([await read(bob), await read(carol)]).toEqual(['ok', 'AccessDenied']);
  });

  it('removes a new group and an empty bucket, and keeps a bucket in which something is', async () => {
    const group = await done('group', { group_name: 'Guild', members: ['bob'] });
    const changed = await done('group', { group_name: 'Guild', description: 'of bakers' });
    const [empty, used] = [
      await done('bucket', { bucket: 'empty' }),
      await done('bucket', { bucket: 'used' }),
    ];
    await stack.rootS3.put('used', 'x', 'x');
    expect(await undone(changed)).toEqual([]);
    expect(await undone(group)).toEqual([['remove', 'done', undefined]]);
    expect((await stack.admin.get('/groups/Guild')).status).toBe(404);
    expect(await undone(empty)).toEqual([['remove', 'done', undefined]]);
    expect(await undone(used)).toEqual([['remove', 'skipped', 'it is not empty']]);
    expect(await stack.rootS3.buckets()).toEqual(expect.arrayContaining([BUCKET, 'used']));
    expect(await stack.rootS3.buckets()).not.toContain('empty');
  });

  it('is refused a second time, for what failed, for what creates nothing, and to others', async () => {
    const made = await done('bucket', { bucket: 'once' });
    const direct = { kind: 'undo', input: { provision_id: made.id } };
    for (const path of ['/provisions', '/provisions?dry_run=true'])
      expect(problemOf(await stack.admin.post(path, direct))).toEqual([422, 'unprocessable']);
    expect((await undo(made.id)).status).toBe(202);
    expect(problemOf(await undo(made.id))).toEqual([409, 'not_possible']);
    const revoked = await done('access.grant', { userId: 'bob', roles: [] });
    expect(problemOf(await undo(revoked.id))).toEqual([409, 'not_possible']);
    const wrong = await submit(stack.admin, 'membership', { group_name: 'Nowhere', user_name: 'bob' });
    expect((await ended(stack.admin, wrong)).status).toBe('failed');
    expect(problemOf(await undo(wrong.id))).toEqual([409, 'not_possible']);
    expect(problemOf(await undo('00000000-0000-4000-8000-000000000000'))).toEqual([404, 'not_found']);
    expect(problemOf(await stack.person('alice').post(`/provisions/${made.id}/undo`))).toEqual([
      403,
      'forbidden',
    ]);
  });
});
