import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS } from '../../support/service/stack.js';
import { Events, startedWorkflow as workflow, startEvents } from '../../support/workflows/events.js';
import { acceptedRun, endOf, execute, runWhen } from '../../support/workflows/runs.js';

const GROUP = 'parameters: [{name: group, required: true}]';
const PROVIDERS = {
  'field/provider.yaml': `
name: field
description: What is done by itself
version: 1.0.0
owner: field@example.org
workflows_dir: workflows
resource_types:
  - {type: store, operations: {create: store}}
`,
  // in the order of names they would fail
  'field/workflows/a-tags.yaml': workflow(
    'a-tags',
    `phase: post\ntriggers: [group.created]\n${GROUP}`,
    '  - {name: tags, type: storage.tags, with: {bucket: "${inputs.group}-data", tags: {of: "${inputs.group}"}}}',
  ),
  'field/workflows/b-prefix.yaml': workflow(
    'b-prefix',
    `triggers: [group.created]\n${GROUP}`,
    '  - {name: prefix, type: storage.prefix, with: {path: "s3a://${inputs.group}-data/raw/"}}',
  ),
  'field/workflows/c-bucket.yaml': workflow(
    'c-bucket',
    `phase: pre\ntriggers: [group.created]\n${GROUP}`,
    `  - {name: ask, type: approval, if: 'inputs.group.startsWith("asked")', with: {message: A bucket}}
  - {name: bucket, type: storage.bucket, with: {bucket: "\${inputs.group}-data"}}`,
  ),
  'field/workflows/d-again.yaml': workflow(
    'd-again',
    `triggers: [group.created]\n${GROUP}`,
    `  - {name: group, type: storage.group, if: 'inputs.group.startsWith("again")', with: {group_name: "\${inputs.group}-x"}}`,
  ),
  'field/workflows/e-other.yaml': workflow(
    'e-other',
    `triggers: [group.created]\n${GROUP}`,
    `  - {name: other, type: storage.tags, if: 'inputs.group == "outside"', with: {bucket: harbor-data, tags: {of: others}}}`,
  ),
  'field/workflows/store.yaml': workflow(
    'store',
    'parameters: [{name: bucket, required: true}]',
    '  - {name: bucket, type: storage.bucket, with: {bucket: "${inputs.bucket}"}}',
  ),
  'field/workflows/noted.yaml': workflow(
    'noted',
    `triggers: [resource.created]
parameters: [{name: resource, required: true}, {name: resource_type}, {name: provider}, {name: application}]`,
    '  - {name: noted, type: assert, with: {that: inputs.resource_type == "store"}}',
  ),
};

describe('groups and resources that are made start workflows', () => {
  let stack: Stack;
  const events = new Events(() => stack);

  beforeAll(async () => {
    stack = await startEvents(PROVIDERS);
  }, START_MS);
  afterAll(() => stack?.stop());

  it('those of a group that was made: pre, then main, then post, for the group', async () => {
    await stack.admin.post('/groups/harbor', { owners: ['bob'] });
    const done = await events.one('harbor');
    expect([done.status, done.error]).toEqual(['completed', null]);
    const plan = await events.planOf(done);
    expect(plan).toMatchObject({
      status: 'completed',
      order: expect.stringMatching(/^group\.created group:/),
    });
    expect(plan.items.map(({ stage, input, status }: any) => [stage, input.workflow, status])).toEqual([
      [0, 'c-bucket', 'completed'],
      [1, 'b-prefix', 'completed'],
      [1, 'd-again', 'completed'],
      [1, 'e-other', 'completed'],
      [2, 'a-tags', 'completed'],
    ]);
    const [run] = await events.runsOf(plan);
    expect(run).toMatchObject({
      ...{ workflow: 'c-bucket', team: 'harbor', event: 'group.created', requested_by: 'admin' },
      parameters: { group: 'harbor' },
    });
    // a member of the group sees what was done for it
    expect((await stack.person('bob').get(`/api/workflows/${run.id}`)).status).toBe(200);
    expect((await stack.person('alice').get(`/api/workflows/${run.id}`)).status).toBe(404);
    expect(await stack.rootS3.list('harbor-data', '')).toEqual(['raw/']);
  });

  it('a group that is changed, or only looked at, starts nothing', async () => {
    await stack.admin.post('/groups/quiet?dry_run=true', { owners: ['bob'] });
    expect(await events.about('quiet')).toEqual([]);
    await stack.admin.post('/groups/harbor', { members: ['alice'] });
    expect(await events.about('harbor')).toHaveLength(1);
  });

  it('whoever made the group does not approve what that asks for', async () => {
    await stack.admin.post('/groups/asked', { owners: ['bob'] });
    let id = '';
    await waitFor('the question', async () => {
      const { body } = await stack.person('bob').get('/api/approvals');
      id = body.items.find(({ team }: any) => team === 'asked')?.run_id ?? '';
      return id !== '';
    });
    const { plan_digest } = (await stack.admin.get(`/api/workflows/${id}`)).body;
    const refused = await stack.admin.post(`/api/workflows/${id}/approve`, { plan_digest });
    expect(refused.status).toBe(403);
    const approved = await stack.person('bob').post(`/api/workflows/${id}/approve`, { plan_digest });
    expect(approved.status).toBe(200);
    expect((await events.one('asked')).status).toBe('completed');
  });

  it('names of others stay so, although an administrator caused the event; the next phase does not begin', async () => {
    await stack.admin.post('/groups/outside', { owners: ['bob'] });
    const failed = await events.one('outside');
    expect([failed.status, failed.error_code]).toEqual(['failed', 'item_failed']);
    const { items } = await events.planOf(failed);
    expect(items.map(({ input, status }: any) => [input.workflow, status])).toEqual([
      ['c-bucket', 'completed'],
      ['b-prefix', 'cancelled'],
      ['d-again', 'cancelled'],
      ['e-other', 'failed'],
      ['a-tags', 'cancelled'],
    ]);
    expect(items[3].error_code).toBe('not_allowed_step');
  });

  it('what starts itself ends', async () => {
    await stack.admin.post('/groups/again', { owners: ['bob'] });
    const groups = ['again', 'again-x', 'again-x-x', 'again-x-x-x'];
    const ends: any[] = [];
    for (const group of groups) ends.push(await events.one(group));
    expect(ends.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed', 'failed']);
    expect(ends.map(({ input }) => input.depth)).toEqual([0, 1, 2, 3]);
    expect(ends[3].error).toMatch(/starts nothing/);
    expect((await stack.admin.get('/groups/again-x-x-x-x')).status).toBe(404);
  });

  it('a request that names an event as its cause is not taken for its consequence', async () => {
    const { id } = await events.one('again-x-x');
    for (const [index, forged] of [`event:${id}`, `event%3A${id}`, id].entries()) {
      const group = `forged-${index}`;
      const headers = { 'x-request-id': forged };
      expect((await stack.admin.post(`/groups/${group}`, { owners: ['bob'] }, { headers })).status).toBe(201);
      expect((await events.one(group)).input.depth).toBe(0);
    }
  });

  it('a resource that a run made', async () => {
    const more = { team: 'harbor', application: 'shop' };
    const run = acceptedRun(await execute(stack.admin, 'field/store', { bucket: 'harbor-shop' }, more));
    expect((await endOf(stack.admin, run)).event).toBeNull();
    const [resource] = (await stack.admin.get('/api/resources?type=store')).body.items;
    const done = await events.one(resource.id);
    const [started] = await events.runsOf(await events.planOf(done));
    expect(started).toMatchObject({
      ...{ workflow: 'noted', team: 'harbor', application: 'shop', status: 'completed' },
      parameters: { resource: resource.id, resource_type: 'store', provider: 'field', application: 'shop' },
    });
  });

  it('a service that is killed meanwhile does each once', async () => {
    await stack.admin.post('/groups/killed', { owners: ['bob'] });
    await stack.service.kill();
    await stack.restart();
    await waitFor('the event', async () => (await events.about('killed')).length > 0);
    await runWhen(stack.admin, await events.firstRunOf('killed'), 'its start', () => true);
    await stack.service.kill();
    await stack.restart();
    const done = await events.one('killed');
    expect([done.status, done.error]).toEqual(['completed', null]);
    const plans = (await stack.admin.get('/plans?limit=200')).body.items;
    expect(plans.filter(({ id }: any) => id === done.id)).toHaveLength(1);
    expect((await events.runsOf(await events.planOf(done))).map(({ status }) => status)).toEqual(
      Array(5).fill('completed'),
    );
  }, 120_000);

  it('nobody can ask for an event, or for a run that one starts', async () => {
    for (const kind of ['workflow.event', 'workflow.triggered', 'provider.reload']) {
      const item = { kind, input: { name: 'x' } };
      const direct = await stack.admin.post('/provisions', item);
      expect([...problemOf(direct), direct.body.errors[0].field]).toEqual([422, 'unprocessable', 'kind']);
      const planned = await stack.admin.post('/plans', { items: [item] });
      expect([...problemOf(planned), planned.body.errors[0].field]).toEqual([
        422,
        'unprocessable',
        'items.0.kind',
      ]);
    }
  });
});
