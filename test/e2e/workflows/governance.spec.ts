import { writeFileSync } from 'node:fs';
import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import { BUCKET, type Stack, START_MS } from '../../support/service/stack.js';
import { acceptedRun, endOf, execute, runWhen } from '../../support/workflows/runs.js';
import { GovernedStack, OTHER, POLICY, RUNNER } from '../../support/workflows/governed.js';

describe('what teams may run', () => {
  let world: GovernedStack;
  let stack: Stack;

  beforeAll(async () => {
    world = await GovernedStack.start();
    ({ stack } = world);
  }, START_MS);
  afterAll(() => stack?.stop());

  it('members run for their team, and see its runs; readers run nothing, and to others there is none', async () => {
    const run = acceptedRun(await world.asks('alice', 'make', { bucket_name: 'lab-one' }));
    expect(await endOf(world.person('dave'), run)).toMatchObject({
      status: 'completed',
      requested_by: 'alice',
    });
    expect(problemOf(await world.asks('dave', 'make', { bucket_name: 'lab-two' }))).toMatchObject([
      403,
      'forbidden',
    ]);
    expect(problemOf(await world.asks('erin', 'make', { bucket_name: 'lab-two' }))).toMatchObject([
      422,
      'unprocessable',
    ]);
    const seen = [
      await world.person('erin').get(`/api/workflows/${run.id}`),
      await world.decide('erin', run, 'undo', {}),
      await world.decide('erin', run, 'approve', { plan_digest: '0'.repeat(64) }),
    ];
    expect(seen.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((await world.person('erin').get('/api/workflows')).body.items).toEqual([]);
    expect((await world.decide('dave', run, 'undo', {})).status).toBe(403);
    expect((await world.decide('bob', run, 'undo', {})).status).toBe(202);
    await runWhen(stack.admin, run, 'its undo', ({ undone_at }) => undone_at !== null);
  });

  it('a service runs with the scope workflows, and sees what it asked for', async () => {
    const runner = stack.caller(RUNNER);
    const more = { team: 'Lab' };
    const refused = await execute(stack.caller(OTHER), 'field/make', { bucket_name: 'lab-s' }, more);
    expect(problemOf(refused)).toMatchObject([403, 'insufficient_scope']);
    const run = acceptedRun(await execute(runner, 'field/make', { bucket_name: 'lab-service' }, more));
    expect((await endOf(runner, run)).status).toBe('completed');
    // the rules of a team are by its name
    const spelled = await execute(runner, 'field/make', { bucket_name: 'field-x' }, { team: 'few' });
    expect(spelled.body.errors).toEqual([{ field: 'team', rule: 'names a group that does not exist' }]);
    expect((await runner.get('/api/workflows')).body.items.map(({ id }: any) => id)).toEqual([run.id]);
    const askedBy = async (name: string): Promise<string[]> => {
      const { items } = (await stack.admin.get(`/api/workflows?requested_by=${name}`)).body;
      return items.map(({ requested_by }: any) => requested_by);
    };
    expect(await Promise.all(['runner', 'alice', 'nobody'].map(askedBy))).toEqual([
      ['runner'],
      ['alice'],
      [],
    ]);
  });

  it('a run touches names of its team only, whatever its parameters say', async () => {
    const answer = await world.asks('alice', 'make', { bucket_name: 'office-data' });
    expect(problemOf(answer)).toMatchObject([422, 'not_allowed_step']);
    expect(answer.body.errors).toEqual([
      {
        field: 'steps.bucket',
        rule: 'the bucket office-data is none that a run for Lab may touch: lab, lab-*',
      },
    ]);
    await stack.admin.post('/groups/Lab-Other', { members: ['erin'] });
    const others = await world.asks('alice', 'make', { bucket_name: 'lab-other-data' });
    expect(others.body.errors).toMatchObject([{ rule: 'the bucket lab-other-data is one of another team' }]);
    const shared = { bucket_name: 'lab-shared', environment: 'shared', group_name: 'Office' };
    expect(problemOf(await world.asks('alice', 'make', shared))).toMatchObject([422, 'not_allowed_step']);
    expect([await world.hasBucket('office-data'), await world.hasBucket('lab-shared')]).toEqual([
      false,
      false,
    ]);
    await stack.admin.post('/groups/cdm', { members: ['alice'] });
    const lake = await world.asks('alice', 'make', { bucket_name: BUCKET }, { team: 'cdm' });
    expect(lake.body.errors).toMatchObject([{ rule: 'the bucket cdm-lake is one of the platform' }]);
    // a group that the run has made is the team's
    const own = acceptedRun(await world.asks('alice', 'make', { ...shared, group_name: 'Lab-people' }));
    expect(await endOf(stack.admin, own)).toMatchObject({ status: 'completed', error: null });
    // who may do all of it by hand is not bound
    const run = acceptedRun(await world.asks('admin', 'make', { bucket_name: 'field-data' }));
    expect((await endOf(stack.admin, run)).status).toBe('completed');
  });

  it("a user is the team's only if one of its runs made it", async () => {
    const key = (user_name: string, new_user: boolean) => world.asks('alice', 'key', { user_name, new_user });
    const input = { user_name: 'lab-carla' };
    const { body: carla } = await stack.admin.post('/provisions', { kind: 'user', input });
    await waitFor('lab-carla', async () => {
      return (await stack.admin.get(`/provisions/${carla.id}`)).body.status === 'completed';
    });
    for (const isNew of [false, true])
      expect((await key('lab-carla', isNew)).body.errors?.[0]).toEqual({
        field: isNew ? 'steps.user' : 'steps.key',
        rule: 'the user lab-carla is one that no run for the team made',
      });
    for (const isNew of [true, false])
      expect(await endOf(stack.admin, acceptedRun(await key('lab-loader', isNew)))).toMatchObject({
        ...{ status: 'completed', error: null },
      });
  });

  it('a rule denies, and a dry run tells what fires, who would be asked, and the quotas', async () => {
    const closed = await world.asks('alice', 'make', { bucket_name: 'lab-x', environment: 'forbidden' });
    expect(problemOf(closed)).toEqual([422, 'not_allowed_step']);
    expect(closed.body.errors).toEqual([{ field: 'rules.forbidden', rule: 'this environment is closed' }]);
    const dry = { query: '?dry_run=true' };
    const { body } = await world.asks(
      'alice',
      'make',
      { bucket_name: 'lab-dry', environment: 'production' },
      dry,
    );
    expect(body).toMatchObject({
      rules: [{ rule: 'production', then: 'approve', message: 'Production needs a second person' }],
      approvals_needed: [{ rule: 'production', from: null, count: 1 }],
      quota: [{ limit: 'bytes', asked: 1_073_741_824, allowed: 1_099_511_627_776 }],
    });
    const ask = await world.asks('alice', 'ask', { bucket_name: 'lab-dry' }, dry);
    expect(ask.body.approvals_needed).toMatchObject([
      { rule: 'step consent', from: 'Platform', count: 2, message: 'Is lab-dry needed?' },
    ]);
  });

  it('what runs created is there for the team, until the workflow of its type or an undo has deleted it', async () => {
    const more = { application: 'kept' };
    const made = acceptedRun(await world.asks('alice', 'make', { bucket_name: 'lab-kept' }, more));
    await endOf(stack.admin, made);
    const label = acceptedRun(
      await world.asks('alice', 'tag', { bucket_name: 'lab-kept', environment: 'test' }, more),
    );
    await endOf(stack.admin, label);
    const list = async (name: string, query = '') =>
      (await world.person(name).get(`/api/resources${query}`)).body.items;
    const [labelled, bucket] = await list('dave');
    expect([labelled, bucket]).toMatchObject([
      { type: 'field-label', run_id: label.id },
      ...[
        {
          type: 'field-bucket',
          name: 'kept',
          team: 'Lab',
          workflow: 'make',
          run_id: made.id,
          deleting: null,
        },
      ],
    ]);
    expect(await list('erin')).toEqual([]);
    expect((await world.person('erin').get(`/api/resources/${bucket.id}`)).status).toBe(404);
    expect((await world.person('dave').delete(`/api/resources/${bucket.id}`)).status).toBe(403);
    const deletion = acceptedRun(await world.person('bob').delete(`/api/resources/${labelled.id}`));
    expect(await endOf(stack.admin, deletion)).toMatchObject({
      ...{ status: 'completed', workflow: 'untag', parameters: { bucket_name: 'lab-kept' } },
    });
    const undo = await world.person('alice').delete(`/api/resources/${bucket.id}`);
    expect(acceptedRun(undo).id).toBe(made.id);
    await runWhen(stack.admin, made, 'its undo', ({ undone_at }) => undone_at !== null);
    const left = (await list('dave')).map(({ run_id }: any) => run_id);
    expect(left.filter((id: string) => id === made.id || id === label.id)).toEqual([]);
    expect(await world.hasBucket('lab-kept')).toBe(false);
  });

  it('the last place of a quota is taken once, by whichever of twenty requests', async () => {
    const make = (name: string, application: string) =>
      world.asks('alice', 'make', { bucket_name: name }, { team: 'Few', application });
    for (const name of ['few-1', 'few-2']) await endOf(stack.admin, acceptedRun(await make(name, name)));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => make(`few-x${index}`, `a${index}`)),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted).toHaveLength(1);
    const [refused] = answers.filter(({ status }) => status !== 202);
    expect(refused?.body).toMatchObject({
      code: 'quota_exceeded',
      errors: [{ field: 'buckets', rule: 'Few has 3, asks for 1 more, and may have 3' }],
    });
    const [last] = accepted.map(acceptedRun);
    await endOf(stack.admin, last);
    // what the team has already is not counted again, and what is taken back makes room
    expect((await endOf(stack.admin, acceptedRun(await make('few-1', 'again')))).status).toBe('completed');
    await world.decide('bob', last, 'undo', {});
    await runWhen(stack.admin, last, 'its undo', ({ undone_at }) => undone_at !== null);
    await endOf(stack.admin, acceptedRun(await make('few-room', 'room')));
    expect(problemOf(await make('few-more', 'more'))).toEqual([422, 'quota_exceeded']);
    const drop = await world.asks('alice', 'drop', { bucket_name: 'few-1' }, { team: 'Few' });
    expect((await endOf(stack.admin, acceptedRun(drop))).status).toBe('completed');
    await endOf(stack.admin, acceptedRun(await make('few-more', 'more')));
    // what was taken back has no place any more: a retry needs one again
    const few = { team: 'Few', application: 'late' };
    const next = await world.asks('alice', 'drop', { bucket_name: 'few-2' }, few);
    await endOf(stack.admin, acceptedRun(next));
    const late = await world.waiting('alice', 'ask', { bucket_name: 'few-late' }, few);
    await world.decide('pat', late, 'reject', { reason: 'not now' });
    expect((await endOf(stack.admin, late)).status).toBe('failed');
    await world.decide('bob', late, 'undo', {});
    await runWhen(stack.admin, late, 'its undo', ({ undone_at }) => undone_at !== null);
    await endOf(stack.admin, acceptedRun(await make('few-other', 'other')));
    expect(problemOf(await world.decide('bob', late, 'retry', {}))).toEqual([422, 'quota_exceeded']);
  }, 60_000);

  it('a policy that got stricter holds for what waits, and one that is not valid changes nothing', async () => {
    const late = await world.waiting('alice', 'make', { bucket_name: 'lab-late', environment: 'production' });
    writeFileSync(
      world.policyFile,
      `${POLICY}  - {name: closed, when: "true", then: deny, message: closed now}\n`,
    );
    await world.approve('bob', late);
    expect((await endOf(world.person('alice'), late)).steps[0]).toMatchObject({
      ...{ status: 'failed', error_code: 'not_allowed_step', error: expect.stringContaining('closed now') },
    });
    expect(await world.hasBucket('lab-late')).toBe(false);
    writeFileSync(world.policyFile, POLICY);
    await endOf(stack.admin, acceptedRun(await world.asks('alice', 'make', { bucket_name: 'lab-tags' })));
    const run = await world.waiting('alice', 'tag', { bucket_name: 'lab-tags' });
    writeFileSync(world.policyFile, 'steps: [storage.buckte]\n');
    expect((await world.asks('alice', 'make', { bucket_name: 'office' })).status).toBe(422);
    writeFileSync(world.policyFile, POLICY.replace('storage.*', 'storage.bucket'));
    await world.approve('bob', run);
    const failed = await endOf(world.person('alice'), run);
    expect(failed.steps).toMatchObject([
      { status: 'failed', error_code: 'not_allowed_step', error: expect.stringContaining('storage.tags') },
    ]);
    expect(problemOf(await world.asks('alice', 'tag', { bucket_name: 'lab-tags' }))).toMatchObject([
      422,
      'not_allowed_step',
    ]);
  });
});
