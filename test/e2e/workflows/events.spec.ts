import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { problemOf } from '../../support/service/problems.js';
import { ended } from '../../support/workflows/provisions.js';
import { acceptedRun, endOf, execute, runWhen, writeProviders } from '../../support/workflows/runs.js';

const workflow = (name: string, head: string, steps: string) => `
name: ${name}
description: Started by an event
${head}
steps:
${steps}
`;
const GROUP = 'parameters: [{name: group, required: true}]';
const PRODUCT = 'parameters: [{name: namespace, required: true}]';
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
  'field/workflows/product.yaml': workflow(
    'product',
    `triggers: [first_deployment]\n${PRODUCT}`,
    `  - {name: bucket, type: storage.bucket, with: {bucket: "products-\${inputs.namespace}"}}
  - {name: pause, type: wait, if: 'inputs.namespace.startsWith("slow")', with: {seconds: 3}}`,
  ),
  'field/workflows/approved.yaml': workflow(
    'approved',
    `triggers: [data_product.approved]
parameters: [{name: namespace}, {name: consumer}, {name: output_port}, {name: consumer_namespace}, {name: permission}]`,
    '  - {name: tags, type: storage.tags, with: {bucket: "products-${inputs.namespace}", tags: {reader: "${inputs.consumer_namespace}"}}}',
  ),
  'field/workflows/deleted.yaml': workflow(
    'deleted',
    `triggers: [data_product.deleted]
parameters: [{name: namespace}, {name: reason, required: true}]`,
    '  - {name: never, type: assert, with: {that: "true"}}',
  ),
  'field/workflows/deleted-too.yaml': workflow(
    'deleted-too',
    `triggers: [data_product.deleted]\n${PRODUCT}`,
    '  - {name: bucket, type: storage.bucket, with: {bucket: "products-${inputs.namespace}-gone"}}',
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

describe('what happens starts workflows', () => {
  let stack: Stack;
  let policy: string;

  beforeAll(async () => {
    const providers = tempDir('providers');
    policy = join(tempDir('policy'), 'policy.yaml');
    writeProviders(providers, PROVIDERS);
    writeFileSync(policy, 'data_product_team: products\n');
    const env = { PROVIDERS_DIR: providers, WORKFLOW_POLICY_FILE: policy, PORTAL_DEBOUNCE_MS: '50' };
    stack = await startStack({ embedded: true, env: { ...NO_LIMITS, ...env } });
    await makePeople(stack, ['alice', 'bob']);
  }, START_MS);
  afterAll(() => stack?.stop());

  const eventsAbout = async (what: string): Promise<any[]> => {
    const { body } = await stack.admin.get('/provisions?kind=workflow.event&limit=200');
    return body.items.filter(({ input }: any) => JSON.stringify(input.facts).includes(`"${what}"`));
  };
  /** The event about something, once it has ended. */
  const event = async (what: string, name?: string): Promise<any> => {
    let found: any[] = [];
    await waitFor(`event about ${what}`, async () => {
      found = (await eventsAbout(what)).filter(({ input }) => name === undefined || input.event === name);
      return found.length > 0;
    });
    expect(found).toHaveLength(1);
    return ended(stack.admin, found[0]);
  };
  const planOf = async ({ id }: any): Promise<any> => (await stack.admin.get(`/plans/${id}`)).body;
  const runsOf = async (plan: any): Promise<any[]> =>
    Promise.all(
      plan.items.map(
        async ({ provision_id }: any) => (await stack.admin.get(`/api/workflows/${provision_id}`)).body,
      ),
    );
  const portal = (body: object) => stack.service.request('POST', '/webhooks/data-product-portal', { body });
  const product = (id: string, namespace: string) =>
    portal({ method: 'POST', url: '/api/data_products', response: JSON.stringify({ id, namespace }) });

  it('those of a group that was made: pre, then main, then post, for the group', async () => {
    await stack.admin.post('/groups/harbor', { owners: ['bob'] });
    const done = await event('harbor');
    expect([done.status, done.error]).toEqual(['completed', null]);
    const plan = await planOf(done);
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
    const [run] = await runsOf(plan);
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
    expect(await eventsAbout('quiet')).toEqual([]);
    await stack.admin.post('/groups/harbor', { members: ['alice'] });
    expect(await eventsAbout('harbor')).toHaveLength(1);
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
    expect((await event('asked')).status).toBe('completed');
  });

  it('names of others stay so, although an administrator caused the event; the next phase does not begin', async () => {
    await stack.admin.post('/groups/outside', { owners: ['bob'] });
    const failed = await event('outside');
    expect([failed.status, failed.error_code]).toEqual(['failed', 'item_failed']);
    const { items } = await planOf(failed);
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
    for (const group of groups) ends.push(await event(group));
    expect(ends.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed', 'failed']);
    expect(ends.map(({ input }) => input.depth)).toEqual([0, 1, 2, 3]);
    expect(ends[3].error).toMatch(/starts nothing/);
    expect((await stack.admin.get('/groups/again-x-x-x-x')).status).toBe(404);
  });

  it('those of data products run for the group that the policy names', async () => {
    await product('a-uuid', 'salt');
    // the group is not there yet: nothing is lost
    const early = await event('a-uuid');
    expect([early.status, early.error_code]).toEqual(['failed', 'not_possible']);
    expect(early.error).toMatch(/no group products/);
    await stack.admin.post('/groups/products', { owners: ['bob'] });
    await event('products');
    const again = (await stack.admin.post(`/provisions/${early.id}/redrive`)).body;
    const done = await ended(stack.admin, again);
    expect([done.status, done.error]).toEqual(['completed', null]);
    const [run] = await runsOf(await planOf(done));
    expect(run).toMatchObject({
      ...{ team: 'products', application: 'salt', event: 'data_product.created', status: 'completed' },
      parameters: { namespace: 'salt' },
    });
    expect(await stack.rootS3.buckets()).toContain('products-salt');
  });

  it('a consumer that was approved, once for each port', async () => {
    await product('b-uuid', 'pepper');
    await event('b-uuid', 'data_product.created');
    const approve = {
      method: 'POST',
      url: '/api/v2/data_products/a-uuid/output_ports/port-1/input_ports/approve',
      status_code: 200,
      request: JSON.stringify({ consuming_data_product_id: 'b-uuid' }),
    };
    await portal(approve);
    const done = await event('port-1');
    expect([done.status, done.error]).toEqual(['completed', null]);
    const [run] = await runsOf(await planOf(done));
    expect(run.parameters).toEqual({
      ...{ namespace: 'salt', consumer: 'b-uuid', output_port: 'port-1' },
      ...{ consumer_namespace: 'pepper', permission: 'read' },
    });
    // looked at again, nothing is new
    const { taskId: id } = (await stack.admin.post('/data-products/b-uuid/reconcile')).body;
    await ended(stack.admin, { id });
    expect(await eventsAbout('port-1')).toHaveLength(1);
  });

  it('a workflow to which the event does not tell enough is not started, and that is told when it is loaded', async () => {
    await portal({ method: 'DELETE', url: '/api/data_products/a-uuid', status_code: 200, response: '' });
    const done = await event('a-uuid', 'data_product.deleted');
    const { items } = await planOf(done);
    expect(items.map(({ input, status }: any) => [input.workflow, status])).toEqual([
      ['deleted-too', 'completed'],
    ]);
    const files = Object.fromEntries(
      Object.entries(PROVIDERS).map(([path, text]) => [path.slice('field/'.length), text]),
    );
    const { valid, warnings } = (await stack.admin.post('/api/providers/validate', { files })).body;
    expect([valid, warnings]).toEqual([
      true,
      [
        {
          ...{ file: 'workflows/deleted.yaml', line: 4, column: 12 },
          message:
            '`data_product.deleted` cannot start it: it tells no `reason`, which is required and has no default',
        },
      ],
    ]);
  });

  it('events about one thing wait for each other, and for runs of others that are under way', async () => {
    const byHand = acceptedRun(
      await execute(
        stack.admin,
        'field/product',
        { namespace: 'slow' },
        { team: 'products', application: 'slow' },
      ),
    );
    await product('c-uuid', 'slow');
    await event('c-uuid', 'data_product.created');
    const created = await planOf(await event('c-uuid', 'data_product.created'));
    const [run] = await runsOf(created);
    expect(run.created_at > (await endOf(stack.admin, byHand)).ended_at).toBe(true);

    await product('d-uuid', 'slow-too');
    await waitFor('its event', async () => (await eventsAbout('d-uuid')).length > 0);
    await portal({ method: 'DELETE', url: '/api/data_products/d-uuid', status_code: 200, response: '' });
    const deleted = await planOf(await event('d-uuid', 'data_product.deleted'));
    const [before] = await runsOf(await planOf(await event('d-uuid', 'data_product.created')));
    expect([before.status, deleted.created_at > before.ended_at]).toEqual(['completed', true]);
  });

  it('a resource that a run made', async () => {
    const more = { team: 'harbor', application: 'shop' };
    const run = acceptedRun(await execute(stack.admin, 'field/store', { bucket: 'harbor-shop' }, more));
    expect((await endOf(stack.admin, run)).event).toBeNull();
    const [resource] = (await stack.admin.get('/api/resources?type=store')).body.items;
    const done = await event(resource.id);
    const [started] = await runsOf(await planOf(done));
    expect(started).toMatchObject({
      ...{ workflow: 'noted', team: 'harbor', application: 'shop', status: 'completed' },
      parameters: { resource: resource.id, resource_type: 'store', provider: 'field', application: 'shop' },
    });
  });

  it('a service that is killed meanwhile does each once', async () => {
    await stack.admin.post('/groups/killed', { owners: ['bob'] });
    await stack.service.kill();
    await stack.restart();
    await waitFor('the event', async () => (await eventsAbout('killed')).length > 0);
    await runWhen(stack.admin, await firstRun('killed'), 'its start', () => true);
    await stack.service.kill();
    await stack.restart();
    const done = await event('killed');
    expect([done.status, done.error]).toEqual(['completed', null]);
    const plans = (await stack.admin.get('/plans?limit=200')).body.items;
    expect(plans.filter(({ id }: any) => id === done.id)).toHaveLength(1);
    expect((await runsOf(await planOf(done))).map(({ status }) => status)).toEqual(
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

  const firstRun = async (group: string): Promise<any> => {
    let found: any;
    await waitFor(`a run for ${group}`, async () => {
      const { body } = await stack.admin.get('/api/workflows?limit=200');
      found = body.items.find(({ team }: any) => team === group);
      return found !== undefined;
    });
    return found;
  };
});
