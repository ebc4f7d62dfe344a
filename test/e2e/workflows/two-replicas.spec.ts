import { Client } from 'pg';
import { waitFor } from '../../../scripts/child.mjs';
import { hasPostgres } from '../../support/servers/postgres.js';
import { type Service, startService } from '../../support/service/service.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import {
  acceptedRun,
  endOf,
  execute,
  runWhen,
  statesOf,
  providerFiles,
  writeProviders,
} from '../../support/workflows/runs.js';

const PROVIDERS = providerFiles('field', {
  prepare: `
parameters: [{name: name, type: string, required: true}]
steps:
  - {name: settle, type: wait, with: {seconds: 2}}
  - {name: bucket, type: storage.bucket, with: {bucket: "\${inputs.name}"}}
  - {name: tags, type: storage.tags, with: {bucket: "\${inputs.name}", tags: {by: field}}}
  - {name: group, type: storage.group, with: {group_name: "\${inputs.name}"}}
  - {name: member, type: storage.membership, with: {group_name: "\${inputs.name}", user_name: bob}}
`,
  pause: `
steps:
  - {name: pause, type: wait, timeout: 20, onError: continue, with: {seconds: 3600}}
`,
});
const STEPS = ['settle', 'bucket', 'tags', 'group', 'member'];
/** The steps before which the process dies. */
const BOUNDARIES = [1, 2, 3, 4];
const nameAt = (position: number) => `field-before-${STEPS[position]}`;

(hasPostgres() ? describe : describe.skip)('runs on two replicas, one of which is killed', () => {
  let stack: Stack;
  let other: Service | undefined;
  let database: Client;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    // each run that is held keeps a worker
    const env = { ...NO_LIMITS, PROVIDERS_DIR: providers, WORKER_CONCURRENCY: '8' };
    stack = await startStack({ embedded: false, env });
    database = new Client({ connectionString: stack.env.DATABASE_URL });
    await database.connect();
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', {});
  }, START_MS);
  afterAll(async () => {
    await database?.end();
    await other?.kill();
    await stack?.stop();
  });

  const begin = async (workflow: string, parameters: object, application: string) =>
    acceptedRun(await execute(stack.admin, `field/${workflow}`, parameters, { team: 'Lab', application }));
  const held = async () => {
    const waits = `select from pg_stat_activity where wait_event = 'transactionid' and datname = current_database()`;
    return (await database.query(waits)).rows.length;
  };

  it('go from step to step in one worker: the queue is asked for the first, and after a wait', async () => {
    const run = await begin('prepare', { name: 'field-quick' }, 'quick');
    expect((await endOf(stack.admin, run)).error).toBeNull();
    const { rows } = await database.query(
      `select job.id from queue.job join provision on provision.id::text = job.data->>'provision_id'
       where provision.metadata->>'run_id' = $1 or provision.input->>'run_id' = $1`,
      [run.id],
    );
    expect(rows).toHaveLength(2);
  });

  it('accept a step although another provision of its subject runs, which they did not see begin', async () => {
    const name = 'field-taken';
    const seq = 1_000_000_000;
    await database.query(
      `insert into provision (seq, kind, subject, origin, status, input, holder, lease_until, correlation_id, requested_by, requested_by_kind)
       overriding system value
       values ($1, 'bucket', 'bucket:' || $2, 'api', 'processing', '{}', gen_random_uuid(), now() + interval '1 hour', 'test', 'test', 'system')`,
      [seq, name],
    );
    const run = await begin('prepare', { name }, 'taken');
    const waits = await runWhen(
      stack.admin,
      run,
      'its bucket',
      (each) => statesOf(each)['bucket'] !== 'waiting',
    );
    expect(statesOf(waits)).toMatchObject({ settle: 'completed', bucket: 'pending', tags: 'waiting' });
    await database.query(`update provision set status = 'cancelled', holder = null where seq = $1`, [seq]);
    // nobody was told that it may go on
    const end = await runWhen(stack.admin, run, 'its end', ({ status }) => status === 'completed');
    expect(Object.values(statesOf(end))).toEqual(STEPS.map(() => 'completed'));
  });

  it('go on at the other one, whichever step was next, and nothing is done twice', async () => {
    const runs = await Promise.all(
      BOUNDARIES.map((at) => begin('prepare', { name: nameAt(at) }, nameAt(at))),
    );
    const pause = await begin('pause', {}, 'pause');
    // the row of a step is written in the transaction that accepts its provision
    await database.query('begin');
    const rows = BOUNDARIES.map((at, index) => `('${runs[index].id}'::uuid, ${at})`).join(', ');
    await database.query(`select from workflow_step where (run_id, position) in (${rows}) for update`);
    await waitFor('each run to come to its step', async () => (await held()) === BOUNDARIES.length);
    const survivor = (other = await startService({ env: stack.env }));
    const admin = new Caller(() => survivor, `${stack.admin.token}`, stack.secrets);
    await stack.service.kill();
    await database.query('rollback');

    for (const [index, run] of runs.entries()) {
      const end = await endOf(admin, run);
      const name = nameAt(BOUNDARIES[index] ?? 0);
      expect([end.error, Object.values(statesOf(end))]).toEqual([null, STEPS.map(() => 'completed')]);
      const { rows: made } = await database.query(
        `select kind from provision where metadata->>'run_id' = $1 order by seq`,
        [run.id],
      );
      expect(made.map(({ kind }) => kind)).toEqual(['wait', 'bucket', 'tags', 'group', 'membership']);
      expect((await admin.get(`/groups/${name}`)).body.members).toMatchObject([{ user_name: 'bob' }]);
    }
    const late = await runWhen(admin, pause, 'its end', ({ status }) => status === 'completed');
    expect(late.steps[0]).toMatchObject({ status: 'failed', error_code: 'step_timed_out' });
  });
});
