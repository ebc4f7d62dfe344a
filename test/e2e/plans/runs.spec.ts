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
const POLICY = `teams:
  Few: {quotas: {buckets: 0}}
  Two: {quotas: {buckets: 2}, limits: {active_runs: 2, runs_per_day: 3}}
`;

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
    for (const group of ['Lab', 'Few', 'Two'])
      await stack.admin.post(`/groups/${group}`, { owners: ['bob'] });
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

  it('exceed no quota together: the plan is refused as a whole, or carried out as a whole', async () => {
    const make = (name: string, more: object = {}) => run('make', { bucket: name }, { team: 'Two', ...more });
    const refusal = async (items: object[]) => {
      const [asked, dry] = [
        await admin().post('/plans', { items }),
        await admin().post('/plans?dry_run=true', { items }),
      ];
      expect([asked.status, dry.status, dry.body.errors]).toEqual([422, 422, asked.body.errors]);
      return asked.body.errors;
    };
    const three = [1, 2, 3].map((each) => `two-${each}`);
    // in one stage, and one after the other
    for (const [stages, last] of [
      [[0, 0, 0], 2],
      [[2, 0, 1], 0],
    ] as const) {
      const items = three.map((name, at) => make(name, { stage: stages[at] }));
      expect(await refusal(items)).toEqual([
        {
          field: `items.${last}.input.buckets`,
          rule: 'Two has 0, asks for 3 more, and may have 2',
        },
      ]);
    }
    // three that run at once, and four on one day
    const ways = ['a', 'b', 'c'].map((application) => make('two-1', { application }));
    expect(await refusal(ways)).toEqual([
      { field: 'items.2.input.active_runs', rule: 'Two has 0, asks for 3 more, and may have 2' },
    ]);
    const days = [0, 1, 2, 3].map((stage) => make('two-1', { stage, application: `day-${stage}` }));
    expect(await refusal(days)).toEqual([
      { field: 'items.3.input.runs_per_day', rule: 'Two has 0, asks for 4 more, and may have 3' },
    ]);
    expect(await buckets()).not.toEqual(expect.arrayContaining(['two-1']));
    // what two runs make is one bucket, and another team's is its own
    const fine = [make('two-1'), make('two-2', { stage: 1 }), make('two-2', { stage: 2 })];
    const end = await endOfPlan(
      admin(),
      await order(admin(), [...fine, run('make', { bucket: 'lab-beside' })]),
    );
    expect([end.status, itemsOf(end).slice(0, 2)]).toEqual(['completed', ['completed', 'completed']]);
    expect(await refusal([make('two-3')])).toEqual([
      { field: 'items.0.input.runs_per_day', rule: 'Two has 3, asks for 1 more, and may have 3' },
      { field: 'items.0.input.buckets', rule: 'Two has 2, asks for 1 more, and may have 2' },
    ]);
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
