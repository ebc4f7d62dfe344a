import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOfPlan, itemsOf, order, planWhen, takenBack } from '../../support/workflows/order-plans.js';
import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { endOf, providerFiles, runWhen, statesOf, writeProviders } from '../../support/workflows/runs.js';

const withBucket = (steps: string, more = '') => `
${more}
parameters:
  - {name: bucket, type: string, required: true}
  - {name: versioning, type: boolean, default: false}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket}", versioning: "\${inputs.versioning}"}
${steps}
outputs: {bucket: "\${steps.bucket.outputs.bucket}"}
`;
const PROVIDERS = providerFiles('field', {
  make: withBucket(''),
  ask: withBucket('  - {name: ask, type: approval, with: {message: More?}}'),
  fails: withBucket(
    '  - {name: never, type: assert, with: {that: inputs.versioning, message: No versions}}',
    'on_failure: keep',
  ),
});
const POLICY = 'teams: {Few: {quotas: {buckets: 0}}}\n';

const bucket = (name: string, more: object = {}) => ({ kind: 'bucket', input: { bucket: name }, ...more });
const run = (
  name: string,
  parameters: object,
  { team = 'Lab', application = undefined, ...more }: any = {},
) => ({
  kind: 'workflow.run',
  input: { provider: 'field', workflow: name, parameters, team, ...(application && { application }) },
  ...more,
});

describe('runs of workflows as items of an order plan', () => {
  let stack: Stack;

  beforeAll(async () => {
    const [providers, policy] = [tempDir('providers'), join(tempDir('policy'), 'policy.yaml')];
    writeProviders(providers, PROVIDERS);
    writeFileSync(policy, POLICY);
    const env = { PROVIDERS_DIR: providers, WORKFLOW_POLICY_FILE: policy };
    stack = await startStack({ env: { ...NO_LIMITS, ...env } });
    await makePeople(stack, ['alice', 'bob']);
    for (const group of ['Lab', 'Few']) await stack.admin.post(`/groups/${group}`, { owners: ['bob'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const admin = () => stack.admin;
  const runOf = async ({ items }: any, at: number) =>
    (await admin().get(`/api/workflows/${items[at].provision_id}`)).body;
  const buckets = () => stack.rootS3.buckets();
  const approve = async (id: string) => {
    const { plan_digest } = (await admin().get(`/api/workflows/${id}`)).body;
    expect((await stack.person('bob').post(`/api/workflows/${id}/approve`, { plan_digest })).status).toBe(
      200,
    );
  };
  /** The plan, once the run of its item waits for people. */
  const waiting = async (plan: any, at = 0) => {
    const begun = await planWhen(admin(), plan, 'its run', ({ items }) => items[at].provision_id !== null);
    const id = begun.items[at].provision_id;
    await runWhen(admin(), { id }, 'the question', ({ status }) => status === 'awaiting_approval');
    return id as string;
  };

  it('are carried out in their stage, and taken back with the plan, the last stage first', async () => {
    const plan = await endOfPlan(
      admin(),
      await order(admin(), [bucket('lab-first'), run('make', { bucket: 'lab-second' }, { stage: 1 })]),
    );
    expect([plan.status, itemsOf(plan)]).toEqual(['completed', ['completed', 'completed']]);
    const made = await runOf(plan, 1);
    expect(made).toMatchObject({ status: 'completed', team: 'Lab', requested_by: 'admin' });
    expect((await admin().get(`/provisions/${made.id}`)).body.result).toMatchObject({
      ...{ run_id: made.id, outputs: { bucket: 'lab-second' } },
      operations: [{ action: 'create', status: 'done' }],
    });
    const again = await endOfPlan(admin(), await order(admin(), [run('make', { bucket: 'lab-second' })]));
    expect(itemsOf(again)).toEqual(['skipped']);
    const back = await takenBack(admin(), plan);
    const undone = await runOf(plan, 1);
    expect([itemsOf(back), statesOf(undone), undone.undone_at]).toEqual([
      ['undone', 'undone'],
      { bucket: 'undone' },
      expect.any(String),
    ]);
    expect(await buckets()).not.toEqual(expect.arrayContaining(['lab-first']));
  });

  it('are checked before anything is recorded: parameters, names, quotas and Score files', async () => {
    const recorded = async () => [
      (await admin().get('/plans?limit=500')).body.items.length,
      (await admin().get('/api/workflows?limit=500')).body.items.length,
    ];
    const before = await recorded();
    const bad = [
      bucket('lab-ok'),
      run('make', { bucket: 7 }),
      run('nothing', {}),
      run('make', { bucket: 'few-x' }, { team: 'Few' }),
      { kind: 'workflow.run', input: { provider: 'field', workflow: 'make', team: 'Lab', score: 'a: [' } },
    ];
    const answer = await admin().post('/plans', { items: bad });
    expect([problemOf(answer), answer.body.errors]).toEqual([
      [422, 'unprocessable'],
      [
        { field: 'items.1.input.parameters.bucket', rule: 'It must be a text' },
        { field: 'items.2.input', rule: 'The provider has no such workflow' },
        { field: 'items.3.input.buckets', rule: 'Few has 0, asks for 1 more, and may have 0' },
        { field: 'items.4.input.score', rule: expect.stringMatching(/^score\.yaml:1:5: /) },
      ],
    ]);
    const dry = await admin().post('/plans?dry_run=true', { items: [run('make', { bucket: 'lab-dry' })] });
    expect(dry.body.items[0].changes.map(({ change }: any) => change)).toEqual(['create_bucket']);
    expect([await recorded(), await buckets()]).toEqual([before, expect.not.arrayContaining(['lab-dry'])]);
  });

  it('that wait for people let the plan wait, also over the death of the service', async () => {
    const plan = await order(admin(), [
      run('ask', { bucket: 'lab-asked' }),
      bucket('lab-later', { stage: 1 }),
    ]);
    const id = await waiting(plan);
    expect((await admin().get(`/plans/${plan.id}`)).body).toMatchObject({
      status: 'pending_action',
      items: [{ status: 'pending_action' }, { status: 'waiting' }],
    });
    await stack.service.kill();
    await stack.startService();
    await approve(id);
    const end = await endOfPlan(admin(), plan);
    expect([end.status, itemsOf(end), (await runOf(end, 0)).status]).toEqual([
      'completed',
      ['completed', 'completed'],
      'completed',
    ]);
  });

  it('are cancelled with the plan; what they made stays until the plan is taken back', async () => {
    const plan = await order(admin(), [run('ask', { bucket: 'lab-stopped' })]);
    const id = await waiting(plan);
    expect((await admin().post(`/plans/${plan.id}/cancel`)).status).toBe(202);
    const end = await endOfPlan(admin(), plan);
    expect([end.status, itemsOf(end), (await runOf(end, 0)).status]).toEqual([
      'cancelled',
      ['cancelled'],
      'cancelled',
    ]);
    expect(await buckets()).toContain('lab-stopped');
    await takenBack(admin(), plan);
    expect([await buckets(), (await admin().get(`/api/workflows/${id}`)).body.undone_at]).toEqual([
      expect.not.arrayContaining(['lab-stopped']),
      expect.any(String),
    ]);
  });

  it('that fail end the plan with their message, and what they left is taken back with it', async () => {
    const plan = await endOfPlan(
      admin(),
      await order(admin(), [run('fails', { bucket: 'lab-failed' }), bucket('lab-never', { stage: 1 })]),
    );
    expect([plan.status, plan.result_message, itemsOf(plan)]).toEqual([
      'failed',
      'Step never failed: No versions',
      ['failed', 'cancelled'],
    ]);
    const dead = (await admin().get('/provisions/dead-letters?limit=500')).body.items;
    expect(dead.map(({ kind }: any) => kind)).toEqual(['workflow']);
    expect(await buckets()).toContain('lab-failed');
    await takenBack(admin(), plan);
    expect(await buckets()).not.toContain('lab-failed');
  });

  it('are also provisions by themselves, and end when these are cancelled', async () => {
    const { kind, input } = run('ask', { bucket: 'lab-alone' }, { application: 'alone' });
    const { status, body } = await admin().post('/provisions', { kind, input });
    expect(status).toBe(202);
    await runWhen(admin(), body, 'the question', (found) => found.status === 'awaiting_approval');
    expect((await admin().post(`/provisions/${body.id}/cancel`)).status).toBe(200);
    expect((await endOf(admin(), body)).status).toBe('cancelled');
    const other = await stack.person('alice').post('/provisions', { kind, input });
    expect(problemOf(other)[0]).toBe(403);
  });
});
