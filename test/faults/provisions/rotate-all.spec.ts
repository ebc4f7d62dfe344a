import { waitFor } from '../../../scripts/child.mjs';
import { ADMIN_TOKEN, ask, bodyOf, Fleet, type Replica } from '../../support/service/fleet.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { ended, eventsOf } from '../../support/workflows/provisions.js';
import type { Call } from '../../support/network/proxy.js';
import { outcome } from '../../support/access/s3.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { Truth } from '../../support/access/truth.js';

const isPut = ({ method, path }: Call) => method === 'PUT' && path.endsWith('/add-user');
const isRevocation = ({ path }: Call) => path.includes('/revoke-tokens/');
const isRead = ({ method, path }: Call) => method === 'GET' && path.endsWith('/user-info');

/** Where the process dies: before or after the so-manieth such call of its life reaches MinIO. */
const DEATHS: [string, (call: Call) => boolean, 'before' | 'after', number][] = [
  ['before MinIO gets a secret', isPut, 'before', 3],
  ['after MinIO got a secret', isPut, 'after', 3],
  ['before a user is read', isRead, 'before', 5],
  ['after a user was read', isRead, 'after', 6],
  ['before the first secret', isPut, 'before', 1],
  ['before the sessions of a user end', isRevocation, 'before', 2],
  ['after the sessions of a user have ended', isRevocation, 'after', 2],
];

describe('a rotation of all secrets, killed again and again', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ proxied: true, embedded: true, env: NO_LIMITS });
  }, START_MS);
  afterAll(() => stack?.stop());

  function reaches([, match, side, nth]: (typeof DEATHS)[number]): Promise<void> {
    return new Promise((resolve) => {
      let count = 0;
      const stop = (): undefined | Promise<undefined> => {
        count += 1;
        if (count === nth) resolve();
        return count >= nth ? new Promise<undefined>(() => undefined) : undefined;
      };
      stack.proxy.hook(match, side === 'before' ? { before: stop } : { after: stop });
    });
  }

  it(
    'rotates each user exactly once',
    async () => {
      const users = Array.from({ length: 24 }, (_, index) => `user${index}`);
      const pairs = await Promise.all(
        users.map(async (user) => (await stack.person(user).post(`/users/${user}`)).body),
      );
      const sessions = await Promise.all(
        users.map(async (user) => (await stack.person(user).post(`/users/${user}/sessions`)).body),
      );
      let reached = reaches(DEATHS[0]!);
      const { body, status } = await stack.admin.post('/admin/rotate-all', {
        only: { users },
        revoke_sessions: true,
      });
      expect(status).toBe(202);
      for (const [index, [what]] of DEATHS.entries()) {
        await reached;
        await stack.service.kill();
        stack.proxy.reset();
        const next = DEATHS[index + 1];
        if (next) reached = reaches(next);
        await stack.startService();
        expect([what, (await stack.admin.get(`/provisions/${body.provision_id}`)).status]).toEqual([
          what,
          200,
        ]);
      }
      const done = await ended(stack.admin, { id: body.provision_id });
      expect([done.status, done.progress]).toMatchObject([
        'completed',
        { total: 24, rotated: 24, waiting: 0 },
      ]);
      expect(eventsOf(done)).toEqual(['accepted', ...DEATHS.map(() => 'recovered'), 'completed']);
      for (const [index, user] of users.entries()) {
        const now = (await stack.person(user).post(`/users/${user}`, { rotate: false })).body;
        const lists = (keys: any) => outcome(() => stack.s3(keys).list(BUCKET, homeOf(user)));
        expect([user, await lists(pairs[index]), await lists(sessions[index]), await lists(now)]).toEqual([
          user,
          'SignatureDoesNotMatch',
          'InvalidAccessKeyId',
          'ok',
        ]);
      }
      const { items } = (await stack.admin.get('/admin/audit?action=credentials.rotated&limit=500')).body;
      expect(items.map(({ subject_name }: any) => subject_name).sort()).toEqual([...users].sort());
      await stack.stopService();
      const [found] = await runSql(stack.env, [
        'select secret_generation from subject where principal like $$user%$$',
      ]);
      expect(found).toEqual({ rows: users.map(() => ({ secret_generation: 2 })) });
    },
    START_MS * 2,
  );
});

(hasPostgres() ? describe : describe.skip)('a rotation of all secrets with two replicas', () => {
  let fleet: Fleet;
  let truth: Truth;

  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
    truth = new Truth(fleet.minio);
  }, START_MS);
  afterAll(async () => {
    await truth?.close();
    await fleet?.stop();
  });

  it(
    'is run by one of them; the other goes on when that one dies before it noted that MinIO has a secret',
    async () => {
      const [one, other] = [await fleet.add(), await fleet.add()];
      const users = Array.from({ length: 12 }, () => fleet.person());
      const pairs = await Promise.all(users.map((user) => bodyOf(ask.pair(one.service, user), 201)));
      for (const { proxy } of [one, other]) proxy.reset();
      // the database takes its time with the note, and then refuses it
      for (const statement of [
        `create function refuse() returns trigger language plpgsql as $$ begin
          perform pg_sleep(4); raise exception 'not noted'; end $$`,
        `create trigger refuse before update on rotation_subject for each row
          when (new.name = '${users[7]}' and new.outcome = 'rotated') execute function refuse()`,
      ])
        await fleet.query(statement);
      const { body } = await one.service.request('POST', '/admin/rotate-all', {
        token: ADMIN_TOKEN,
        body: { only: { users } },
      });
      const refused = await one.service.request('POST', '/admin/rotate-all', { token: ADMIN_TOKEN });
      const second = await other.service.request('POST', '/admin/rotate-all', { token: ADMIN_TOKEN });
      for (const answer of [refused, second])
        expect([answer.status, answer.headers.location]).toEqual([409, `/provisions/${body.provision_id}`]);
      const asleep = "select 1 from pg_stat_activity where wait_event = 'PgSleep'";
      await waitFor('the note', async () => (await fleet.query(asleep)).length > 0, { everyMs: 50 });
      const didWork = ({ proxy }: Replica): boolean => proxy.calls.some(isPut);
      const [working, ...more] = [one, other].filter(didWork);
      expect(more).toEqual([]);
      await working?.service.kill();
      await fleet.query('drop trigger refuse on rotation_subject');
      const [left] = [one, other].filter((each) => each !== working);
      const state = `select state from rotation where id = '${body.id}'`;
      const isDone = async () => (await fleet.query(state))[0]?.state === 'completed';
      await waitFor('the other replica to finish', isDone, { everyMs: 250, timeoutMs: 60_000 });
      const rows = await fleet.query(
        `select secret_generation from subject where name in (${users.map((user) => `'${user}'`).join()})`,
      );
      expect(rows).toEqual(users.map(() => ({ secret_generation: 2 })));
      for (const [index, user] of users.entries()) {
        const now = await bodyOf(ask.pair(left!.service, user, { rotate: false }), 200);
        expect([await truth.lives(pairs[index], user), await truth.use(now, user)]).toEqual([false, 'ok']);
      }
    },
    START_MS * 2,
  );
});
