import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS, pathOf, share } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const METRICS = ['logins', 'sessions', 'shares', 'drift', 'provisions'];
/** Noon of the day that is so many days ago, by the database's clock. */
const noon = (days: number) =>
  `(date_trunc('day', now() at time zone 'UTC') - ${days} * interval '1 day' + interval '12 hours') at time zone 'UTC'`;
const dayOf = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const event = (action: string, days: number, count: number) =>
  `insert into audit_event (at, actor, actor_kind, action) select ${noon(days)}, 'alice', 'person', '${action}' from generate_series(1, ${count})`;

describe('what happened on each day', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' } });
    await makePeople(stack, ['alice', 'bob']);
  }, START_MS);
  afterAll(() => stack?.stop());

  async function past(statements: string[]): Promise<void> {
    await stack.stopService();
    const results = await runSql(stack.env, statements);
    expect(results.filter((result) => 'error' in result)).toEqual([]);
    await stack.startService();
  }
  const ask = (query: string, by = stack.admin) => by.get(`/admin/statistics?${query}`);
  const points = async (query: string) => {
    const { status, body } = await ask(query);
    expect([query, status]).toEqual([query, 200]);
    return body.points;
  };
  const today = async (metric: string) => (await points(`metric=${metric}`)).at(-1).value;

  it('sessions, shares, drift and provisions are counted by day, and days without any are zero', async () => {
    await past([
      event('session.issued', 3, 4),
      event('session.issued', 1, 2),
      event('session.not_issued', 1, 9),
      event('path.shared', 2, 1),
      event('drift.found', 399, 5),
      event('drift.found', 402, 6),
    ]);
    const values = async (metric: string, since: number) =>
      (await points(`metric=${metric}&since=${dayOf(since)}`)).map(({ value }: any) => value);
    expect((await values('sessions', 4)).slice(0, -1)).toEqual([0, 4, 0, 2]);
    expect((await values('shares', 3)).slice(0, -1)).toEqual([0, 1, 0]);
    const drift = await values('drift', 400);
    expect([drift.length, drift[1], drift.reduce((sum: number, each: number) => sum + each, 0)]).toEqual([
      401, 5, 5,
    ]);
    expect(await points(`metric=shares&since=${dayOf(1)}T23:59:59Z`)).toEqual([
      { at: `${dayOf(1)}T00:00:00.000Z`, value: 0 },
      { at: `${dayOf(0)}T00:00:00.000Z`, value: 0 },
    ]);
    expect((await ask('metric=shares')).body).toMatchObject({ metric: 'shares', step: 'day' });
    for (const metric of METRICS) expect(await points(`metric=${metric}`)).toHaveLength(31);
  });

  it('what happens now is in the last point', async () => {
    const before = await Promise.all(METRICS.map(today));
    await share(stack, 'alice', { path: pathOf(`${homeOf('alice')}a/`), with_users: ['bob'] });
    await stack.person('alice').post('/users/alice/share?dry_run=true', {
      ...{ path: pathOf(`${homeOf('alice')}b/`), with_users: ['bob'] },
    });
    for (let time = 0; time < 2; time++) await stack.person('bob').post('/users/bob/sessions');
    await stack.admin.post('/provisions', { kind: 'user', input: { user_name: 'carol' } });
    const added = (await Promise.all(METRICS.map(today))).map((value, index) => value - before[index]);
    expect(added).toEqual([expect.any(Number), 2, 1, 0, 1]);
  });

  it('a person who logs in counts once a day', async () => {
    await stack.person('alice').get('/me');
    // what was noted is recorded when the service stops
    await past([`insert into daily_count values ('logins', current_date - 1, 7)`]);
    const before = await today('logins');
    // alice, bob and the administrator
    expect(before).toBe(3);
    expect((await points('metric=logins')).at(-2).value).toBe(7);
    for (const name of ['alice', 'bob', 'dora']) await stack.person(name).get('/me');
    await past([
      `update login set last_at = last_at - interval '1 day' where user_id in (select id from subject where name = 'bob')`,
    ]);
    expect(await today('logins')).toBe(before + 1);
    for (const name of ['alice', 'bob', 'dora']) await stack.person(name).get('/me');
    await past([]);
    expect(await today('logins')).toBe(before + 2);
  });

  it('is for administrators, of at most 400 days, and of what is counted', async () => {
    expect(problemOf(await ask('metric=logins', stack.person('alice')))).toEqual([403, 'forbidden']);
    for (const query of [
      '',
      'metric=people',
      'metric=logins&step=hour',
      'metric=logins&since=yesterday',
      'metric=logins&since=2026-W05',
      'metric=logins&since=2026-02-30',
      `metric=logins&since=${dayOf(401)}`,
      `metric=logins&since=${dayOf(-1)}`,
    ])
      expect([query, (await ask(query)).status]).toEqual([query, 422]);
    expect((await ask(`metric=logins&since=${dayOf(400)}`)).status).toBe(200);
  });
});
