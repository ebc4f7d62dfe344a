import { CreateBucketCommand, PutObjectRetentionCommand } from '@aws-sdk/client-s3';
import { waitFor } from '../../../scripts/child.mjs';
import { ended, numbered, putAll, remove, versionsBelow } from '../../support/people/deletions.js';
import { userOf } from '../../support/network/gate.js';
import type { Call } from '../../support/network/proxy.js';
import type { S3 } from '../../support/access/s3.js';
import { runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const isDelete = ({ method, query }: Call) => method === 'POST' && query.has('delete');

describe('the provision that carries a deletion out', () => {
  let stack: Stack;
  let s3: S3;

  beforeAll(async () => {
    const env = { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0', PROVISION_MAX_ATTEMPTS: '1' };
    stack = await startStack({ proxied: true, env });
    s3 = stack.rootS3;
    await s3.client.send(new CreateBucketCommand({ Bucket: BUCKET, ObjectLockEnabledForBucket: true }));
  }, START_MS);
  afterEach(() => stack.proxy.reset());
  afterAll(() => stack?.stop());

  const provisionsOf = async (id: string): Promise<any[]> => {
    const { items } = (await stack.admin.get('/provisions?limit=500')).body;
    return items.filter(({ input }: any) => input.deletion_id === id);
  };

  async function make(user: string, count: number): Promise<string> {
    await stack.person(user).post(`/users/${user}`);
    await putAll(s3, numbered(homeOf(user), count));
    return homeOf(user);
  }

  async function lock(key: string, mode: 'on' | 'off'): Promise<void> {
    const until = new Date(Date.now() + 86_400_000);
    const retention = mode === 'on' ? ({ Mode: 'GOVERNANCE', RetainUntilDate: until } as const) : {};
    const target = { Bucket: BUCKET, Key: key, BypassGovernanceRetention: true };
    await s3.client.send(new PutObjectRetentionCommand({ ...target, Retention: retention }));
  }

  it('says what was deleted', async () => {
    await make('ada', 3);
    expect((await remove(stack, 'ada')).status).toBe(204);
    const { items } = (await stack.admin.get('/provisions')).body;
    expect(items[0]).toMatchObject({
      kind: 'data.deletion',
      subject: 'data:users-warehouse/ada/',
      status: 'completed',
      requested_by: 'admin',
      max_attempts: null,
      result: { operations: [{ action: 'remove', status: 'done' }], deleted: 4, failed: 0 },
    });
  });

  it('is a dead letter when something cannot be deleted; a redrive or another request tries again', async () => {
    const home = await make('bea', 2);
    const [first = ''] = numbered(home, 1);
    await lock(first, 'on');
    const { body } = await remove(stack, 'bea');
    const [dead] = await provisionsOf(body.id);
    expect(dead).toMatchObject({ status: 'failed', error: expect.stringMatching(/WORM/) });
    expect((await stack.admin.post(`/provisions/${dead.id}/redrive`)).status).toBe(202);
    await waitFor('the second try', async () => {
      const states = (await provisionsOf(body.id)).map(({ status }) => status);
      return states.length === 2 && states.every((state) => state === 'failed');
    });
    expect(await s3.list(BUCKET, home)).toEqual([home, first]);
    await lock(first, 'off');
    expect((await remove(stack, 'bea')).status).toBe(204);
    const tries = await provisionsOf(body.id);
    expect(tries.map(({ status }) => status)).toEqual(['completed', 'failed', 'failed']);
    expect(tries[0].redriven_from).toBe(tries[1].id);
    expect(await versionsBelow(s3, home)).toBe(0);
  });

  it('releases the name when it is cancelled before it starts', async () => {
    const home = await make('cleo', 2);
    stack.proxy.fail(isDelete, 'drop');
    const { body } = await remove(stack, 'cleo');
    expect(body.state).toMatch(/pending|running/);
    await waitFor('the cancellation between two tries', async () => {
      const [one] = await provisionsOf(body.id);
      return (await stack.admin.post(`/provisions/${one.id}/cancel`)).status === 200;
    });
    const shown = (await stack.admin.get(`/admin/deletions/${body.id}`)).body;
    expect(shown).toMatchObject({ state: 'failed', last_error: 'It was cancelled' });
    expect((await stack.person('cleo').post('/users/cleo')).status).toBe(201);
    expect(await versionsBelow(s3, home)).toBe(3);
  });

  it('goes on after any number of failures, and records those that are the same once', async () => {
    await make('dora', 2);
    let failures = 0;
    stack.proxy.hook(isDelete, { before: () => ((failures += 1) <= 2 ? 'drop' : undefined) });
    const { body } = await remove(stack, 'dora');
    expect(await ended(stack, body.id, 90_000)).toMatchObject({ state: 'completed', failed: 0 });
    const [one] = await provisionsOf(body.id);
    expect(one.attempts).toBeGreaterThan(1);
    const { events } = (await stack.admin.get(`/provisions/${one.id}`)).body;
    expect(events.map(({ event }: any) => event)).toEqual(['accepted', 'postponed', 'completed']);
  });

  it('counts no run in vain while access has not ended', async () => {
    await make('emma', 1);
    stack.proxy.fail((call) => userOf(call) === 'emma', 'drop');
    const { body } = await remove(stack, 'emma');
    await waitFor('two tries', async () => (await provisionsOf(body.id))[0].attempts >= 2);
    const [found] = await runSql(stack.env, [`select attempts from data_deletion where id = '${body.id}'`]);
    expect(found).toMatchObject({ rows: [{ attempts: 0 }] });
    stack.proxy.reset();
    expect(await ended(stack, body.id, 90_000)).toMatchObject({ state: 'completed' });
  });

  it('holds up no other provision, however many large ones there are', async () => {
    const users = Array.from({ length: 9 }, (_, index) => `large${index}`);
    await Promise.all(users.map((user) => make(user, 1)));
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    stack.proxy.hook(isDelete, { before: () => opened.then(() => undefined) });
    const asked = users.map((user) => remove(stack, user));
    await waitFor('the first deletions', () => stack.proxy.calls.filter(isDelete).length >= 4);
    const input = { group_name: 'beside' };
    const { body } = await stack.admin.post('/provisions', { kind: 'group', input });
    await waitFor('another provision', async () => {
      const { status } = (await stack.admin.get(`/provisions/${body.id}`)).body;
      return status === 'completed';
    });
    expect(stack.proxy.calls.filter(isDelete)).toHaveLength(4);
    open();
    const answers = await Promise.all(asked);
    for (const { status, body: shown } of answers)
      if (status !== 204) expect(await ended(stack, shown.id)).toMatchObject({ state: 'completed' });
    for (const user of users) expect(await versionsBelow(s3, homeOf(user))).toBe(0);
  });

  it('keeps no lost provision from being found, however many deletions wait', async () => {
    const users = Array.from({ length: 4 }, (_, index) => `slow${index}`);
    await Promise.all(users.map((user) => make(user, 1)));
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    stack.proxy.hook(isDelete, { before: () => opened.then(() => undefined) });
    const asked = users.map((user) => remove(stack, user));
    await waitFor('the deletions', () => stack.proxy.calls.filter(isDelete).length >= 4);
    const due = `'api', clock_timestamp() - interval '1 hour', 'lost', 'admin', 'person'`;
    const columns = 'kind, subject, input, origin, due_at, correlation_id, requested_by, requested_by_kind';
    const input = `'{"deletion_id": "0197c0de-0000-4000-8000-000000000000"}'`;
    await runSql(stack.env, [
      `insert into provision (${columns}) select 'data.deletion', 'data:' || nr, ${input}, ${due} from generate_series(1, 150) nr`,
      `insert into provision (${columns}, max_attempts) values ('group', 'group:lost', '{"group_name": "lost"}', ${due}, 20)`,
    ]);
    await waitFor('the lost provision', async () => {
      return (await stack.admin.get('/groups/lost')).status === 200;
    });
    expect(stack.proxy.calls.filter(isDelete)).toHaveLength(4);
    open();
    await Promise.all(asked);
  });
});
