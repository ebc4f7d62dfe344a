import { Client } from 'pg';
import { waitFor } from '../../../scripts/child.mjs';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { acceptedRun, endOf, execute, runWhen, writeProviders } from '../../support/workflows/runs.js';
import { SCORE_PROVIDERS, scoreFile, SHELVES } from '../../support/workflows/score-providers.js';

(hasPostgres() ? describe : describe.skip)('resources that change while something is asked of them', () => {
  let stack: Stack;
  let database: Client;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, { ...SCORE_PROVIDERS, ...SHELVES });
    stack = await startStack({ embedded: false, env: { ...NO_LIMITS, PROVIDERS_DIR: providers } });
    database = new Client({ connectionString: stack.env.DATABASE_URL });
    await database.connect();
    await makePeople(stack, ['alice']);
    await stack.admin.post('/groups/Lab', { owners: ['alice'] });
  }, START_MS);
  afterAll(async () => {
    await database?.end();
    await stack?.stop();
  });

  const alice = () => stack.person('alice');
  const asks = (app: string) => {
    const score = scoreFile(app, `  s: {type: shelf, params: {bucket: lab-${app}}}`);
    return execute(alice(), 'shop/prepare', {}, { score, team: 'Lab' });
  };
  /** A run with its resource. */
  const made = async (app: string) => {
    const run = await endOf(alice(), acceptedRun(await asks(app)));
    const { items } = (await alice().get('/api/resources')).body;
    return { run, id: items.find(({ application }: any) => application === app).id as string };
  };
  /** What `request` answers if a statement is done after it was planned and before it is recorded. */
  async function meanwhile<T>(request: () => Promise<T>, statement: string): Promise<T> {
    await database.query('begin');
    await database.query(`select from subject where kind = 'group' and name = 'Lab' for update`);
    const answer = request();
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await waitFor('the request', async () => (await database.query(waiting)).rows.length > 0);
    await database.query(statement);
    await database.query('commit');
    return answer;
  }

  it('a run that was planned with another state of them is refused', async () => {
    const { run } = await made('one');
    const gone = `update workflow_run set undone_at = now() where id = '${run.id}'`;
    expect(problemOf(await meanwhile(() => asks('one'), gone))).toMatchObject([expect.anything(), 'busy']);
  });

  it('one is deleted once', async () => {
    const { id } = await made('two');
    const other = await made('three');
    const taken = `update workflow_resource set delete_run_id = '${other.run.id}' where id = '${id}'`;
    const answer = await meanwhile(() => alice().delete(`/api/resources/${id}`), taken);
    expect(problemOf(answer)).toMatchObject([expect.anything(), 'busy']);
  });

  it('one that is changed as its run is taken back stays', async () => {
    const { run, id } = await made('four');
    const later = await made('five');
    const change = `insert into workflow_resource_update values ('${id}', '${later.run.id}', 'resources.s')`;
    acceptedRun(await meanwhile(() => alice().post(`/api/workflows/${run.id}/undo`), change));
    const end = await runWhen(alice(), run, 'undone', ({ undone_at }) => undone_at !== null);
    expect(end.steps[0]).toMatchObject({ status: 'completed', undo_run_id: null });
    expect((await alice().get(`/api/resources/${id}`)).body).toMatchObject({ changed_by: later.run.id });
    expect(await stack.rootS3.buckets()).toContain('lab-four');
  });
});
