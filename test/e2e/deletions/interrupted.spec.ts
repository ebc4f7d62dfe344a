import { waitFor } from '../../../scripts/child.mjs';
import { ended, idOf, numbered, putAll, remove, versionsBelow } from '../../support/people/deletions.js';
import { Fleet } from '../../support/service/fleet.js';
import { userOf } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { problemOf } from '../../support/service/problems.js';
import type { Call, Proxy } from '../../support/network/proxy.js';
import { outcome, S3 } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const isDelete = ({ method, query }: Call) => method === 'POST' && query.has('delete');

/** The first deletions pass, the others wait until they are let go. */
function hold(proxy: Proxy, passing: number): { held: Promise<void>; open: () => void } {
  let count = 0;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let reach = (): void => undefined;
  const held = new Promise<void>((resolve) => (reach = resolve));
  proxy.hook(isDelete, {
    before: async () => {
      if ((count += 1) <= passing) return;
      reach();
      await opened;
    },
  });
  return { held, open };
}

describe('deletion that takes its time', () => {
  let stack: Stack;
  let s3: S3;

  beforeAll(async () => {
    stack = await startStack({ proxied: true, env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0' } });
    s3 = stack.rootS3;
  }, START_MS);
  afterEach(() => stack.proxy.reset());
  afterAll(() => stack?.stop());

  async function make(user: string, count: number): Promise<string> {
    // MinIO may have been away for the test before
    await waitFor('the user', async () => (await stack.person(user).post(`/users/${user}`)).status === 201);
    await putAll(s3, numbered(homeOf(user), count));
    return homeOf(user);
  }

  it('answers 202 after ten seconds, keeps the name from being used, and leaves alone what was written since', async () => {
    const home = await make('eva', 1200);
    const pair = (await stack.person('eva').post('/users/eva')).body;
    const gate = hold(stack.proxy, 2);
    const started = performance.now();
    const asked = remove(stack, 'eva');
    await gate.held;
    expect(await outcome(() => stack.s3(pair).list(BUCKET, home))).toMatch(/AccessDenied|InvalidAccessKeyId/);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await s3.put(BUCKET, `${home}data/part-01199`, 'written since');
    await s3.put(BUCKET, `${home}new`, 'written since');
    const answer = await asked;
    expect(performance.now() - started).toBeGreaterThan(9000);
    const { id } = answer.body;
    expect([answer.status, answer.headers.location]).toEqual([202, `/admin/deletions/${id}`]);
    expect(answer.body).toEqual({
      id,
      state: expect.stringMatching(/running|pending/),
      deleted: 500,
      failed: 0,
      enforced: true,
    });
    for (const path of ['/users/eva', '/users/eva/sessions'])
      expect(problemOf(await stack.person('eva').post(path))).toEqual([409, 'user_being_removed']);
    expect((await stack.admin.get(`/admin/deletions/${id}`)).body).toMatchObject({
      prefix: home,
      deleted: 500,
    });
    expect(await s3.list(BUCKET, home, '/')).toContain(home);

    gate.open();
    const done = await ended(stack, id);
    expect(done).toMatchObject({ state: 'completed', failed: 0 });
    expect(await s3.list(BUCKET, home)).toEqual([`${home}data/part-01199`, `${home}new`]);
    const session = await stack.person('eva').post('/users/eva/sessions');
    expect([session.status, await stack.s3(session.body).get(BUCKET, `${home}new`)]).toEqual([
      201,
      'written since',
    ]);
  });

  it('goes on after a kill in the middle', async () => {
    const home = await make('fred', 300);
    const gate = hold(stack.proxy, 1);
    const asked = remove(stack, 'fred').catch(() => 'cut off');
    await gate.held;
    const id = await idOf(stack, 'fred');
    await stack.service.kill();
    stack.proxy.reset();
    gate.open();
    expect(await asked).toBe('cut off');
    await stack.startService();
    expect(await ended(stack, id)).toMatchObject({ state: 'completed', failed: 0 });
    expect(await versionsBelow(s3, home)).toBe(0);
  });

  it('is not lost when the process dies while the identity is being removed', async () => {
    const home = await make('gina', 5);
    let reach = (): void => undefined;
    const held = new Promise<void>((resolve) => (reach = resolve));
    stack.proxy.hook((call) => userOf(call) === 'gina', {
      before: () => {
        reach();
        return new Promise<'drop'>(() => undefined);
      },
    });
    const asked = remove(stack, 'gina').catch(() => 'cut off');
    await held;
    expect(await s3.list(BUCKET, home)).toHaveLength(6);
    await stack.service.kill();
    stack.proxy.reset();
    expect(await asked).toBe('cut off');
    await stack.startService();
    const id = await waitFor('the deletion to be confirmed', () => idOf(stack, 'gina'), { everyMs: 100 });
    expect(await ended(stack, id)).toMatchObject({ state: 'completed', deleted: 6 });
    expect(await versionsBelow(s3, home)).toBe(0);
    expect(await stack.root.users.list()).not.toHaveProperty('gina');
  });

  it('waits while MinIO is away, and goes on', async () => {
    const home = await make('hans', 300);
    const gate = hold(stack.proxy, 1);
    const asked = remove(stack, 'hans');
    await gate.held;
    await stack.minio.kill();
    gate.open();
    const { status, body } = await asked;
    expect([status, body.enforced, ['pending', 'running'].includes(body.state)]).toEqual([202, true, true]);
    const shown = (await stack.admin.get(`/admin/deletions/${body.id}`)).body;
    expect(shown.last_error).toMatch(/./);
    await stack.minio.start();
    expect(await ended(stack, body.id)).toMatchObject({ state: 'completed', failed: 0, last_error: null });
    expect(await versionsBelow(s3, home)).toBe(0);
  });

  it('waits for MinIO with the removal, too: nothing goes before access has ended', async () => {
    const home = await make('ines', 5);
    stack.proxy.fail((call) => userOf(call) === 'ines', 'drop');
    const { status, body } = await remove(stack, 'ines');
    expect([status, body]).toEqual([
      202,
      { id: expect.any(String), state: 'pending', deleted: 0, failed: 0, enforced: false },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await s3.list(BUCKET, home)).toHaveLength(6);
    stack.proxy.reset();
    expect(await ended(stack, body.id)).toMatchObject({ state: 'completed', deleted: 6 });
    expect(await versionsBelow(s3, home)).toBe(0);
  });

  it('stops in order when the service is told to, and goes on with the next', async () => {
    const home = await make('jule', 300);
    const gate = hold(stack.proxy, 1);
    const asked = remove(stack, 'jule').catch(() => undefined);
    await gate.held;
    const id = await idOf(stack, 'jule');
    const stopping = stack.service.stop();
    await new Promise((resolve) => setTimeout(resolve, 500));
    gate.open();
    expect(await stopping).toBe(0);
    await asked;
    stack.proxy.reset();
    await stack.startService();
    expect(await ended(stack, id)).toMatchObject({ state: 'completed', failed: 0 });
    expect(await versionsBelow(s3, home)).toBe(0);
  });
});

(hasPostgres() ? describe : describe.skip)('deletion with two replicas', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
  }, START_MS);
  afterAll(() => fleet?.stop());

  it('is run by one of them, and taken over by the other when that one dies', async () => {
    const [one, other] = [await fleet.add(), await fleet.add()];
    const token = 'token-of-an-administrator';
    const user = fleet.person('kim');
    await one.service.request('POST', `/users/${user}`, { token: `token-of-${user}` });
    const s3 = new S3(fleet.minio);
    await putAll(s3, numbered(homeOf(user), 300));
    const gates = [one, other].map(({ proxy }) => hold(proxy, 1));
    void one.service.request('DELETE', `/admin/users/${user}?data=delete`, { token }).catch(() => undefined);
    await Promise.race(gates.map(({ held }) => held));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const working = [one, other].filter(({ proxy }) => proxy.calls.some(isDelete));
    expect(working).toHaveLength(1);
    const [left] = [one, other].filter((each) => each !== working[0]);
    await working[0]?.service.kill();
    working[0]?.proxy.reset();
    for (const gate of gates) gate.open();
    const done = async () => {
      const [row] = await fleet.query(`select state from data_deletion where subject_name = '${user}'`);
      return row?.state === 'completed';
    };
    await waitFor('the other replica to finish', done, { everyMs: 250, timeoutMs: 40_000 });
    expect(left?.proxy.calls.some(isDelete)).toBe(true);
    expect(await versionsBelow(s3, homeOf(user))).toBe(0);
    s3.close();
  });
});
