import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { type Stack, START_MS } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { Events, startedWorkflow as workflow, startEvents } from '../../support/workflows/events.js';
import { ended } from '../../support/workflows/provisions.js';
import { acceptedRun, endOf, execute } from '../../support/workflows/runs.js';

const PRODUCT = 'parameters: [{name: namespace, required: true}]';
const PROVIDERS = {
  'field/provider.yaml': `
name: field
description: What is done by itself
version: 1.0.0
owner: field@example.org
workflows_dir: workflows
`,
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
};

describe('what happens to data products starts workflows', () => {
  let stack: Stack;
  const events = new Events(() => stack);

  beforeAll(async () => {
    const policy = join(tempDir('policy'), 'policy.yaml');
    writeFileSync(policy, 'data_product_team: products\n');
    stack = await startEvents(PROVIDERS, { WORKFLOW_POLICY_FILE: policy, PORTAL_DEBOUNCE_MS: '50' });
  }, START_MS);
  afterAll(() => stack?.stop());

  const portal = (body: object) => stack.service.request('POST', '/webhooks/data-product-portal', { body });
  const product = (id: string, namespace: string) =>
    portal({ method: 'POST', url: '/api/data_products', response: JSON.stringify({ id, namespace }) });

  it('those of data products run for the group that the policy names', async () => {
    await product('a-uuid', 'salt');
    // the group is not there yet: nothing is lost
    const early = await events.one('a-uuid');
    expect([early.status, early.error_code]).toEqual(['failed', 'not_possible']);
    expect(early.error).toMatch(/no group products/);
    await stack.admin.post('/groups/products', { owners: ['bob'] });
    const again = (await stack.admin.post(`/provisions/${early.id}/redrive`)).body;
    const done = await ended(stack.admin, again);
    expect([done.status, done.error]).toEqual(['completed', null]);
    const [run] = await events.runsOf(await events.planOf(done));
    expect(run).toMatchObject({
      ...{ team: 'products', application: 'salt', event: 'data_product.created', status: 'completed' },
      parameters: { namespace: 'salt' },
    });
    expect(await stack.rootS3.buckets()).toContain('products-salt');
  });

  it('a consumer that was approved, once for each port', async () => {
    await product('b-uuid', 'pepper');
    await events.one('b-uuid', 'data_product.created');
    const approve = {
      method: 'POST',
      url: '/api/v2/data_products/a-uuid/output_ports/port-1/input_ports/approve',
      status_code: 200,
      request: JSON.stringify({ consuming_data_product_id: 'b-uuid' }),
    };
    await portal(approve);
    const done = await events.one('port-1');
    expect([done.status, done.error]).toEqual(['completed', null]);
    const [run] = await events.runsOf(await events.planOf(done));
    expect(run.parameters).toEqual({
      ...{ namespace: 'salt', consumer: 'b-uuid', output_port: 'port-1' },
      ...{ consumer_namespace: 'pepper', permission: 'read' },
    });
    // looked at again, nothing is new
    const { taskId: id } = (await stack.admin.post('/data-products/b-uuid/reconcile')).body;
    await ended(stack.admin, { id });
    expect(await events.about('port-1')).toHaveLength(1);
  });

  it('a workflow to which the event does not tell enough is not started, and that is told when it is loaded', async () => {
    await portal({ method: 'DELETE', url: '/api/data_products/a-uuid', status_code: 200, response: '' });
    const done = await events.one('a-uuid', 'data_product.deleted');
    const { items } = await events.planOf(done);
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
    await events.one('c-uuid', 'data_product.created');
    const created = await events.planOf(await events.one('c-uuid', 'data_product.created'));
    const [run] = await events.runsOf(created);
    expect(run.created_at > (await endOf(stack.admin, byHand)).ended_at).toBe(true);

    await product('d-uuid', 'slow-too');
    await waitFor('its event', async () => (await events.about('d-uuid')).length > 0);
    await portal({ method: 'DELETE', url: '/api/data_products/d-uuid', status_code: 200, response: '' });
    const deleted = await events.planOf(await events.one('d-uuid', 'data_product.deleted'));
    const [before] = await events.runsOf(
      await events.planOf(await events.one('d-uuid', 'data_product.created')),
    );
    expect([before.status, deleted.created_at > before.ended_at]).toEqual(['completed', true]);
  });
});
