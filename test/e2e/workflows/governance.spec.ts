import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemOf } from '../../support/problems.js';
import { makePeople, NO_LIMITS } from '../../support/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/stack.js';
import { tempDir } from '../../support/temp.js';
import { acceptedRun, endOf, execute, runWhen, statesOf, writeProviders } from '../../support/workflows.js';

const PROVIDERS = {
  'field/provider.yaml': `
name: field
description: Buckets for field work
version: 1.0.0
owner: field@example.org
workflows_dir: workflows
resource_types:
  - type: field-bucket
    operations: {create: {workflow: make}}
  - type: field-label
    operations: {create: {workflow: tag}, delete: {workflow: untag}}
`,
  'field/workflows/untag.yaml': `
name: untag
description: Ends what tag made
operation: delete
parameters:
  - {name: bucket_name, type: string, required: true}
steps:
  - name: tag
    type: storage.tags
    with: {bucket: "\${inputs.bucket_name}", tags: {stage: "none"}}
`,
  'field/workflows/make.yaml': `
name: make
description: A bucket, and a group with its name
on_failure: rollback
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: environment, type: string, default: test}
  - {name: group_name, type: string, default: Lab-people}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}", quota_bytes: 1073741824}
  - name: group
    type: storage.group
    if: inputs.environment == "shared"
    with: {group_name: "\${inputs.group_name}", description: "For \${steps.bucket.outputs.bucket}"}
  - name: member
    type: storage.membership
    if: inputs.environment == "shared"
    with: {group_name: "\${steps.group.outputs.group_name}", user_name: dave}
`,
  'field/workflows/tag.yaml': `
name: tag
description: Tags of a bucket
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: environment, type: string, default: production}
steps:
  - name: tag
    type: storage.tags
    with: {bucket: "\${inputs.bucket_name}", tags: {stage: "\${inputs.environment}"}}
`,
  'field/workflows/drop.yaml': `
name: drop
description: Removes a bucket
operation: delete
parameters:
  - {name: bucket_name, type: string, required: true}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}", state: absent}
`,
  'field/workflows/ask.yaml': `
name: ask
description: A bucket that two people of another group have to approve
parameters:
  - {name: bucket_name, type: string, required: true}
steps:
  - name: first
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}"}
  - name: consent
    type: approval
    with: {from: Platform, count: 2, message: "Is \${steps.first.outputs.bucket} needed?"}
  - name: tag
    type: storage.tags
    with: {bucket: "\${steps.first.outputs.bucket}", tags: {approved: "yes"}}
`,
};

const POLICY = `
steps: [storage.*, approval]
quotas: {bytes: 1099511627776}
teams:
  Few: {quotas: {buckets: 3}, names: {bucket: ["few-*"]}}
rules:
  - name: production
    when: has(request.parameters.environment) && request.parameters.environment == "production"
    then: approve
    message: Production needs a second person
  - name: brief
    when: has(request.parameters.environment) && request.parameters.environment == "brief"
    then: approve
    expires_in_seconds: 1
  - name: forbidden
    when: has(request.parameters.environment) && request.parameters.environment == "forbidden"
    then: deny
    message: this environment is closed
`;
const [RUNNER, OTHER] = ['svc_runner-0123456789abcdef', 'svc_other-0123456789abcdef'];
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('what teams may run, and who approves it', () => {
  let stack: Stack;
  let policyFile: string;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    policyFile = join(tempDir('policy'), 'policy.yaml');
    writeFileSync(policyFile, POLICY);
    const SERVICE_TOKENS = JSON.stringify([
      { name: 'runner', sha256: sha256(RUNNER), scopes: ['workflows'] },
      { name: 'other', sha256: sha256(OTHER), scopes: ['provision'] },
    ]);
    stack = await startStack({
      env: { ...NO_LIMITS, SERVICE_TOKENS, PROVIDERS_DIR: providers, WORKFLOW_POLICY_FILE: policyFile },
    });
    await makePeople(stack, ['alice', 'bob', 'dave', 'erin', 'pat', 'quinn']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], readers: ['dave'], owners: ['bob'] });
    await stack.admin.post('/groups/Few', { members: ['alice'], owners: ['bob'] });
    await stack.admin.post('/groups/Office', { members: ['erin'] });
    await stack.admin.post('/groups/Platform', { members: ['pat', 'quinn'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const person = (name: string) => (name === 'admin' ? stack.admin : stack.person(name));
  const asks = (name: string, workflow: string, parameters: object, more: object = {}) =>
    execute(person(name), `field/${workflow}`, parameters, { team: 'Lab', ...more });
  const waiting = async (name: string, workflow: string, parameters: object, more: object = {}) => {
    const run = acceptedRun(await asks(name, workflow, parameters, more));
    return runWhen(stack.admin, run, 'a question', ({ status }) => status === 'awaiting_approval');
  };
  const decide = (name: string, { id }: { id: string }, verb: string, body: object) =>
    person(name).post(`/api/workflows/${id}/${verb}`, body);
  const approve = (name: string, run: any, more: object = {}) =>
    decide(name, run, 'approve', { plan_digest: run.plan_digest, ...more });
  const hasBucket = async (name: string) => (await stack.rootS3.buckets()).includes(name);
  const actionsOf = async (id: string) => {
    const { body } = await stack.admin.get('/admin/audit?limit=500');
    return body.items
      .filter(({ detail }: any) => detail?.run_id === id)
      .map(({ action }: any) => action)
      .reverse();
  };

  it('members run for their team, and see its runs; readers run nothing, and to others there is none', async () => {
    const run = acceptedRun(await asks('alice', 'make', { bucket_name: 'lab-one' }));
    expect(await endOf(person('dave'), run)).toMatchObject({ status: 'completed', requested_by: 'alice' });
    expect(problemOf(await asks('dave', 'make', { bucket_name: 'lab-two' }))).toMatchObject([
      403,
      'forbidden',
    ]);
    expect(problemOf(await asks('erin', 'make', { bucket_name: 'lab-two' }))).toMatchObject([
      422,
      'unprocessable',
    ]);
    const seen = [
      await person('erin').get(`/api/workflows/${run.id}`),
      await decide('erin', run, 'undo', {}),
      await decide('erin', run, 'approve', { plan_digest: '0'.repeat(64) }),
    ];
    expect(seen.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((await person('erin').get('/api/workflows')).body.items).toEqual([]);
    expect((await decide('dave', run, 'undo', {})).status).toBe(403);
    expect((await decide('bob', run, 'undo', {})).status).toBe(202);
    await runWhen(stack.admin, run, 'its undo', ({ undone_at }) => undone_at !== null);
  });

  it('a service runs with the scope workflows, and sees what it asked for', async () => {
    const runner = stack.caller(RUNNER);
    const more = { team: 'Lab' };
    const refused = await execute(stack.caller(OTHER), 'field/make', { bucket_name: 'lab-s' }, more);
    expect(problemOf(refused)).toMatchObject([403, 'insufficient_scope']);
    const run = acceptedRun(await execute(runner, 'field/make', { bucket_name: 'lab-service' }, more));
    expect((await endOf(runner, run)).status).toBe('completed');
    expect((await runner.get('/api/workflows')).body.items.map(({ id }: any) => id)).toEqual([run.id]);
  });

  it('a run touches names of its team only, whatever its parameters say', async () => {
    const answer = await asks('alice', 'make', { bucket_name: 'office-data' });
    expect(problemOf(answer)).toMatchObject([422, 'not_allowed_step']);
    expect(answer.body.errors).toEqual([
      {
        field: 'steps.bucket',
        rule: 'the bucket office-data is none that a run for Lab may touch: lab, lab-*',
      },
    ]);
    await stack.admin.post('/groups/Lab-Other', { members: ['erin'] });
    const others = await asks('alice', 'make', { bucket_name: 'lab-other-data' });
    expect(others.body.errors).toMatchObject([{ rule: 'the bucket lab-other-data is one of another team' }]);
    const shared = { bucket_name: 'lab-shared', environment: 'shared', group_name: 'Office' };
    expect(problemOf(await asks('alice', 'make', shared))).toMatchObject([422, 'not_allowed_step']);
    expect([await hasBucket('office-data'), await hasBucket('lab-shared')]).toEqual([false, false]);
    // a group that the run has made is the team's
    const own = acceptedRun(await asks('alice', 'make', { ...shared, group_name: 'Lab-people' }));
    expect(await endOf(stack.admin, own)).toMatchObject({ status: 'completed', error: null });
    // who may do all of it by hand is not bound
    const run = acceptedRun(await asks('admin', 'make', { bucket_name: 'field-data' }));
    expect((await endOf(stack.admin, run)).status).toBe('completed');
  });

  it('a rule denies, and a dry run tells what fires, who would be asked, and the quotas', async () => {
    const closed = await asks('alice', 'make', { bucket_name: 'lab-x', environment: 'forbidden' });
    expect(problemOf(closed)).toEqual([422, 'not_allowed_step']);
    expect(closed.body.errors).toEqual([{ field: 'rules.forbidden', rule: 'this environment is closed' }]);
    const dry = { query: '?dry_run=true' };
    const { body } = await asks('alice', 'make', { bucket_name: 'lab-dry', environment: 'production' }, dry);
    expect(body).toMatchObject({
      rules: [{ rule: 'production', then: 'approve', message: 'Production needs a second person' }],
      approvals_needed: [{ rule: 'production', from: null, count: 1 }],
      quota: [{ limit: 'bytes', asked: 1_073_741_824, allowed: 1_099_511_627_776 }],
    });
    const ask = await asks('alice', 'ask', { bucket_name: 'lab-dry' }, dry);
    expect(ask.body.approvals_needed).toMatchObject([
      { rule: 'step consent', from: 'Platform', count: 2, message: 'Is lab-dry needed?' },
    ]);
  });

  it('an owner approves the plan that was shown; the requester, readers and others do not', async () => {
    const run = await waiting('alice', 'make', { bucket_name: 'lab-prod', environment: 'production' });
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
    const listed = async (name: string) => (await person(name).get('/api/approvals')).body.items;
    expect(await listed('bob')).toMatchObject([{ run_id: run.id, requested_by: 'alice', team: 'Lab' }]);
    expect(await Promise.all(['alice', 'dave', 'erin'].map(listed))).toEqual([[], [], []]);
    expect(problemOf(await approve('alice', run))).toMatchObject([403, 'forbidden']);
    expect(problemOf(await approve('dave', run))).toMatchObject([403, 'forbidden']);
    expect((await approve('erin', run)).status).toBe(404);
    const stale = await decide('bob', run, 'approve', { plan_digest: '0'.repeat(64) });
    expect(problemOf(stale)).toMatchObject([409, 'plan_changed']);
    expect(await hasBucket('lab-prod')).toBe(false);
    expect((await approve('bob', run, { comment: 'as agreed' })).status).toBe(200);
    const done = await endOf(person('alice'), run);
    expect(done).toMatchObject({
      ...{ status: 'completed', plan_digest: null },
      approvals: [{ state: 'approved', decisions: [{ decided_by: 'bob', comment: 'as agreed' }] }],
    });
    expect(problemOf(await approve('bob', run))).toMatchObject([409, 'not_possible']);
    expect(await actionsOf(run.id)).toEqual(['workflow.requested', 'workflow.approved']);
    const { payload } = (await stack.admin.get(`/api/workflows/${run.id}/receipt`)).body;
    expect(payload).toMatchObject({
      plan_digest: run.plan_digest,
      approvals: [{ state: 'approved', decisions: [{ decided_by: 'bob', decision: 'approve' }] }],
    });
  });

  it('a step waits for as many people of a group as it asks for', async () => {
    const run = await waiting('alice', 'ask', { bucket_name: 'lab-asked' });
    expect(statesOf(run)).toEqual({ first: 'completed', consent: 'waiting', tag: 'waiting' });
    expect(problemOf(await approve('bob', run))).toMatchObject([403, 'forbidden']);
    expect((await approve('pat', run)).body).toMatchObject({
      status: 'awaiting_approval',
      approvals: [{ requirements: [{ missing: 1 }] }],
    });
    expect(problemOf(await approve('pat', run))).toMatchObject([409, 'already_decided']);
    expect((await approve('quinn', run)).status).toBe(200);
    expect(await endOf(person('alice'), run)).toMatchObject({ status: 'completed' });
  });

  it('a rejected run that did nothing is cancelled; later the step fails', async () => {
    const run = await waiting('alice', 'make', { bucket_name: 'lab-no', environment: 'production' });
    expect((await decide('bob', run, 'reject', { reason: 'not now' })).status).toBe(200);
    expect(await endOf(person('alice'), run)).toMatchObject({
      ...{ status: 'cancelled', approvals: [{ state: 'rejected', decisions: [{ comment: 'not now' }] }] },
    });
    expect(await hasBucket('lab-no')).toBe(false);
    const later = await waiting('alice', 'ask', { bucket_name: 'lab-later' });
    await decide('pat', later, 'reject', { reason: 'no need' });
    const failed = await endOf(person('alice'), later);
    expect(failed).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('pat rejected it: no need'),
    });
    expect(acceptedRun(await decide('alice', failed, 'retry', {})).id).toBe(later.id);
    const again = await runWhen(
      stack.admin,
      later,
      'the question',
      (each) => each.status === 'awaiting_approval',
    );
    expect(again.approvals.map(({ state }: any) => state)).toEqual(['rejected', 'open']);
    expect((await decide('alice', again, 'cancel', {})).status).toBe(202);
    expect((await endOf(person('alice'), again)).status).toBe('cancelled');
  });

  it('a question without an answer cancels the run', async () => {
    const run = acceptedRun(await asks('alice', 'make', { bucket_name: 'lab-brief', environment: 'brief' }));
    expect(await endOf(person('alice'), run)).toMatchObject({
      ...{ status: 'cancelled', approvals: [{ state: 'expired' }] },
    });
  });

  it('a step that is another one than was approved is asked about again, with the difference', async () => {
    await endOf(stack.admin, acceptedRun(await asks('alice', 'make', { bucket_name: 'lab-tags' })));
    const run = await waiting('alice', 'tag', { bucket_name: 'lab-tags' });
    const parameters = { bucket_name: 'lab-tags', environment: 'by-hand' };
    await endOf(stack.admin, acceptedRun(await asks('admin', 'tag', parameters, { application: 'other' })));
    expect((await approve('bob', run)).status).toBe(200);
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
    expect(problemOf(await approve('bob', run))).toMatchObject([409, 'plan_changed']);
    await approve('bob', again);
    expect((await endOf(person('alice'), again)).status).toBe('completed');
  });

  it('an administrator decides alone with a reason, which is an event of its own', async () => {
    const run = await waiting('alice', 'ask', { bucket_name: 'lab-alone' });
    expect(problemOf(await approve('admin', run))).toMatchObject([403, 'forbidden']);
    expect(problemOf(await approve('bob', run, { bypass_reason: 'I may not' }))).toMatchObject([
      403,
      'forbidden',
    ]);
    expect((await approve('admin', run, { bypass_reason: 'all are on leave' })).status).toBe(200);
    expect((await endOf(person('alice'), run)).status).toBe('completed');
    expect(await actionsOf(run.id)).toEqual(['workflow.requested', 'workflow.approval_bypassed']);
  });

  it('what runs created is there for the team, until the workflow of its type or an undo has deleted it', async () => {
    const more = { application: 'kept' };
    const made = acceptedRun(await asks('alice', 'make', { bucket_name: 'lab-kept' }, more));
    await endOf(stack.admin, made);
    const label = acceptedRun(
      await asks('alice', 'tag', { bucket_name: 'lab-kept', environment: 'test' }, more),
    );
    await endOf(stack.admin, label);
    const list = async (name: string, query = '') =>
      (await person(name).get(`/api/resources${query}`)).body.items;
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
    expect((await person('erin').get(`/api/resources/${bucket.id}`)).status).toBe(404);
    expect((await person('dave').delete(`/api/resources/${bucket.id}`)).status).toBe(403);
    const deletion = acceptedRun(await person('bob').delete(`/api/resources/${labelled.id}`));
    expect(await endOf(stack.admin, deletion)).toMatchObject({
      ...{ status: 'completed', workflow: 'untag', parameters: { bucket_name: 'lab-kept' } },
    });
    const undo = await person('alice').delete(`/api/resources/${bucket.id}`);
    expect(acceptedRun(undo).id).toBe(made.id);
    await runWhen(stack.admin, made, 'its undo', ({ undone_at }) => undone_at !== null);
    const left = (await list('dave')).map(({ run_id }: any) => run_id);
    expect(left.filter((id: string) => id === made.id || id === label.id)).toEqual([]);
    expect(await hasBucket('lab-kept')).toBe(false);
  });

  it('the last place of a quota is taken once, by whichever of twenty requests', async () => {
    const make = (name: string, application: string) =>
      asks('alice', 'make', { bucket_name: name }, { team: 'Few', application });
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
    await decide('bob', last, 'undo', {});
    await runWhen(stack.admin, last, 'its undo', ({ undone_at }) => undone_at !== null);
    await endOf(stack.admin, acceptedRun(await make('few-room', 'room')));
    expect(problemOf(await make('few-more', 'more'))).toEqual([422, 'quota_exceeded']);
    const drop = await asks('alice', 'drop', { bucket_name: 'few-1' }, { team: 'Few' });
    expect((await endOf(stack.admin, acceptedRun(drop))).status).toBe('completed');
    expect((await make('few-more', 'more')).status).toBe(202);
  }, 60_000);

  it('a policy that got stricter holds for what waits, and one that is not valid changes nothing', async () => {
    const run = await waiting('alice', 'tag', { bucket_name: 'lab-tags' });
    writeFileSync(policyFile, 'steps: [storage.buckte]\n');
    expect((await asks('alice', 'make', { bucket_name: 'office' })).status).toBe(422);
    writeFileSync(policyFile, POLICY.replace('storage.*', 'storage.bucket'));
    await approve('bob', run);
    const failed = await endOf(person('alice'), run);
    expect(failed.steps).toMatchObject([
      { status: 'failed', error_code: 'not_allowed_step', error: expect.stringContaining('storage.tags') },
    ]);
    expect(problemOf(await asks('alice', 'tag', { bucket_name: 'lab-tags' }))).toMatchObject([
      422,
      'not_allowed_step',
    ]);
  });
});
