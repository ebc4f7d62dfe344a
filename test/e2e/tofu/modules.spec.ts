import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { COPY_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { tempDir } from '../../support/service/temp.js';
import type { ToolStack } from '../../support/tools/stack.js';
import { hasTofu, startTofuStack, TOFU_START_MS } from '../../support/tools/tofu.js';
import { blocksOf } from '../../support/walks/pages.js';
import {
  acceptedRun,
  endOf,
  execute,
  providerFiles,
  runWhen,
  statesOf,
} from '../../support/workflows/runs.js';
import { secretFile } from '../../support/workflows/steps.js';

const SECRET = 'token-of-the-forge-0815';
const STEP = `
parameters:
  - {name: state, type: string, required: true}
  - {name: text, type: string, required: true}
  - {name: environment, type: string, default: test}
steps:
  - name: note
    type: terraform
    with:
      state: \${inputs.state}
      module: ./modules/note
      variables: {text: "\${inputs.text}"}
      secret_variables: {token: {path: teams/Lab/registry, key: token}}
`;
const BUCKET = `  - name: bucket
    type: storage.bucket
    with: {bucket: "\${steps.note.outputs.values.bucket}"}
outputs:
  values: \${steps.note.outputs.values}
`;
const NOTE = {
  variable: { text: { type: 'string' }, token: { type: 'string', sensitive: true } },
  resource: {
    terraform_data: { note: { input: '${var.text}' }, login: { input: '${var.token}' } },
  },
  output: {
    bucket: { value: 'lab-${var.text}' },
    text: { value: '${terraform_data.note.output}' },
    hidden: { value: '${var.token}', sensitive: true },
    // OpenTofu does not know that this is the token
    unmarked: { value: '${terraform_data.login.output}' },
  },
};
/** The module of docs/tools.md, and the steps that use it. */
const [PAGE_MODULE = '', PAGE_STEPS = ''] = ['json', 'yaml'].map(
  (wanted) => blocksOf(join(ROOT, 'docs/tools.md')).find(({ language }) => language === wanted)?.text,
);
const PROVIDERS = {
  ...providerFiles('page', {
    note: `parameters: [{name: text, type: string, required: true}]\n${PAGE_STEPS}`,
  }),
  'page/modules/note/main.tf.json': PAGE_MODULE,
  ...providerFiles('infra', {
    note: `on_failure: rollback${STEP}${BUCKET}`,
    plain: `on_failure: rollback${STEP}`,
    alone: `
parameters: [{name: state, type: string, required: true}]
steps:
  - name: one
    type: tofu
    with:
      state: \${inputs.state}
      files:
        main.tf.json: {resource: {terraform_data: {other: {input: 1}}}}
`,
    foreign: `
steps:
  - name: one
    type: tofu
    with:
      state: foreign
      files:
        main.tf.json: '{"resource": {"random_id": {"a": {"byte_length": 4}}}}'
`,
    broken: `
parameters: [{name: state, type: string, required: true}]
steps:
  - name: one
    type: tofu
    with:
      state: \${inputs.state}
      files:
        main.tf.json: {resource: {terraform_data: {a: {input: "\${nothing.here}"}}}}
`,
  }),
  'infra/modules/note/main.tf.json': JSON.stringify(NOTE),
};
const RULES = `
rules:
  - name: production
    when: has(request.parameters.environment) && request.parameters.environment == "production"
    then: approve
`;

(hasTofu() ? describe : describe.skip)('modules of OpenTofu', () => {
  let world: ToolStack;
  let bao: OpenBao;
  let count = 0;

  beforeAll(async () => {
    bao = await startOpenBao();
    await bao.call('POST', 'secret/data/teams/Lab/registry', { data: { token: SECRET } });
    const [targets, policy] = ['targets.json', 'policy.yaml'].map((name) => join(tempDir('tofu'), name));
    const token_file = secretFile(await bao.tokenWith(COPY_POLICY));
    const vault = { name: 'main', kind: 'vault', address: bao.address, token_file, teams: ['Lab'] };
    writeFileSync(`${targets}`, JSON.stringify({ targets: [vault] }));
    writeFileSync(`${policy}`, RULES);
    world = await startTofuStack(PROVIDERS, {
      TARGETS_FILE: `${targets}`,
      WORKFLOW_POLICY_FILE: `${policy}`,
    });
    world.stack.secrets.add('the token in the vault', SECRET);
    const { body } = await world.stack.admin.get('/api/providers');
    const loaded = body.items.map(({ name, error }: any) => [name, error ?? null]).sort();
    expect(loaded).toEqual([
      ['infra', null],
      ['page', null],
    ]);
  }, TOFU_START_MS);
  afterAll(async () => {
    await world?.stop();
    await bao?.stop();
  });

  const asks = (workflow: string, parameters: object, more: object = {}) =>
    execute(world.stack.person('alice'), `infra/${workflow}`, parameters, {
      ...{ team: 'Lab', application: `app-${(count += 1)}` },
      ...more,
    });
  const carriedOut = async (workflow: string, parameters: object) =>
    endOf(world.stack.admin, acceptedRun(await asks(workflow, parameters)));
  const waiting = async (workflow: string, parameters: object) =>
    runWhen(
      world.stack.admin,
      acceptedRun(await asks(workflow, parameters)),
      'a question',
      ({ status }) => status === 'awaiting_approval',
    );
  const approve = ({ id, plan_digest }: any) =>
    world.stack.person('bob').post(`/api/workflows/${id}/approve`, { plan_digest });
  const undone = async ({ id }: { id: string }) => {
    await world.stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(world.stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  };
  const operationsOf = async (id: string, step: string): Promise<string[]> => {
    const run = (await world.stack.admin.get(`/api/workflows/${id}`)).body;
    const { provision_id } = run.steps.find(({ name }: any) => name === step);
    const { result } = (await world.stack.admin.get(`/provisions/${provision_id}`)).body;
    return result.operations.map(({ action, status, entitlement }: any) =>
      [action, status, entitlement.id].join(' '),
    );
  };

  it('do what the page about tools says, as it stands there', async () => {
    const asked = { team: 'Lab', application: 'page' };
    const answer = await execute(world.stack.person('alice'), 'page/note', { text: 'page' }, asked);
    const run = await endOf(world.stack.admin, acceptedRun(answer));
    expect([run.status, run.error]).toEqual(['completed', null]);
    expect(await operationsOf(run.id, 'bucket')).toEqual(['create done lab-page']);
  });

  it('make things whose outputs the next step takes; no secret is kept or shown, and nothing is left in the folder', async () => {
    const run = await carriedOut('note', { state: 'first', text: 'hello' });
    expect([run.error, statesOf(run)]).toEqual([null, { note: 'completed', bucket: 'completed' }]);
    expect(run.outputs).toEqual({ values: { bucket: 'lab-hello', text: 'hello' } });
    expect(await operationsOf(run.id, 'note')).toEqual([
      'create done terraform_data.login',
      'create done terraform_data.note',
    ]);
    expect((await world.stack.rootS3.buckets()).includes('lab-hello')).toBe(true);
    const receipt = (await world.stack.admin.get(`/api/workflows/${run.id}/receipt`)).body;
    const logs = (await world.stack.admin.get(`/api/workflows/${run.id}/logs`)).body;
    const tables = [
      'tofu_state',
      'provision',
      'workflow_run',
      'run_receipt',
      'provision_event',
      'audit_event',
    ];
    const kept = await Promise.all(tables.map((table) => world.rows(table)));
    expect([JSON.stringify([run, receipt, logs]), ...kept].filter((each) => each.includes(SECRET))).toEqual(
      [],
    );
    expect(kept[0]).toContain('encrypted_data');
    expect(kept[0]).not.toContain('terraform_data');
    expect(readdirSync(join(world.data, 'tools'))).toEqual([]);
  });

  it('are planned by the worker, and that plan is what people approve; the API tells that it does not know', async () => {
    const parameters = { state: 'asked', text: 'asked', environment: 'production' };
    const dry = (await asks('plain', parameters, { query: '?dry_run=true' })).body;
    expect(dry.plan[0]).toMatchObject({ step: 'note', type: 'tofu', changes: null });
    expect(dry.planned_by_worker).toEqual(['note']);
    const run = await waiting('plain', parameters);
    const [{ plan }] = run.approvals;
    expect(plan[0].changes).toEqual([
      {
        ...{ change: 'create_resource', target: 'tofu asked: terraform_data.login', before: null },
        after: { id: '(known after apply)', input: '(sensitive)', output: '(known after apply)' },
      },
      {
        ...{ change: 'create_resource', target: 'tofu asked: terraform_data.note', before: null },
        after: { id: '(known after apply)', input: 'asked', output: '(known after apply)' },
      },
      expect.objectContaining({ change: 'set_output', target: 'tofu asked: bucket' }),
      expect.objectContaining({ change: 'set_output', after: { value: '(sensitive)' } }),
      expect.objectContaining({ change: 'set_output', target: 'tofu asked: text' }),
      expect.objectContaining({ change: 'set_output', target: 'tofu asked: unmarked' }),
    ]);
    await approve(run);
    const end = await endOf(world.stack.admin, run);
    expect([end.error, end.status]).toEqual([null, 'completed']);
    const verified = (await world.stack.admin.post(`/api/workflows/${run.id}/verify`)).body;
    expect(verified.steps).toMatchObject([
      { name: 'note', state: 'not_checked', reason: expect.stringContaining('Only a worker') },
    ]);
    const again = await waiting('plain', { ...parameters, text: 'other' });
    const [change] = again.approvals[0].plan[0].changes;
    expect(change).toMatchObject({
      change: 'change_resource',
      before: { input: 'asked' },
      after: { input: 'other' },
    });
    expect(JSON.stringify(again)).not.toContain(SECRET);
    await world.stack.admin.post(`/api/workflows/${again.id}/cancel`);
  });

  it('that have changed since the approval are asked about again, with the difference', async () => {
    const run = await waiting('plain', { state: 'moved', text: 'moved', environment: 'production' });
    await carriedOut('plain', { state: 'moved', text: 'between' });
    await approve(run);
    const asked = await runWhen(
      world.stack.admin,
      run,
      'another question',
      ({ approvals }) => approvals.length === 2,
    );
    expect(asked.approvals[1].difference).toMatchObject({
      step: 'note',
      now: { changes: expect.arrayContaining([expect.objectContaining({ change: 'change_resource' })]) },
    });
    await world.stack.admin.post(`/api/workflows/${run.id}/cancel`);
  });

  it('are taken back: what the run made is destroyed, what was there or changed since stays', async () => {
    const first = await carriedOut('alone', { state: 'shared' });
    await undone(first);
    expect(await world.states()).not.toContain('shared');
    const [made, changed] = [
      await carriedOut('note', { state: 'kept', text: 'kept' }),
      await carriedOut('note', { state: 'kept', text: 'kept-too' }),
    ];
    expect([made.error, changed.error]).toEqual([null, null]);
    const back = await undone(made);
    const { operations } = back.steps.find(({ name }: any) => name === 'note');
    expect(operations).toEqual([
      expect.objectContaining({ status: 'skipped', message: 'it was changed since: it stays' }),
      expect.objectContaining({ action: 'remove', status: 'done' }),
    ]);
  });

  it('of a foreign provider, or with an error, are refused with the reason', async () => {
    const foreign = await carriedOut('foreign', {});
    expect(foreign.error).toContain('must not use the provider registry.opentofu.org/hashicorp/random');
    const broken = await carriedOut('broken', { state: 'broken' });
    expect(broken.error).toContain('OpenTofu failed (plan): Reference to undeclared resource');
  });

  it('that run programs do not load', async () => {
    const files = providerFiles('evil', {
      run: `
steps:
  - name: one
    type: tofu
    with:
      state: evil
      files:
        main.tf.json:
          resource: {terraform_data: {a: {provisioner: [{local-exec: {command: id}}]}}}
`,
    });
    const flat = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path.slice('evil/'.length), text]),
    );
    const answer = await world.stack.admin.post('/api/providers/validate', { files: flat });
    expect(answer.body.errors.map(({ message }: any) => message)).toEqual([
      '`main.tf.json: resource.terraform_data.a` must not have a `provisioner`: a step runs no programs',
    ]);
    expect(answer.status).toBe(200);
  });
});
