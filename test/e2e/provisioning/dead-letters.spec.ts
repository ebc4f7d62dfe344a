import { randomBytes } from 'node:crypto';
import { problemOf } from '../../support/service/problems.js';
import { accepted, ended, eventsOf, reaches, submit } from '../../support/workflows/provisions.js';
import { outcome } from '../../support/access/s3.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

describe('provisions that wait, fail or take away', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS, proxied: true });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', {});
  }, START_MS);
  afterEach(async () => {
    await stack.proxy.refuse();
    await stack.proxy.accept();
  });
  afterAll(() => stack?.stop());

  const ask = (provision: { id: string }, verb: string, body?: object) =>
    stack.admin.post(`/provisions/${provision.id}/${verb}`, body);
  const bucket = (name: string) => submit(stack.admin, 'bucket', { bucket: name });
  const deadLetters = async () =>
    (await stack.admin.get('/provisions/dead-letters?limit=500')).body.items.map(({ id }: any) => id);

  /** One that was tried, and waits to be tried again. */
  async function postponed(name: string): Promise<any> {
    const made = await bucket(name);
    let shown = await reaches(stack.admin, made, 'pending');
    while (shown.error === null) shown = await reaches(stack.admin, made, 'pending');
    return shown;
  }

  async function failed(user: string): Promise<any> {
    const input = { group_name: 'Lab', user_name: user };
    const dead = await ended(stack.admin, await submit(stack.admin, 'membership', input));
    expect(dead).toMatchObject({ status: 'failed', attempts: 1, error_code: 'unknown_user', result: null });
    expect(dead.dead_lettered_at).not.toBeNull();
    expect(eventsOf(dead)).toEqual(['accepted', 'failed']);
    return dead;
  }

  it('one that waits is cancelled: it is never carried out, and does not hold up the next of its subject', async () => {
    await stack.proxy.refuse();
    const first = await postponed('cancelled-bucket');
    expect(first).toMatchObject({ error_code: 'storage_unavailable', max_attempts: 20 });
    const second = await bucket('cancelled-bucket');
    const { status, body } = await ask(first, 'cancel');
    expect([status, body.status]).toEqual([200, 'cancelled']);
    expect(problemOf(await ask(first, 'cancel'))).toEqual([409, 'not_possible']);
    expect(problemOf(await ask(first, 'retry'))).toEqual([409, 'not_possible']);
    expect((await ask(second, 'cancel')).status).toBe(200);
    await stack.proxy.accept();
    const third = await ended(stack.admin, await bucket('cancelled-bucket'));
    expect(third.result.operations[0].status).toBe('done');
    const { events } = (await stack.admin.get(`/provisions/${second.id}`)).body;
    expect(events.at(-1)).toMatchObject({ event: 'cancelled', detail: { by: 'admin' } });
    expect(problemOf(await ask(third, 'cancel'))).toEqual([409, 'not_possible']);
  });

  it('one that waits is tried at once', async () => {
    await stack.proxy.refuse();
    const waiting = await postponed('retried-bucket');
    await stack.proxy.accept();
    expect(accepted(await ask(waiting, 'retry')).id).toBe(waiting.id);
    const done = await ended(stack.admin, waiting);
    expect(done).toMatchObject({ status: 'completed', error: null, error_code: null });
    expect(eventsOf(done)).toEqual(expect.arrayContaining(['accepted', 'postponed', 'retried', 'completed']));
    for (const verb of ['retry', 'redrive'])
      expect(problemOf(await ask(done, verb))).toEqual([409, 'not_possible']);
    expect(problemOf(await ask(done, 'discard', { reason: 'x' }))).toEqual([409, 'not_possible']);
  });

  it('what is wrong is not tried again; redriven it is a new one that points to it', async () => {
    const dead = await failed('newcomer');
    expect(await deadLetters()).toContain(dead.id);
    await stack.person('newcomer').post('/users/newcomer');
    const again = accepted(await ask(dead, 'redrive'));
    expect(again.id).not.toBe(dead.id);
    const done = await ended(stack.admin, again);
    const { kind, subject, input, correlation_id, metadata } = dead;
    expect(done).toMatchObject({ status: 'completed', redriven_from: dead.id, attempts: 1 });
    expect(done).toMatchObject({ kind, subject, input, correlation_id, metadata });
    const { status, events } = (await stack.admin.get(`/provisions/${dead.id}`)).body;
    expect([status, events.at(-1).detail]).toEqual(['failed', { as: again.id, by: 'admin' }]);
    for (const verb of ['redrive', 'retry'])
      expect(problemOf(await ask(dead, verb))).toEqual([409, 'not_possible']);
    expect(problemOf(await ask(dead, 'discard', { reason: 'x' }))).toEqual([409, 'not_possible']);
    expect(await deadLetters()).not.toContain(dead.id);
  });

  it('several who redrive the same dead letter make one provision', async () => {
    const dead = await failed('nobody');
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(dead, 'redrive')));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
    const { items } = (await stack.admin.get(`/provisions?correlation_id=${dead.correlation_id}`)).body;
    expect(items).toHaveLength(2);
    const retried = accepted(await ask(await ended(stack.admin, items[0]), 'retry'));
    expect(retried.redriven_from).toBe(items[0].id);
    await ended(stack.admin, retried);
  });

  it('a dead letter is discarded, for a reason', async () => {
    const dead = await failed('nobody');
    for (const body of [{}, { reason: '' }, { reason: 'a\0b' }])
      expect([400, 422]).toContain(problemOf(await ask(dead, 'discard', body))[0]);
    const { status, body } = await ask(dead, 'discard', { reason: 'has left' });
    expect([status, body.discard_reason]).toEqual([200, 'has left']);
    expect(body.discarded_at).not.toBeNull();
    expect(await deadLetters()).not.toContain(dead.id);
    expect(problemOf(await ask(dead, 'discard', { reason: 'x' }))).toEqual([409, 'not_possible']);
    expect(problemOf(await ask(dead, 'redrive'))).toEqual([409, 'not_possible']);
    const { events } = (await stack.admin.get(`/provisions/${dead.id}`)).body;
    expect(events.at(-1)).toMatchObject({ event: 'discarded', detail: { reason: 'has left', by: 'admin' } });
  });

  /** Statuses of what was to be taken, or the refusal. */
  async function revoke(userId: string | null, type: string, id: string): Promise<unknown> {
    const answer = await stack.admin.post('/provision/revoke', {
      ...{ userId, applicationId: 'minio', entitlementsToRevoke: [{ type, id }] },
      ...(userId === null ? { appSpecificUserId: id } : {}),
    });
    if (answer.status !== 202) return problemOf(answer);
    const { status, attempts, result } = await ended(stack.admin, { id: answer.body.taskId });
    return [status, attempts, result?.operations.map((each: any) => each.status)];
  }

  it('takes users and access keys that this service never made', async () => {
    const key = { accessKey: 'STRANGERSKEY00000000', secretKey: randomBytes(20).toString('hex') };
    await stack.root.users.add('stranger', { secretKey: key.secretKey, status: 'enabled' });
    await stack.root.accessKeys.add({ targetUser: 'stranger', ...key });
    const s3 = stack.s3({ access_key: key.accessKey, secret_key: key.secretKey });
    // it may do nothing; once it is gone, MinIO does not know it
    const answers = () => outcome(() => s3.buckets());
    expect(await answers()).toBe('AccessDenied');
    expect(await revoke('alice', 'access_key', key.accessKey)).toEqual(['completed', 1, ['skipped']]);
    expect(await revoke('alice', 'user', 'stranger')).toEqual([422, 'unprocessable']);
    expect(await answers()).toBe('AccessDenied');
    expect(await revoke(null, 'access_key', key.accessKey)).toEqual(['completed', 1, ['done']]);
    expect(await answers()).toBe('InvalidAccessKeyId');
    expect(await revoke(null, 'user', 'stranger')).toEqual(['completed', 1, ['done']]);
    expect((await stack.root.users.info('stranger')).status).toBe('disabled');
    for (const [type, id] of [
      ['access_key', key.accessKey],
      ['user', 'stranger'],
      ['user', 'never-here'],
      ['user', stack.minio.accessKey],
      ['access_key', stack.minio.accessKey],
    ] as const)
      expect([id, await revoke(null, type, id)]).toEqual([id, ['completed', 1, ['skipped']]]);
    expect(await revoke(null, 'group', 'Lab')).toEqual([422, 'unprocessable']);
  });

  it('takes keys of managed users, and disables them', async () => {
    const bob = stack.person('bob');
    const { body: key } = await bob.post('/users/bob/access-keys', { name: 'k' });
    expect(await revoke('alice', 'access_key', key.access_key)).toEqual(['completed', 1, ['skipped']]);
    expect(await revoke('alice', 'user', 'bob')).toEqual([422, 'unprocessable']);
    expect(await revoke('bob', 'access_key', key.access_key)).toEqual(['completed', 1, ['done']]);
    expect((await bob.get('/users/bob/access-keys')).body.items).toEqual([]);
    expect(await revoke('bob', 'user', 'bob')).toEqual(['completed', 1, ['done']]);
    expect(problemOf(await bob.post('/users/bob/sessions'))).toEqual([403, 'user_disabled']);
    expect(await revoke(null, 'user', 'bob')).toEqual(['completed', 1, ['skipped']]);
  });
});
