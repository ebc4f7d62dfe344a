import { waitFor } from '../../../scripts/child.mjs';
import { userOf } from '../../support/network/gate.js';
import { problemOf } from '../../support/service/problems.js';
import { ended, eventsOf, reaches } from '../../support/workflows/provisions.js';
import type { Call } from '../../support/network/proxy.js';
import { outcome } from '../../support/access/s3.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const WRONG_SECRET = 'SignatureDoesNotMatch';
const NONE = { total: 0, waiting: 0, rotated: 0, already_new: 0, skipped: 0, failed: 0 };
const isPut = ({ method, path }: Call) => method === 'PUT' && path.endsWith('/add-user');

describe('POST /admin/rotate-all', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ proxied: true, env: { ...NO_LIMITS, SESSION_REUSE_SECONDS: '0' } });
  }, START_MS);
  afterEach(() => stack.proxy.reset());
  afterAll(() => stack?.stop());

  const lists = (user: string, keys: any) => outcome(() => stack.s3(keys).list(BUCKET, homeOf(user)));
  const pairOf = async (user: string) => (await stack.person(user).post(`/users/${user}`)).body;
  const present = (user: string) => stack.person(user).post(`/users/${user}`, { rotate: false });
  const ask = (body?: object, query = '') => stack.admin.post(`/admin/rotate-all${query}`, body);
  const shown = async (id: string, query = '') =>
    (await stack.admin.get(`/admin/rotations/${id}${query}`)).body;
  const events = async (action: string) =>
    (await stack.admin.get(`/admin/audit?action=${action}&limit=500`)).body.items;

  /** The run, once it has ended. */
  async function run(body?: object, status = 'completed'): Promise<any> {
    const answer = await ask(body);
    expect([answer.status, answer.headers.location]).toEqual([
      202,
      `/provisions/${answer.body.provision_id}`,
    ]);
    const done = await ended(stack.admin, { id: answer.body.provision_id });
    expect([done.error, done.status]).toEqual([done.status === 'completed' ? null : done.error, status]);
    return { ...answer.body, done };
  }

  /** The first secrets reach MinIO, the others wait until they are let go. */
  function hold(passing: number): { held: Promise<void>; open: () => void } {
    let count = 0;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    let reach = (): void => undefined;
    const held = new Promise<void>((resolve) => (reach = resolve));
    const before = async () => {
      if ((count += 1) <= passing) return;
      reach();
      await opened;
    };
    stack.proxy.hook(isPut, { before });
    return { held, open };
  }

  async function people(prefix: string, count: number): Promise<[string, any][]> {
    const names = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    return Promise.all(names.map(async (name) => [name, await pairOf(name)] as [string, any]));
  }

  it('replaces every secret and tells nobody: each gets the new one with the next call', async () => {
    const [alice, carol] = [await pairOf('alice'), await pairOf('carol')];
    const session = (await stack.person('alice').post('/users/alice/sessions')).body;
    const key = (await stack.person('alice').post('/users/alice/access-keys', { name: 'tool' })).body;
    await stack.admin.post('/admin/users/carol/disable');
    await stack.root.users.add('dave', { secretKey: 'from-before-01234' });
    await stack.admin.post('/admin/adopt', { users: ['dave'] });
    await stack.person('erin').get('/me');

    const { id, provision_id, done, ...more } = await run({ reason: 'a laptop was lost \ud83d' });
    const counts = { ...NONE, total: 5, rotated: 2, skipped: 3 };
    expect(more).toEqual({
      state: 'running',
      reason: 'a laptop was lost \ufffd',
      revoke_sessions: false,
      revoke_access_keys: false,
      requested_by: 'admin',
      created_at: expect.stringMatching(/Z$/),
      ended_at: null,
      counts: { ...NONE, total: 5, waiting: 2, skipped: 3 },
    });
    expect([done.kind, done.progress, done.result]).toMatchObject(['credentials.rotate_all', counts, counts]);
    expect(eventsOf(done)).toEqual(['accepted', 'completed']);
    const detail = await shown(id);
    expect(detail).toMatchObject({ provision_id, state: 'completed', ended_at: expect.any(String), counts });
    expect(detail.items.map(({ name, outcome: became, code }: any) => [name, became, code])).toEqual([
      ['admin', 'skipped', 'nothing_in_minio'],
      ['alice', 'rotated', null],
      ['carol', 'rotated', null],
      ['dave', 'skipped', 'keeps_secret'],
      ['erin', 'skipped', 'nothing_in_minio'],
    ]);

    expect([await lists('alice', alice), await lists('alice', session), await lists('alice', key)]).toEqual([
      WRONG_SECRET,
      ...['ok', 'ok'],
    ]);
    const [first, second] = [(await present('alice')).body, (await present('alice')).body];
    expect(second).toEqual(first);
    expect([first.rotated, first.secret_key === alice.secret_key, await lists('alice', first)]).toEqual([
      ...[false, false, 'ok'],
    ]);
    const refreshed = (await stack.person('alice').get('/credentials/aws')).body;
    expect(
      await lists('alice', {
        access_key: refreshed.AccessKeyId,
        secret_key: refreshed.SecretAccessKey,
        session_token: refreshed.Token,
      }),
    ).toBe('ok');

    expect((await stack.root.users.list()).carol?.status).toBe('disabled');
    expect(problemOf(await present('carol'))).toEqual([403, 'user_disabled']);
    await stack.admin.post('/admin/users/carol/enable');
    expect([await lists('carol', carol), await lists('carol', (await present('carol')).body)]).toEqual([
      ...[WRONG_SECRET, 'ok'],
    ]);
    const old = { access_key: 'dave', secret_key: 'from-before-01234' };
    expect(await outcome(() => stack.s3(old).list(BUCKET, homeOf('dave')))).toBe('ok');

    const rotated = (await events('credentials.rotated')).filter(
      (each: any) => each.detail.rotation_id === id,
    );
    expect(rotated.map(({ actor, subject_name }: any) => [actor, subject_name]).sort()).toEqual([
      ['admin', 'alice'],
      ['admin', 'carol'],
    ]);
    expect(rotated[0].detail).toMatchObject({
      rotated: true,
      revoke_sessions: false,
      revoke_access_keys: false,
    });
    const requested = (await events('credentials.rotation_requested'))[0];
    expect(requested).toMatchObject({
      actor: 'admin',
      detail: { reason: 'a laptop was lost \ufffd', total: 5, waiting: 2 },
    });
    expect((await events('credentials.rotation_completed'))[0].detail).toEqual({
      rotation_id: id,
      ...counts,
    });
  });

  it('ends what it is told to, of those that are named, the adopted included', async () => {
    const [frank, gina] = [await pairOf('frank'), await pairOf('gina')];
    const session = (await stack.person('frank').post('/users/frank/sessions')).body;
    const key = (await stack.person('frank').post('/users/frank/access-keys', { name: 'tool' })).body;
    const only = { users: ['frank', 'dave'] };
    const body = { only, include_adopted: true, revoke_sessions: true, revoke_access_keys: true };
    const { done } = await run(body);
    expect(done.progress).toEqual({ ...NONE, total: 2, rotated: 2 });
    expect([await lists('frank', frank), await lists('frank', session), await lists('frank', key)]).toEqual([
      WRONG_SECRET,
      ...['InvalidAccessKeyId', 'InvalidAccessKeyId'],
    ]);
    expect([await lists('gina', gina), await lists('frank', (await present('frank')).body)]).toEqual([
      'ok',
      'ok',
    ]);
    const old = { access_key: 'dave', secret_key: 'from-before-01234' };
    expect(await outcome(() => stack.s3(old).list(BUCKET, homeOf('dave')))).toBe(WRONG_SECRET);
    const dave = await present('dave');
    expect([dave.body.rotated, await lists('dave', dave.body)]).toEqual([false, 'ok']);
  });

  it('says before whom it would concern, counted and in pages, and changes nothing', async () => {
    await people('plan', 3);
    const before = await stack.state();
    const body = { revoke_sessions: true, only: { users: ['plan2', 'plan0', 'plan1', 'erin'] } };
    const first = await ask(body, '?dry_run=true&limit=3');
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      dry_run: true,
      counts: { ...NONE, total: 4, waiting: 3, skipped: 1 },
    });
    const next = await ask(body, `?dry_run=true&limit=3&cursor=${first.body.next_cursor}`);
    expect(next.body.next_cursor).toBeNull();
    const plan = [...first.body.plan, ...next.body.plan];
    expect(plan.map(({ change, target }: any) => `${change} ${target}`)).toEqual([
      'skip user erin',
      ...[0, 1, 2].map((index) => `rotate_secret user plan${index}`),
    ]);
    expect(plan[1]).toEqual({
      change: 'rotate_secret',
      target: 'user plan0',
      before: { rotated_at: expect.stringMatching(/Z$/) },
      after: { revoke_sessions: true, revoke_access_keys: false },
    });
    expect(plan[0].after).toEqual({ code: 'nothing_in_minio' });
    expect(await stack.state()).toEqual(before);
  });

  it.each<[object, number, string]>([
    [{ reason: '' }, 422, 'reason'],
    [{ reason: 'a\0b' }, 422, 'reason'],
    [{ revoke_sessions: 'yes' }, 400, 'revoke_sessions'],
    [{ everybody: true }, 400, 'everybody'],
    [{ only: [] }, 400, 'only'],
    [{ only: {} }, 422, 'only'],
    [{ only: { users: [] } }, 422, 'only.users'],
    [{ only: { users: [7] } }, 400, 'only.users'],
    [{ only: { users: ['alice', 'nobody'] } }, 422, 'only.users.1'],
    [{ only: { groups: ['KBase'] } }, 400, 'only.groups'],
  ])('refuses %j and changes nothing', async (body, status, field) => {
    const before = await stack.state();
    for (const query of ['', '?dry_run=true']) {
      const answer = await ask(body, query);
      expect([answer.status, answer.body.errors[0].field]).toEqual([status, field]);
    }
    expect(await stack.state()).toEqual(before);
  });

  it('is for administrators, and one at a time', async () => {
    expect(problemOf(await stack.person('alice').post('/admin/rotate-all'))).toEqual([403, 'forbidden']);
    for (const id of ['0197c0de-0000-4000-8000-000000000000', '1'])
      expect(problemOf(await stack.admin.get(`/admin/rotations/${id}`))).toEqual([404, 'not_found']);
    const gate = hold(0);
    const running = (await ask({ only: { users: ['alice'] } })).body;
    await gate.held;
    const refused = await ask();
    expect([problemOf(refused), refused.headers.location]).toEqual([
      [409, 'run_in_progress'],
      `/provisions/${running.provision_id}`,
    ]);
    gate.open();
    expect((await ended(stack.admin, { id: running.provision_id })).status).toBe('completed');
  });

  it('can be cancelled while it runs: what was rotated stays so, the rest keeps its pair', async () => {
    const all = await people('stop', 12);
    const gate = hold(3);
    const { id, provision_id } = (await ask({ only: { users: all.map(([name]) => name) } })).body;
    await gate.held;
    const cancelled = await stack.admin.post(`/provisions/${provision_id}/cancel`);
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'cancelled']);
    const { counts, state } = await shown(id);
    expect([state, counts.waiting, counts.rotated + counts.skipped]).toEqual(['cancelled', 0, 12]);
    expect(counts.skipped).toBeGreaterThan(0);
    gate.open();
    const skipped = (await shown(id, '?outcome=skipped')).items;
    expect(skipped.map(({ code }: any) => code)).toEqual(skipped.map(() => 'cancelled'));
    const kept = new Set(skipped.map(({ name }: any) => name));
    await waitFor('MinIO to have what was decided', async () => {
      const answers = await Promise.all(all.map(([name]) => stack.admin.get(`/users/${name}`)));
      return answers.every(({ body }) => body.enforced);
    });
    for (const [name, pair] of all)
      expect([name, await lists(name, pair)]).toEqual([name, kept.has(name) ? 'ok' : WRONG_SECRET]);
    expect((await events('credentials.rotation_cancelled'))[0].detail).toEqual({
      rotation_id: id,
      ...counts,
    });
    expect(problemOf(await stack.admin.post(`/provisions/${provision_id}/cancel`))).toEqual([
      409,
      'not_possible',
    ]);
  });

  it('goes on with who logs in, comes and goes meanwhile', async () => {
    const all = await people('busy', 12);
    const gate = hold(0);
    const { id, provision_id } = (await ask()).body;
    await gate.held;
    const late = (await shown(id, '?outcome=waiting')).items.map(({ name }: any) => name);
    expect(late).toEqual(expect.arrayContaining(['busy10', 'busy11']));
    stack.proxy.reset();
    const own = (await stack.person('stop9').post('/users/stop9')).body;
    await stack.admin.delete('/admin/users/stop8');
    await stack.admin.delete('/admin/users/stop7');
    const [fresh, again] = [await pairOf('newcomer'), await pairOf('stop7')];
    gate.open();
    expect(await ended(stack.admin, { id: provision_id })).toMatchObject({ status: 'completed' });
    const { items } = await shown(id, '?limit=500');
    const became = (name: string) => items.find((each: any) => each.name === name);
    expect(became('stop9')).toMatchObject({ outcome: 'already_new' });
    for (const name of ['stop7', 'stop8'])
      expect(became(name)).toMatchObject({ outcome: 'skipped', code: 'removed' });
    expect(became('newcomer')).toBeUndefined();
    expect([await lists('stop9', own), await lists('newcomer', fresh), await lists('stop7', again)]).toEqual([
      ...['ok', 'ok', 'ok'],
    ]);
    for (const [name, pair] of all) expect([name, await lists(name, pair)]).toEqual([name, WRONG_SECRET]);
  });

  it('waits while MinIO is away, and changes nothing that MinIO cannot get', async () => {
    const all = await people('away', 6);
    await stack.proxy.refuse();
    const { id, provision_id } = (await ask({ only: { users: all.map(([name]) => name) } })).body;
    const waits = await waitFor('an attempt', async () => {
      const found = (await stack.admin.get(`/provisions/${provision_id}`)).body;
      return found.status === 'pending' && found.error !== null && found;
    });
    expect([waits.error_code, waits.progress.waiting]).toEqual(['storage_unavailable', 6]);
    for (const [name, pair] of all) expect((await present(name)).body.secret_key).toBe(pair.secret_key);
    await stack.proxy.accept();
    expect(await reaches(stack.admin, { id: provision_id }, 'completed')).toMatchObject({
      max_attempts: null,
    });
    expect((await shown(id)).counts).toEqual({ ...NONE, total: 6, rotated: 6 });
    const [found] = await runSql(stack.env, [
      "select secret_generation from subject where name like 'away%'",
    ]);
    expect(found).toMatchObject({ rows: all.map(() => ({ secret_generation: 2 })) });
  });

  it('names those whom MinIO refuses, does the others, and repeats it for them when it is redriven', async () => {
    const all = await people('refused', 4);
    stack.proxy.fail((call) => isPut(call) && userOf(call) === 'refused1', { answer: 400 });
    const { id, provision_id } = (await ask({ only: { users: all.map(([name]) => name) } })).body;
    await waitFor('the others', async () => (await shown(id)).counts.rotated === 3);
    await runSql(stack.env, [`update rotation_subject set attempts = 9 where rotation_id = '${id}'`]);
    const dead = await ended(stack.admin, { id: provision_id });
    expect([dead.status, dead.error]).toEqual(['failed', '1 of 4 could not be rotated']);
    const [failed] = (await shown(id, '?outcome=failed')).items;
    expect(failed).toMatchObject({ name: 'refused1', code: 'storage_error', detail: expect.any(String) });
    stack.proxy.reset();
    const again = (await stack.admin.post(`/provisions/${provision_id}/redrive`)).body;
    expect(await ended(stack.admin, again)).toMatchObject({ status: 'completed' });
    expect((await shown(id)).counts).toEqual({ ...NONE, total: 4, rotated: 4 });
    const [found] = await runSql(stack.env, [
      "select secret_generation from subject where name = 'refused1'",
    ]);
    expect(found).toMatchObject({ rows: [{ secret_generation: 2 }] });
  });
});
