import { makePeople } from '../../support/access/sharing.js';
import { Gate } from '../../support/network/gate.js';
import type { Call } from '../../support/network/proxy.js';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS } from '../../support/service/stack.js';
import { FieldStack } from '../../support/workflows/field-stack.js';
import { acceptedRun, endOf, runWhen, statesOf } from '../../support/workflows/runs.js';

describe('a run of a workflow', () => {
  let field: FieldStack;
  let stack: Stack;

  beforeAll(async () => {
    field = await FieldStack.start();
    ({ stack } = field);
  }, START_MS);
  afterAll(() => field?.stop());

  const alice = () => field.alice;
  const asked = (...request: Parameters<FieldStack['asked']>) => field.asked(...request);
  const carriedOut = (...request: Parameters<FieldStack['carriedOut']>) => field.carriedOut(...request);
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
