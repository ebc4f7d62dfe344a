import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS } from '../../support/service/stack.js';
import { acceptedRun, endOf, runWhen, statesOf } from '../../support/workflows/runs.js';
import { GovernedStack, RUNNER } from '../../support/workflows/governed.js';

describe('who approves what is run', () => {
  let world: GovernedStack;
  let stack: Stack;

  beforeAll(async () => {
    world = await GovernedStack.start();
    ({ stack } = world);
  }, START_MS);
  afterAll(() => stack?.stop());

  const listed = async (name: string) => (await world.person(name).get('/api/approvals')).body.items;

  it('an owner approves the plan that was shown; the requester, readers and others do not', async () => {
    const run = await world.waiting('alice', 'make', { bucket_name: 'lab-prod', environment: 'production' });
    expect(run.approvals).toMatchObject([
      {
        ...{ state: 'open', requirements: [{ rule: 'production', missing: 1 }], decisions: [] },
        plan: [
          { step: 'bucket', state: 'planned' },
          ...[
            { step: 'group', state: 'skipped' },
            { step: 'member', state: 'skipped' },
          ],
        ],
      },
    ]);
    expect(run.approvals[0].plan[0].changes.map(({ change }: any) => change)).toEqual([
      ...['create_bucket', 'set_quota_bytes'],
    ]);
    expect(await listed('bob')).toMatchObject([{ run_id: run.id, requested_by: 'alice', team: 'Lab' }]);
    expect(await Promise.all(['alice', 'dave', 'erin'].map(listed))).toEqual([[], [], []]);
    expect(problemOf(await world.approve('alice', run))).toMatchObject([403, 'forbidden']);
    expect(problemOf(await world.approve('dave', run))).toMatchObject([403, 'forbidden']);
    expect((await world.approve('erin', run)).status).toBe(404);
    expect(problemOf(await world.approve('bob', run, { bypass_reason: 'I may not' }))).toMatchObject([
      403,
      'forbidden',
    ]);
    const stale = await world.decide('bob', run, 'approve', { plan_digest: '0'.repeat(64) });
    expect(problemOf(stale)).toMatchObject([409, 'plan_changed']);
    expect(await world.hasBucket('lab-prod')).toBe(false);
    expect((await world.approve('bob', run, { comment: 'as agreed' })).status).toBe(200);
    const done = await endOf(world.person('alice'), run);
    expect(done).toMatchObject({
      ...{ status: 'completed', plan_digest: null },
      approvals: [{ state: 'approved', decisions: [{ decided_by: 'bob', comment: 'as agreed' }] }],
    });
    expect(problemOf(await world.approve('bob', run))).toMatchObject([409, 'not_possible']);
    expect(await world.actionsOf(run.id)).toEqual(['workflow.requested', 'workflow.approved']);
    const { payload } = (await stack.admin.get(`/api/workflows/${run.id}/receipt`)).body;
    expect(payload).toMatchObject({
      plan_digest: run.plan_digest,
      approvals: [{ state: 'approved', decisions: [{ decided_by: 'bob', decision: 'approve' }] }],
    });
  });

  it('nobody is asked again about what becomes known later', async () => {
    const run = await world.waiting('alice', 'marked', { bucket_name: 'lab-marked' });
    const { input } = run.approvals[0].plan[0];
    expect(input).toMatchObject({ state: 'present', tags: { run: expect.stringContaining('known') } });
    expect((await world.approve('bob', run)).status).toBe(200);
    expect(await endOf(world.person('alice'), run)).toMatchObject({
      ...{ status: 'completed', approvals: [{ state: 'approved' }] },
    });
  });

  it('nobody decides about what they asked for, an owner neither; a service decides about nothing', async () => {
    const run = await world.waiting('bob', 'make', { bucket_name: 'lab-own', environment: 'production' });
    expect(await listed('bob')).toEqual([]);
    expect(problemOf(await world.approve('bob', run))).toMatchObject([403, 'forbidden']);
    const reason = { reason: 'no longer needed' };
    expect(problemOf(await world.decide('bob', run, 'reject', reason))).toMatchObject([403, 'forbidden']);
    const service = stack.caller(RUNNER);
    const approved = { plan_digest: run.plan_digest };
    expect(problemOf(await service.post(`/api/workflows/${run.id}/approve`, approved))).toMatchObject([
      403,
      'forbidden',
    ]);
    expect((await world.approve('admin', run)).status).toBe(200);
    expect((await endOf(world.person('bob'), run)).status).toBe('completed');
  });

  it('a step waits for as many people of a group as it asks for', async () => {
    const run = await world.waiting('alice', 'ask', { bucket_name: 'lab-asked' });
    expect(statesOf(run)).toEqual({ first: 'completed', consent: 'waiting', tag: 'waiting' });
    expect(problemOf(await world.approve('bob', run))).toMatchObject([403, 'forbidden']);
    // a reader of the group that is asked
    expect(problemOf(await world.approve('dave', run))).toMatchObject([403, 'forbidden']);
    expect((await world.approve('pat', run)).body).toMatchObject({
      status: 'awaiting_approval',
      approvals: [{ requirements: [{ missing: 1 }] }],
    });
    expect(problemOf(await world.approve('pat', run))).toMatchObject([409, 'already_decided']);
    expect((await world.approve('quinn', run)).status).toBe(200);
    expect(await endOf(world.person('alice'), run)).toMatchObject({ status: 'completed' });
  });

  it('who may approve is named: owners to all who see the run, members of a group to that group', async () => {
    const named = async (name: string, run: any) => {
      const { body } = await world.person(name).get(`/api/workflows/${run.id}`);
      return body.approvals.map(({ requirements }: any) =>
        requirements.map(({ approvers }: any) => approvers),
      );
    };
    const run = await world.waiting('alice', 'make', { bucket_name: 'lab-whom', environment: 'production' });
    for (const name of ['alice', 'bob', 'dave', 'admin']) expect(await named(name, run)).toEqual([[['bob']]]);
    expect((await listed('bob'))[0].approval.requirements).toMatchObject([{ approvers: ['bob'] }]);
    await stack.admin.post('/admin/users/bob/disable');
    expect(await named('alice', run)).toEqual([[[]]]);
    await stack.admin.post('/admin/users/bob/enable');
    const ended = async (each: any) => {
      expect((await world.decide('admin', each, 'reject', { reason: 'only asked' })).status).toBe(200);
      await endOf(stack.admin, each);
    };
    await ended(run);
    expect(await named('alice', run)).toEqual([[[]]]);
    // an owner who asks does not decide
    const own = await world.waiting('bob', 'make', { bucket_name: 'lab-whose', environment: 'production' });
    expect(await named('alice', own)).toEqual([[[]]]);
    await ended(own);
    const asked = await world.waiting('alice', 'ask', { bucket_name: 'lab-whoever' });
    const both = [[['pat', 'quinn']]];
    expect(await Promise.all(['alice', 'bob', 'pat', 'admin'].map((name) => named(name, asked)))).toEqual([
      ...[[[[]]], [[[]]]],
      ...[both, both],
    ]);
    await ended(asked);
  });

  it('a rejected run that did nothing is cancelled; later the step fails', async () => {
    const run = await world.waiting('alice', 'make', { bucket_name: 'lab-no', environment: 'production' });
    expect((await world.decide('bob', run, 'reject', { reason: 'not now' })).status).toBe(200);
    expect(await endOf(world.person('alice'), run)).toMatchObject({
      ...{ status: 'cancelled', approvals: [{ state: 'rejected', decisions: [{ comment: 'not now' }] }] },
    });
    expect(await world.hasBucket('lab-no')).toBe(false);
    const later = await world.waiting('alice', 'ask', { bucket_name: 'lab-later' });
    // one of two has approved, and thinks again
    expect((await world.approve('pat', later)).status).toBe(200);
    const rejected = await world.decide('pat', later, 'reject', { reason: 'no need' });
    expect(rejected.status).toBe(200);
    const failed = await endOf(world.person('alice'), later);
    expect(failed).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('pat rejected it: no need'),
    });
    expect(acceptedRun(await world.decide('alice', failed, 'retry', {})).id).toBe(later.id);
    const again = await runWhen(
      stack.admin,
      later,
      'the question',
      (each) => each.status === 'awaiting_approval',
    );
    expect(again.approvals.map(({ state }: any) => state)).toEqual(['rejected', 'open']);
    expect((await world.decide('alice', again, 'cancel', {})).status).toBe(202);
    expect((await endOf(world.person('alice'), again)).status).toBe('cancelled');
  });

  it('a question without an answer cancels the run', async () => {
    const run = acceptedRun(
      await world.asks('alice', 'make', { bucket_name: 'lab-brief', environment: 'brief' }),
    );
    expect(await endOf(world.person('alice'), run)).toMatchObject({
      ...{ status: 'cancelled', approvals: [{ state: 'expired' }] },
    });
  });

  it('a step that is another one than was approved is asked about again, with the difference', async () => {
    await endOf(stack.admin, acceptedRun(await world.asks('alice', 'make', { bucket_name: 'lab-tags' })));
    const run = await world.waiting('alice', 'tag', { bucket_name: 'lab-tags' });
    const parameters = { bucket_name: 'lab-tags', environment: 'by-hand' };
    await endOf(
      stack.admin,
      acceptedRun(await world.asks('admin', 'tag', parameters, { application: 'other' })),
    );
    expect((await world.approve('bob', run)).status).toBe(200);
    const again = await runWhen(
      stack.admin,
      run,
      'a second question',
      ({ approvals }) => approvals.length > 1,
    );
    expect(again).toMatchObject({
      ...{ status: 'awaiting_approval' },
      approvals: [{ state: 'approved' }, { state: 'open', difference: { step: 'tag' } }],
    });
    expect(again.plan_digest).not.toBe(run.plan_digest);
    expect(problemOf(await world.approve('bob', run))).toMatchObject([409, 'plan_changed']);
    await world.approve('bob', again);
    expect((await endOf(world.person('alice'), again)).status).toBe('completed');
  });

  it('the time limit of a run counts from its last start, and not while it waits for people', async () => {
    const brief = { team: 'Brief' };
    const slow = acceptedRun(await world.asks('alice', 'slow', { bucket_name: 'brief-slow' }, brief));
    const asked = await world.waiting('alice', 'ask', { bucket_name: 'brief-asked' }, brief);
    const failed = await endOf(stack.admin, slow);
    expect(failed.steps[2]).toMatchObject({
      ...{ status: 'failed', error_code: 'quota_exceeded' },
      error: expect.stringContaining('a run may take 2 seconds'),
    });
    acceptedRun(await world.decide('alice', failed, 'retry', {}));
    for (const name of ['pat', 'quinn']) await world.approve(name, asked);
    for (const run of [slow, asked])
      expect(await endOf(stack.admin, run)).toMatchObject({ status: 'completed', error: null });
  });

  it('an administrator decides alone with a reason, which is an event of its own', async () => {
    const run = await world.waiting('alice', 'ask', { bucket_name: 'lab-alone' });
    expect(problemOf(await world.approve('admin', run))).toMatchObject([403, 'forbidden']);
    expect((await world.approve('admin', run, { bypass_reason: 'all are on leave' })).status).toBe(200);
    expect((await endOf(world.person('alice'), run)).status).toBe('completed');
    expect(await world.actionsOf(run.id)).toEqual(['workflow.requested', 'workflow.approval_bypassed']);
  });
});
