import { LOGGED, StatementLog } from '../../support/database/statements.js';
import { runSql } from '../../support/database/sql.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { SCORE_PROVIDERS, scoreFile } from '../../support/workflows/score-providers.js';
import { acceptedRun, endOf, execute, runWhen, writeProviders } from '../../support/workflows/runs.js';

/** More open questions of others than any list looks through. */
const OTHERS = 600;
const RUN = 'team, provider, workflow, version, parameters, snapshot, owners, bound, requested_by';

(hasPostgres() ? describe : describe.skip)('lists of what runs make, and of what waits for people', () => {
  let postgres: PostgresServer;
  let stack: Stack;

  beforeAll(async () => {
    postgres = await startPostgres({ settings: LOGGED });
    const providers = tempDir('providers');
    writeProviders(providers, SCORE_PROVIDERS);
    const env = { ...NO_LIMITS, PROVIDERS_DIR: providers, SWEEP_INTERVAL_SECONDS: '0' };
    stack = await startStack({ database: await postgres.createDatabase(), env });
    await makePeople(stack, ['alice', 'bob', 'erin']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
    await stack.admin.post('/groups/Few', { members: ['alice'], owners: ['erin'] });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await postgres?.stop();
  });

  const alice = () => stack.person('alice');
  const asks = async (workflow: string, app: string, team = 'Lab') => {
    const score = scoreFile(app, `  s: {type: store, params: {bucket: ${team.toLowerCase()}-${app}}}`);
    return acceptedRun(await execute(alice(), `shop/${workflow}`, {}, { score, team }));
  };
  const waiting = async (app: string, team = 'Lab') => {
    const score = scoreFile(app, '  {}').replace('resources:\n  {}\n', '');
    const run = acceptedRun(await execute(alice(), 'shop/pause', {}, { score, team }));
    return runWhen(alice(), run, 'the question', ({ status }) => status === 'awaiting_approval');
  };

  it('the runs that wait for somebody are all found, whatever others wait for, a page at a time', async () => {
    const few = await waiting('few', 'Few');
    const [copied] = await runSql(stack.env, [
      `with copy as (
         insert into workflow_run (${RUN}, requested_by_kind, team_id, application, provision_id)
         select ${RUN}, requested_by_kind, team_id, 'copy-' || n, provision_id
         from workflow_run, generate_series(1, ${OTHERS}) n where id = '${few.id}' returning id)
       insert into workflow_approval (run_id, attempt, position, requirements, plan, plan_digest, expires_at)
       select copy.id, attempt, position, requirements, plan, plan_digest, expires_at
       from copy, workflow_approval where run_id = '${few.id}' returning id`,
    ]);
    expect(copied).toMatchObject({ rows: { length: OTHERS } });
    const runs: string[] = [];
    for (const app of ['one', 'two', 'three']) runs.push((await waiting(app)).id);
    const bob = stack.person('bob');
    const first = (await bob.get('/api/approvals?limit=2')).body;
    expect(first.items.map(({ run_id }: any) => run_id)).toEqual(runs.slice(0, 2));
    const rest = (await bob.get(`/api/approvals?limit=2&cursor=${first.next_cursor}`)).body;
    expect([rest.items.map(({ run_id }: any) => run_id), rest.next_cursor]).toEqual([runs.slice(2), null]);
    expect((await stack.person('erin').get('/api/approvals?limit=500')).body.items).toHaveLength(500);
    expect((await alice().get('/api/approvals')).body).toEqual({ items: [], next_cursor: null });
    expect(problemOf(await bob.get('/api/approvals?cursor=bm9uZQ'))).toMatchObject([422, 'unprocessable']);
  });

  it('a page of resources takes as many statements as one of them', async () => {
    for (const app of ['a', 'b', 'c', 'd']) await endOf(alice(), await asks('prepare', app));
    // the worker asks for itself
    await stack.restart({ ROLE: 'api' });
    const log = new StatementLog(postgres);
    const list = async (limit: number) => {
      const { items } = (await alice().get(`/api/resources?limit=${limit}`)).body;
      expect(items.map(({ outputs }: any) => outputs.bucket)).toEqual(
        ['lab-d', 'lab-c', 'lab-b', 'lab-a'].slice(0, limit),
      );
    };
    await list(4);
    const background = new Set(await log.during(() => new Promise((resolve) => setTimeout(resolve, 2000))));
    const cost = async (limit: number) =>
      (await log.during(() => list(limit))).filter((each) => !background.has(each));
    const one = await cost(1);
    expect(one.length).toBeLessThanOrEqual(5);
    expect(await cost(4)).toEqual(one);
  });
});
