import { NO_LIMITS, pathOf } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { LOGGED, StatementLog } from '../../support/database/statements.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const USERS = 10_000;
const GRANTS = 5_000;
const GROUPS = 30;
const HOME = pathOf(homeOf('alice'));
/** Statements of a page, whatever is on it. */
const MOST = 6;
/** Who logged in is noted from time to time, in one statement for everybody. */
const NOTED = /^\s*with noted as/;
const KEY = homeOf('alice').slice(0, -1);

/** Rows as they stand when MinIO follows. Users 1 to 5,000 each have a folder of alice's; groups of up to thousands have others. */
const ROWS = [
  `insert into subject (kind, name, principal, status, applied_status, applied_generation, secret_salt, secret_key_id,
     applied_secret_generation, top_shard)
   select 'user', 'user' || n, 'user' || n, 'active', 'active', 1, 'salt', 'key', 1, (n <= ${GRANTS})::int
   from generate_series(1, ${USERS}) n`,
  `insert into subject (kind, name, principal, status, applied_status, applied_generation, secret_salt, secret_key_id, top_shard)
   select 'group', 'Group' || n, 'Group' || n, 'active', 'active', 1, '', '', 1 from generate_series(1, ${GROUPS}) n`,
  `insert into membership (group_id, user_id, role)
   select g.id, u.id, case when g.name = 'Group9' then 'reader' else 'member' end from subject g, subject u
   where g.kind = 'group' and u.kind = 'user' and (u.name like 'user1%' or u.name = 'user77') and g.name like 'Group%'`,
  `insert into access_grant (grantee_id, owner_id, bucket, prefix, folder, permission, origin, granted_by, shard, weight)
   select g.id, o.id, 'cdm-lake', '${KEY}/of/' || g.name, true, 'write', 'share', 'alice', 1, 100
   from subject g, subject o where g.top_shard = 1 and o.name = 'alice'`,
  `analyze`,
];

(hasPostgres() ? describe : describe.skip)(
  `who reaches what, among ${USERS} users with ${GRANTS} grants`,
  () => {
    let postgres: PostgresServer;
    let stack: Stack;
    let log: StatementLog;
    let background: Set<string>;

    beforeAll(async () => {
      postgres = await startPostgres({ settings: LOGGED });
      log = new StatementLog(postgres);
      const database = await postgres.createDatabase();
      const env = { ...NO_LIMITS, ROLE: 'api', SWEEP_INTERVAL_SECONDS: '0' };
      stack = await startStack({ database, proxied: true, env });
      await stack.person('alice').post('/users/alice');
      const results = await runSql(stack.env, ROWS);
      expect(results.filter((result) => 'error' in result)).toEqual([]);
      background = new Set(await log.during(() => new Promise((resolve) => setTimeout(resolve, 2000))));
    }, START_MS);
    afterAll(async () => {
      await stack?.stop();
      await postgres?.stop();
    });

    async function cost(work: () => Promise<unknown>): Promise<string[]> {
      await work();
      return (await log.during(work)).filter((text) => !background.has(text) && !NOTED.test(text));
    }
    const below = (query: string, by = 'alice') =>
      (by === 'admin' ? stack.admin : stack.person(by)).get(
        `/access?path=${encodeURIComponent(HOME)}&below=true${query}`,
      );

    it('a page costs as many statements for five hundred as for one', async () => {
      // the filters of a page, and who is behind them: more grants, or more users, are no more statements
      for (const limit of [1, 100, 500]) {
        const { status, body } = await below(`&limit=${limit}`);
        expect([status, body.principals.length]).toEqual([200, limit]);
        expect(await cost(() => below(`&limit=${limit}`))).toHaveLength(MOST);
      }
    });

    it('groups are counted by the database, each a row', async () => {
      const { body } = await below('&limit=30');
      const counted = body.principals.map(({ kind, name, member_count, permission }: any) => [
        `${kind} ${name}`,
        ...[member_count, permission],
      ]);
      const MEMBERS = 1 + 1 + 10 + 100 + 1000 + 1;
      expect(counted[0]).toEqual(['group Group1', MEMBERS, 'write']);
      // it has readers only
      expect(counted.at(-1)).toEqual(['group Group9', MEMBERS, 'read']);
      expect(body.principals[0].because).toMatchObject([
        { via: 'group Group1', grant: { granted_by: 'alice' } },
      ]);
      const whole = await below('&limit=1&expand=group', 'admin');
      expect(whole.body.principals[0].members).toHaveLength(MEMBERS);
    });

    it('what a user reaches through thirty groups costs as many as through one', async () => {
      const { body } = await stack.admin.get('/users/user77/access');
      expect(body.items).toHaveLength(1 + 1 + GROUPS);
      expect(await cost(() => stack.admin.get('/users/user77/access'))).toHaveLength(MOST);
    });
  },
);
