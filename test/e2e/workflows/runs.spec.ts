import { problemOf } from '../../support/service/problems.js';
import { Gate } from '../../support/network/gate.js';
import type { Call } from '../../support/network/proxy.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
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
on_failure: rollback
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: group_name, type: string, required: true}
  - {name: helper, type: string, default: bob}
  - {name: with_helper, type: boolean, default: true}
steps:
  - name: create-bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}"}
  - name: create-group
    type: storage.group
    with: {group_name: "\${inputs.group_name}", description: "For \${steps.create-bucket.outputs.bucket}", members: [alice]}
  - name: add-helper
    type: storage.membership
    if: inputs.with_helper
    with: {group_name: "\${steps.create-group.outputs.group_name}", user_name: "\${inputs.helper}", role: reader}
outputs:
  bucket: \${steps.create-bucket.outputs.bucket}
`,
  deploy: `
steps:
  - name: apply
    type: ansible
    config: {path: modules/bucket}
`,
  keep: `
on_failure: keep
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: group_name, type: string, required: true}
  - {name: helper, type: string, required: true}
steps:
  - name: all
    type: workflow
    with:
      workflow: prepare
      parameters: {bucket_name: "\${inputs.bucket_name}", group_name: "\${inputs.group_name}", helper: "\${inputs.helper}"}
outputs:
  bucket: \${steps.all.outputs.bucket}
`,
});

describe('a run of a workflow', () => {
  let stack: Stack;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    stack = await startStack({
      proxied: true,
      env: { ...NO_LIMITS, PROVIDERS_DIR: providers, PROVISION_MAX_ATTEMPTS: '2' },
    });
    await makePeople(stack, ['alice', 'bob', 'erin']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
    await stack.admin.post('/groups/Office', { members: ['erin'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const alice = () => stack.person('alice');
  const asked = (name: string, parameters: object, more: object = {}) =>
    execute(stack.admin, name, parameters, { team: 'Lab', ...more });
  const carriedOut = async (name: string, parameters: object) =>
    endOf(alice(), acceptedRun(await asked(name, parameters)));
  const hasBucket = async (name: string) => (await stack.rootS3.buckets()).includes(name);
  const group = async (name: string) => stack.admin.get(`/groups/${name}`);

  it('carries out its steps in order, and tells what each gave', async () => {
    const run = await carriedOut('field/prepare', {
      bucket_name: 'field-one',
      group_name: 'FieldOne',
    });
    expect(run).toMatchObject({
      ...{ status: 'completed', team: 'Lab', provider: 'field', workflow: 'prepare', requested_by: 'admin' },
      parameters: { bucket_name: 'field-one', group_name: 'FieldOne', helper: 'bob', with_helper: true },
      outputs: { bucket: 'field-one' },
      version: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(run.steps.map(({ name, status, outputs }: any) => [name, status, outputs])).toEqual([
      ['create-bucket', 'completed', { bucket: 'field-one' }],
      ['create-group', 'completed', { group_name: 'FieldOne' }],
      ['add-helper', 'completed', {}],
    ]);
    expect(await hasBucket('field-one')).toBe(true);
    expect((await group('FieldOne')).body).toMatchObject({
      description: 'For field-one',
      members: expect.arrayContaining([
        expect.objectContaining({ user_name: 'alice', role: 'member' }),
        expect.objectContaining({ user_name: 'bob', role: 'reader' }),
      ]),
    });
  });

  it('leaves out a step whose condition is false: false stays false', async () => {
    const parameters = { bucket_name: 'field-two', group_name: 'FieldTwo', with_helper: false };
    const run = await carriedOut('field/prepare', parameters);
    expect(statesOf(run)).toEqual({
      'create-bucket': 'completed',
      'create-group': 'completed',
      'add-helper': 'skipped',
    });
    expect((await group('FieldTwo')).body.members).toHaveLength(1);
  });

  it('a dry run shows what each step would do, and does nothing', async () => {
    const parameters = { bucket_name: 'field-dry', group_name: 'FieldDry', with_helper: false };
    const { status, body } = await asked('field/prepare', parameters, { query: '?dry_run=true' });
    expect(status).toBe(200);
    expect(body.plan).toMatchObject([
      { step: 'create-bucket', state: 'planned', changes: [{ change: 'create_bucket' }] },
      { step: 'create-group', state: 'planned', input: { description: 'For field-dry' } },
      { step: 'add-helper', state: 'skipped' },
    ]);
    expect(body.plan[1].changes.length).toBeGreaterThan(0);
    expect([await hasBucket('field-dry'), (await group('FieldDry')).status]).toEqual([false, 404]);
  });

  it('is undone in reverse order: what was new goes, what was there before stays', async () => {
    await stack.admin.post('/groups/FieldOld', { members: ['bob'] });
    const run = await carriedOut('field/prepare', {
      bucket_name: 'field-undo',
      group_name: 'FieldOld',
    });
    const answer = await stack.admin.post(`/api/workflows/${run.id}/undo`);
    const undone = await runWhen(
      alice(),
      acceptedRun(answer),
      'undone',
      ({ undone_at }) => undone_at !== null,
    );
    expect(statesOf(undone)).toEqual({
      'create-bucket': 'undone',
      'create-group': 'undone',
      'add-helper': 'undone',
    });
    expect([await hasBucket('field-undo'), (await group('FieldOld')).status]).toEqual([false, 200]);
    const { items } = (await stack.admin.get('/provisions?kind=undo&limit=3')).body;
    const steps = undone.steps.map(({ provision_id }: any) => provision_id);
    expect(items.map(({ parent_id }: any) => steps.indexOf(parent_id))).toEqual([0, 1, 2]);
    expect(problemOf(await stack.admin.post(`/api/workflows/${run.id}/undo`))).toEqual([409, 'not_possible']);
  });

  it('a bucket that is not empty stays at an undo, and is named', async () => {
    const run = await carriedOut('field/prepare', {
      bucket_name: 'field-full',
      group_name: 'FieldFull',
    });
    await stack.rootS3.put('field-full', 'x', 'data');
    await stack.admin.post(`/api/workflows/${run.id}/undo`);
    const undone = await runWhen(alice(), run, 'undone', ({ undone_at }) => undone_at !== null);
    expect(undone.steps[0].operations).toEqual([
      expect.objectContaining({ action: 'remove', status: 'skipped', message: 'it is not empty' }),
    ]);
    expect([await hasBucket('field-full'), (await group('FieldFull')).status]).toEqual([true, 404]);
  });

  /** A run whose helper is gone when its bucket is made. */
  const losing = async (
    workflow: string,
    name: string,
    parameters: { bucket_name: string; helper: string },
  ) => {
    const { bucket_name, helper } = parameters;
    await makePeople(stack, [helper]);
    const isBucket = ({ method, path }: Call) => method === 'PUT' && path.startsWith(`/${bucket_name}`);
    const gate = new Gate(stack.proxy, isBucket, { call: 1, side: 'before' });
    const run = acceptedRun(await asked(`field/${workflow}`, { ...parameters, group_name: name }));
    await gate.reached;
    expect((await stack.admin.delete(`/admin/users/${helper}`)).status).toBe(204);
    gate.open();
    return endOf(alice(), run);
  };

  it('rolls back when a step fails for good', async () => {
    const run = await losing('prepare', 'FieldBack', { bucket_name: 'field-back', helper: 'leaver' });
    expect(run).toMatchObject({
      status: 'failed',
      error_code: 'step_failed',
      error: expect.stringMatching(/^Step add-helper failed: /),
    });
    expect(statesOf(run)).toEqual({
      'create-bucket': 'undone',
      'create-group': 'undone',
      'add-helper': 'failed',
    });
    expect([await hasBucket('field-back'), (await group('FieldBack')).status]).toEqual([false, 404]);
  });

  it('with keep leaves what was made, and a retry goes on at the step that failed', async () => {
    const run = await losing('keep', 'FieldKeep', { bucket_name: 'field-keep', helper: 'late' });
    expect([run.status, statesOf(run)]).toEqual([
      'failed',
      { 'all/create-bucket': 'completed', 'all/create-group': 'completed', 'all/add-helper': 'failed' },
    ]);
    await makePeople(stack, ['late']);
    const before = run.steps.slice(0, 2).map(({ provision_id }: any) => provision_id);
    acceptedRun(await stack.admin.post(`/api/workflows/${run.id}/retry`));
    const again = await runWhen(alice(), run, 'completed', ({ status }) => status === 'completed');
    expect(again.steps.slice(0, 2).map(({ provision_id }: any) => provision_id)).toEqual(before);
    expect(again.outputs).toEqual({ bucket: 'field-keep' });
  });

  it('refuses parameters that break a rule, with the field, and records nothing', async () => {
    const before = (await alice().get('/api/workflows')).body.items.length;
    const wrong = await asked('field/prepare', { bucket_name: 7, surprise: 1 });
    expect(problemOf(wrong)).toEqual([422, 'unprocessable']);
    expect(wrong.body.errors.map(({ field }: any) => field)).toContain('parameters.bucket_name');
    expect((await alice().get('/api/workflows')).body.items.length).toBe(before);
  });

  it('refuses what the database cannot store', async () => {
    const wrong = await asked('field/prepare', { bucket_name: 'field-nul', group_name: 'Field\0' });
    expect(problemOf(wrong)).toEqual([422, 'unprocessable']);
    const text = await asked('field/keep', {
      bucket_name: 'field-nul',
      group_name: 'FieldNul',
      helper: '\0',
    });
    expect(problemOf(text)).toEqual([422, 'unprocessable']);
  });

  it('a group that is made again sees nothing of the runs of the one before, and an undo is not cancelled', async () => {
    await stack.admin.post('/groups/Short', { members: ['alice'] });
    const parameters = { bucket_name: 'field-short', group_name: 'FieldShort' };
    const run = acceptedRun(await execute(stack.admin, 'field/prepare', parameters, { team: 'Short' }));
    await endOf(stack.admin, run);
    expect((await alice().get(`/api/workflows/${run.id}`)).status).toBe(200);
    await stack.admin.delete('/admin/groups/Short');
    const gone = await execute(stack.admin, 'field/prepare', parameters, { team: 'Short' });
    expect(problemOf(gone)).toEqual([422, 'unprocessable']);
    await stack.admin.post('/groups/Short', { members: ['alice'] });
    expect((await alice().get(`/api/workflows/${run.id}`)).status).toBe(404);
    await stack.admin.post(`/api/workflows/${run.id}/undo`);
    const cancelled = await stack.admin.post(`/api/workflows/${run.id}/cancel`);
    expect(problemOf(cancelled)).toEqual([409, 'not_possible']);
    const undone = await runWhen(stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
    expect(Object.values(statesOf(undone))).toEqual(['undone', 'undone', 'undone']);
  });

  it('the same idempotency key gives the same run, and another request with it is refused', async () => {
    const parameters = { bucket_name: 'field-once', group_name: 'FieldOnce' };
    const headers = { 'idempotency-key': 'once' };
    const first = acceptedRun(await asked('field/prepare', parameters, { headers }));
    expect(acceptedRun(await asked('field/prepare', parameters, { headers })).id).toBe(first.id);
    const other = await asked('field/prepare', { ...parameters, bucket_name: 'x-y-z' }, { headers });
    expect(problemOf(other)).toEqual([409, 'idempotency_conflict']);
    await endOf(alice(), first);
  });

  it("members see their team's runs, other teams' do not exist, and who did not ask for one does nothing with it", async () => {
    const run = await carriedOut('field/prepare', { bucket_name: 'field-ours', group_name: 'FieldOurs' });
    const erin = stack.person('erin');
    expect((await alice().get(`/api/workflows/${run.id}`)).status).toBe(200);
    expect((await erin.get(`/api/workflows/${run.id}`)).status).toBe(404);
    expect((await erin.get('/api/workflows')).body.items).toEqual([]);
    const forbidden = [
      await alice().post(`/api/workflows/${run.id}/undo`),
      await alice().post(`/api/workflows/${run.id}/retry`),
      await alice().post(`/api/workflows/${run.id}/cancel`),
    ];
    expect(forbidden.map((each) => problemOf(each))).toEqual(forbidden.map(() => [403, 'forbidden']));
  });

  it('refuses a team that does not exist, and a step that this service cannot carry out', async () => {
    const nobody = await execute(stack.admin, 'field/prepare', {}, { team: 'Nobody' });
    expect([problemOf(nobody), nobody.body.errors]).toEqual([
      [422, 'unprocessable'],
      [{ field: 'team', rule: 'names a group that does not exist' }],
    ]);
    const later = await asked('field/deploy', {});
    expect([problemOf(later), later.body.errors]).toEqual([
      [422, 'not_allowed_step'],
      [{ field: 'steps.apply', rule: 'this service cannot carry out steps of the type ansible' }],
    ]);
  });

  it('a cancelled run ends after the step that is under way; what it made stays until it is undone', async () => {
    const run = acceptedRun(
      await asked('field/keep', { bucket_name: 'field-stop', group_name: 'FieldStop', helper: 'bob' }),
    );
    // no step can end meanwhile
    stack.minio.pause();
    const cancelled = await stack.admin.post(`/api/workflows/${run.id}/cancel`);
    stack.minio.resume();
    const end = await endOf(stack.admin, run);
    expect([cancelled.status, end.status]).toEqual([202, 'cancelled']);
    await stack.admin.post(`/api/workflows/${run.id}/undo`);
    const undone = await runWhen(stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
    expect(Object.values(statesOf(undone))).not.toContain('completed');
    expect(await hasBucket('field-stop')).toBe(false);
  });
});
