import { waitFor } from '../../../scripts/child.mjs';
import { hasPostgres } from '../../support/servers/postgres.js';
import { problemOf } from '../../support/service/problems.js';
import { accepted, ended, submit } from '../../support/workflows/provisions.js';
import * as sharing from '../../support/access/sharing.js';
import { inSeconds, pathOf, reads, sessionOf, writes } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const HOME = homeOf('alice');
const REPORTS = pathOf(`${HOME}reports/`);
const DATABASES = hasPostgres() ? (['PGlite', 'PostgreSQL'] as const) : (['PGlite'] as const);

describe.each(DATABASES)('shares with people who have not logged in yet, on %s', (database) => {
  let stack: Stack;
  let people = 0;

  beforeAll(async () => {
    stack = await startStack({ env: sharing.NO_LIMITS, embedded: database === 'PGlite' });
    await sharing.makePeople(stack, ['alice', 'bob']);
  }, START_MS);
  afterAll(() => stack?.stop());

  /** A name that nobody has had yet, and that is in no other. */
  const newcomer = () => `newcomer${people++}x`;
  const share = (name: string, body: object = {}, query = '') =>
    sharing.share(stack, 'alice', { path: REPORTS, with_users: [name], await_login: true, ...body }, query);
  const unshare = (body: object = {}, query = '') =>
    sharing.unshare(stack, 'alice', { path: REPORTS, ...body }, query);
  beforeEach(() => unshare());

  const given = async (owner = 'alice') =>
    (await stack.person(owner).get(`/users/${owner}/shares?limit=500`)).body.items;
  const givenTo = async (name: string, owner = 'alice') =>
    (await given(owner))
      .filter(({ grantee }: any) => grantee.name === name)
      .map(({ path, permission, state, waits_until }: any) => [
        path,
        permission,
        state,
        waits_until !== undefined,
      ]);
  const received = async (name: string) =>
    (await stack.person(name).get(`/users/${name}/shares?direction=received`)).body.items.map(
      ({ path, permission, granted_by, origin, state }: any) => [path, permission, granted_by, origin, state],
    );
  const events = async (action: string, name: string) => {
    const { items } = (await stack.admin.get(`/admin/audit?action=${action}&limit=500`)).body;
    return items.filter(({ detail }: any) => JSON.stringify(detail).includes(name));
  };

  it('are kept on request, listed, and given at the first login', async () => {
    const name = newcomer();
    expect(problemOf(await share(name, { await_login: false }))).toEqual([422, 'all_refused']);
    const { status, body } = await share(name, { with_users: [name, 'bob'], reason: 'review' });
    expect([status, body.enforced, body.results]).toEqual([
      200,
      true,
      [
        {
          ...{ kind: 'user', name, status: 'waiting' },
          message: expect.stringMatching(`^${name} has not logged in yet; the share waits for .* until 20`),
        },
        { kind: 'user', name: 'bob', status: 'granted' },
      ],
    ]);
    expect(await givenTo(name)).toEqual([[REPORTS, 'read', 'waiting', true]]);
    expect(await givenTo('bob')).toEqual([[REPORTS, 'read', 'active', false]]);
    const [waiting] = (await given()).filter(({ grantee }: any) => grantee.name === name);
    expect(waiting).toMatchObject({ grantee: { kind: 'user', name }, granted_by: 'alice', reason: 'review' });
    const days = (Date.parse(waiting.waits_until) - Date.now()) / 86_400_000;
    expect([days > 89.9, days < 90.1]).toEqual([true, true]);
    const [shared] = await events('path.shared', name);
    expect(shared).toMatchObject({ actor: 'alice', subject_kind: 'user', subject_name: 'alice' });
    expect(shared.detail.targets).toEqual([`user ${name}: waiting`, 'user bob: granted']);

    const client = await sessionOf(stack, name);
    expect(await reads(client, `${HOME}reports/there`)).toBe('ok');
    expect(await writes(client, `${HOME}reports/made`)).toBe('AccessDenied');
    expect(await received(name)).toEqual([[REPORTS, 'read', 'alice', 'share', 'active']]);
    expect(await givenTo(name)).toEqual([[REPORTS, 'read', 'active', false]]);
    expect(await events('waiting_share.given', name)).toMatchObject([
      {
        ...{ actor: name, subject_kind: 'user', subject_name: 'alice' },
        detail: { target: `user ${name}`, paths: [REPORTS], count: 1 },
      },
    ]);
    await unshare();
    expect(await reads(client, `${HOME}reports/there`)).toBe('AccessDenied');
  });

  it('are replaced by another one of the same path, and are several from several owners', async () => {
    const name = newcomer();
    const end = inSeconds(3600);
    await share(name);
    await share(name, { permission: 'write', expires_at: end });
    expect(await givenTo(name)).toEqual([[REPORTS, 'write', 'waiting', true]]);
    const theirs = pathOf(`${homeOf('bob')}reports/`);
    await sharing.share(stack, 'bob', { path: theirs, with_users: [name], await_login: true });
    const more = pathOf(`${HOME}reports`);
    await stack.admin.post('/users/alice/share', { path: more, with_users: [name], await_login: true });
    const client = await sessionOf(stack, name);
    expect(await writes(client, `${HOME}reports/made`)).toBe('ok');
    expect(await reads(client, `${homeOf('bob')}reports/there`)).toBe('ok');
    expect((await received(name)).sort()).toEqual(
      [
        [REPORTS, 'write', 'alice', 'share', 'active'],
        [more, 'read', 'admin', 'share', 'active'],
        [theirs, 'read', 'bob', 'share', 'active'],
      ].sort(),
    );
    const { items } = (await stack.person(name).get(`/users/${name}/shares?direction=received`)).body;
    expect(items.find(({ path }: any) => path === REPORTS).expires_at).toBe(end);
  });

  it('are given by every way in that makes the user: with the first credentials of a service, and adopted', async () => {
    const [first, adopted] = [newcomer(), newcomer()];
    for (const name of [first, adopted]) await share(name);
    await stack.admin.post(`/users/${first}`);
    expect(await received(first)).toEqual([[REPORTS, 'read', 'alice', 'share', 'active']]);
    await stack.root.users.add(adopted, { secretKey: 'made-by-hand-0123', status: 'enabled' });
    expect((await stack.admin.post('/admin/adopt', { users: [adopted] })).status).toBe(200);
    expect(await received(adopted)).toEqual([[REPORTS, 'read', 'alice', 'share', 'active']]);
    expect(await reads(await sessionOf(stack, adopted), `${HOME}reports/there`)).toBe('ok');
  });

  it('end by unsharing: of one person, of all, in both forms of the path', async () => {
    const [one, other] = [newcomer(), newcomer()];
    await share(one, { with_users: [one, other] });
    await share(other, { path: REPORTS.slice(0, -1) });
    const first = await unshare({ from_users: [one, 'nobody'] });
    expect([first.status, first.body.results]).toEqual([
      207,
      [
        { kind: 'user', name: one, status: 'revoked' },
        expect.objectContaining({ name: 'nobody', status: 'refused', code: 'unknown_user' }),
      ],
    ]);
    expect([await givenTo(one), (await givenTo(other)).length]).toEqual([[], 2]);
    const rest = await unshare();
    expect([rest.status, rest.body.results]).toEqual([
      200,
      [{ kind: 'user', name: other, status: 'revoked' }],
    ]);
    expect(await givenTo(other)).toEqual([]);
    const [event] = await events('path.unshared', other);
    expect(event.detail.targets).toEqual([`user ${other}: revoked`]);
    expect(problemOf(await unshare({ from_users: [one] }))).toEqual([422, 'all_refused']);
    expect(await reads(await sessionOf(stack, one), `${HOME}reports/there`)).toBe('AccessDenied');
  });

  it('are in plans, which change nothing', async () => {
    const name = newcomer();
    const plan = async (asked: Promise<any>) => (await asked).body.plan;
    const shown = { path: REPORTS, permission: 'read', granted_by: 'alice', reason: null, expires_at: null };
    const target = `user ${name}`;
    const add = { change: 'add_waiting_share', target, before: null, after: shown };
    expect(await plan(share(name, {}, '?dry_run=true'))).toEqual([add]);
    expect(await givenTo(name)).toEqual([]);
    await share(name);
    expect(await plan(share(name, {}, '?dry_run=true'))).toEqual([]);
    const change = { before: shown, after: { ...shown, permission: 'write' } };
    expect(await plan(share(name, { permission: 'write' }, '?dry_run=true'))).toEqual([
      { change: 'change_waiting_share', target, ...change },
    ]);
    const end = { change: 'remove_waiting_share', target, before: shown, after: null };
    expect(await plan(unshare({}, '?dry_run=true'))).toEqual([end]);
    expect(await plan(stack.admin.post('/users/alice/unshare?dry_run=true', { path: REPORTS }))).toEqual([
      end,
    ]);
    expect(await givenTo(name)).toEqual([[REPORTS, 'read', 'waiting', true]]);
    // a plan of the first login shows what it gives, and does not give it
    const body = { kind: 'user', input: { user_name: name } };
    const login = await stack.admin.post('/provisions?dry_run=true', body);
    expect(JSON.stringify(login.body.plan)).toContain('alice/reports');
    expect(await givenTo(name)).toEqual([[REPORTS, 'read', 'waiting', true]]);
    await unshare();
  });

  it('end with their owner: one who is gone gives nothing, and one who is disabled neither', async () => {
    const names = [newcomer(), newcomer()];
    for (const owner of ['gone', 'disabled']) {
      await sharing.makePeople(stack, [owner]);
      const body = { path: pathOf(`${homeOf(owner)}reports/`), with_users: names, await_login: true };
      expect((await sharing.share(stack, owner, body)).status).toBe(200);
    }
    expect((await stack.admin.delete('/admin/users/gone')).status).toBe(204);
    await stack.person('gone').post('/users/gone');
    expect(await given('gone')).toEqual([]);
    await stack.admin.post('/admin/users/disabled/disable');
    for (const name of names) {
      await stack.person(name).post(`/users/${name}`);
      expect(await received(name)).toEqual([]);
    }
    const [dropped] = await events('waiting_share.dropped', `"user ${names[0]}"`);
    expect(dropped).toMatchObject({ subject_name: 'disabled', detail: { count: 1 } });
    await stack.admin.post('/admin/users/disabled/enable');
    expect(await given('disabled')).toEqual([]);
  });

  it('end when their own end comes first', async () => {
    const name = newcomer();
    await share(name, { expires_at: inSeconds(1) });
    await waitFor('its end', async () => (await events('waiting_share.ended', name)).length > 0);
    expect(await givenTo(name)).toEqual([]);
    await stack.person(name).post(`/users/${name}`);
    expect(await received(name)).toEqual([]);
    expect(await events('waiting_share.given', name)).toEqual([]);
  });

  it('refuse the same names as ever, and groups', async () => {
    const body = { with_users: ['Bob', 'dp-x', 'alice'], with_groups: ['NoGroup'] };
    const answer = await share('', body);
    expect([...problemOf(answer), answer.body.results.map(({ code }: any) => code)]).toEqual([
      422,
      'all_refused',
      ['invalid_name', 'invalid_name', 'own_path', 'unknown_group'],
    ]);
    expect(problemOf(await share('x', { await_login: 'yes' }))[0]).toBe(400);
  });

  it('are given to a new person of a name whose user was removed', async () => {
    const name = newcomer();
    await stack.person(name).post(`/users/${name}`);
    await stack.admin.delete(`/admin/users/${name}`);
    expect((await share(name)).body.results[0].status).toBe('waiting');
    expect(await reads(await sessionOf(stack, name), `${HOME}reports/there`)).toBe('ok');
  });

  (database === 'PGlite' ? it.skip : it)('end after ninety days, and are limited as shares are', async () => {
    const name = newcomer();
    await share(name);
    const sql = async (statement: string) =>
      expect(await runSql({ DATABASE_URL: stack.env.DATABASE_URL ?? '' }, [statement])).toEqual([
        { rows: [] },
      ]);
    const fill = (owner: string, target: string, count: number) =>
      sql(`insert into waiting_share (owner_id, grantee_name, bucket, prefix, folder, permission, granted_by, waits_until)
        select id, ${target}, 'cdm-lake', 'users-warehouse/${owner}/x' || n, true, 'read', '${owner}', now() + interval '1 day'
        from subject, generate_series(1, ${count}) as n where name = '${owner}'`);
    await fill('alice', `'${name}'`, 999);
    const refused = await share(name, { path: pathOf(`${HOME}more/`) });
    expect([refused.body.code, refused.body.results[0].code]).toEqual(['all_refused', 'too_many_grants']);
    expect((await share(name, { permission: 'write' })).body.results[0].status).toBe('waiting');
    await sql(`update waiting_share set waits_until = now() where grantee_name = '${name}'`);
    await waitFor('their end', async () => (await givenTo(name)).length === 0);
    await waitFor('the event', async () => (await events('waiting_share.ended', name)).length > 0);
    expect((await share(name)).body.results[0].status).toBe('waiting');
    await sharing.makePeople(stack, ['many']);
    await fill('many', `'nobody' || n`, 9_999);
    const body = { path: pathOf(`${homeOf('many')}reports/`), with_users: ['a1x', 'b1x'], await_login: true };
    const { body: last } = await sharing.share(stack, 'many', body);
    expect(last.results.map(({ status }: any) => status)).toEqual(['waiting', 'refused']);
    await stack.admin.delete('/admin/users/many');
  });

  it('are what a provision asks for, and takes back', async () => {
    const name = newcomer();
    const input = { user_name: 'alice', path: REPORTS, with_users: [name], await_login: true };
    const made = await ended(stack.admin, await submit(stack.admin, 'share', input));
    expect(made.result.operations).toMatchObject([
      { status: 'done', message: expect.stringContaining('first login') },
    ]);
    expect(await givenTo(name)).toEqual([[REPORTS, 'read', 'waiting', true]]);
    await ended(stack.admin, accepted(await stack.admin.post(`/provisions/${made.id}/undo`)));
    expect(await givenTo(name)).toEqual([]);
  });
});
