import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { ctl } from '../../support/walks/ctl.js';
import { execute, providerFiles, writeProviders } from '../../support/workflows/runs.js';

const PROVIDERS = providerFiles('infra', {
  note: `
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: lab-planned}
  - name: note
    type: tofu
    with:
      state: note
      files:
        main.tf.json: {resource: {terraform_data: {other: {input: 1}}}}
`,
});

/** No OpenTofu is needed: the process that serves requests has none. */
(hasPostgres() ? describe : describe.skip)('a step that only a worker can plan', () => {
  let stack: Stack;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    const env = { ...NO_LIMITS, ROLE: 'api', PROVIDERS_DIR: providers };
    stack = await startStack({ embedded: false, broker: false, env });
    await makePeople(stack, ['alice']);
    await stack.admin.post('/groups/Lab', { members: ['alice'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  it('is named by the dry run of a run: no changes does not mean that nothing changes', async () => {
    const { body } = await execute(stack.admin, 'infra/note', {}, { team: 'Lab', query: '?dry_run=true' });
    expect(body.plan).toMatchObject([
      { step: 'bucket', changes: [{ change: 'create_bucket' }] },
      { step: 'note', type: 'tofu', state: 'planned', changes: null },
    ]);
    expect(body.planned_by_worker).toEqual(['note']);
  });

  it('is named by the dry run of an order plan', async () => {
    const input = { provider: 'infra', workflow: 'note', parameters: {}, team: 'Lab' };
    const items = [{ kind: 'workflow.run', input }];
    const { body } = await stack.admin.post('/plans?dry_run=true', { items });
    expect(body.items[0].changes).toMatchObject([
      { change: 'create_bucket' },
      { change: 'planned_by_worker', target: 'tofu note', before: null, after: null },
    ]);
  });

  it('is told in a terminal', async () => {
    const env = { MINIO_MANAGER_URL: stack.service.baseUrl, MINIO_MANAGER_TOKEN: stack.admin.token };
    const { code, out } = await ctl(env, ['run', 'infra/note', '--team', 'Lab', '--dry-run']);
    expect(code).toBe(0);
    expect(out).toMatch(/note +tofu +planned +a worker plans it before it is carried out/);
  });
});
