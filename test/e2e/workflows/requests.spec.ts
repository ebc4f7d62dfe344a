import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS } from '../../support/service/stack.js';
import { FieldStack } from '../../support/workflows/field-stack.js';
import { acceptedRun, endOf, execute, runWhen, statesOf } from '../../support/workflows/runs.js';

describe('a request for a run of a workflow', () => {
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

  it('refuses a team that does not exist', async () => {
    const nobody = await execute(stack.admin, 'field/prepare', {}, { team: 'Nobody' });
    expect([problemOf(nobody), nobody.body.errors]).toEqual([
      [422, 'unprocessable'],
      [{ field: 'team', rule: 'names a group that does not exist' }],
    ]);
  });
});
