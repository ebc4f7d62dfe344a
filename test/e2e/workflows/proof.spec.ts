import { createHash } from 'node:crypto';
import { compactVerify, createLocalJWKSet } from 'jose';
import { waitFor } from '../../../scripts/child.mjs';
import { settingsOf, tag } from '../../support/access/bucket-settings.js';
import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { acceptedRun, endOf, execute, providerFiles, writeProviders } from '../../support/workflows/runs.js';

const GB = 1_000_000_000;
const PROVIDERS = providerFiles('field', {
  prepare: `
on_failure: keep
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: helper, type: string, default: bob}
  - {name: other, type: string, default: ""}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}", quota_bytes: ${GB}, tags: {team: field, stage: raw}}
  - name: never
    type: storage.bucket
    if: inputs.helper == "nobody-at-all"
    with: {bucket: never}
  - name: helper
    type: storage.membership
    with: {group_name: Lab, user_name: "\${inputs.helper}"}
  - name: other
    type: assert
    if: inputs.other != ""
    with: {that: inputs.other == inputs.helper}
`,
});

describe('the proof of a run', () => {
  let stack: Stack;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    stack = await startStack({
      env: {
        ...{ ...NO_LIMITS, PROVIDERS_DIR: providers, PROVISION_MAX_ATTEMPTS: '1', DRIFT_HEAL: 'report' },
        MASTER_KEY: 'the first key of the test',
      },
    });
    stack.secrets.add('the first key', 'the first key of the test');
    await makePeople(stack, ['alice', 'bob', 'erin']);
    await stack.admin.post('/groups/Lab', { members: ['alice'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const alice = () => stack.person('alice');
  const run = async (bucket_name: string, more: object = {}): Promise<any> =>
    endOf(
      alice(),
      acceptedRun(
        await execute(
          stack.admin,
          'field/prepare',
          { bucket_name, ...more },
          {
            team: 'Lab',
            application: bucket_name,
          },
        ),
      ),
    );
  const receiptOf = async ({ id }: { id: string }, query = '') => {
    const { status, body } = await alice().get(`/api/workflows/${id}/receipt${query}`);
    expect(status).toBe(200);
    return body;
  };
  /** What an outsider finds in a receipt, with the public keys alone. */
  const checked = async (jws: string): Promise<any> => {
    const { body } = await stack.person('erin').get('/api/receipts/keys');
    const { payload, protectedHeader } = await compactVerify(jws, createLocalJWKSet(body));
    return { header: protectedHeader, payload: JSON.parse(Buffer.from(payload).toString()) };
  };
  const verify = async ({ id }: { id: string }, caller = stack.admin) => {
    const { status, body } = await caller.post(`/api/workflows/${id}/verify`);
    expect(status).toBe(200);
    return body;
  };
  const statesOf = ({ steps }: any) => steps.map(({ state }: any) => state);

  it('is a receipt that anybody can check, and nobody can change', async () => {
    const made = await run('proof-one');
    expect(made.status).toBe('completed');
    const { receipt, key_id, number, payload } = await receiptOf(made);
    const seen = await checked(receipt);
    expect(seen.header).toMatchObject({ alg: 'EdDSA', kid: key_id });
    expect([number, seen.payload]).toEqual([1, payload]);
    const digest = createHash('sha256')
      .update(JSON.stringify({ bucket_name: 'proof-one', helper: 'bob', other: '' }))
      .digest('hex');
    expect(payload).toMatchObject({
      ...{ run_id: made.id, provider: 'field', workflow: 'prepare', version: made.version, team: 'Lab' },
      ...{ requested_by: { name: 'admin', kind: 'person' }, status: 'completed', parameters_digest: digest },
      ...{ requested_at: made.created_at, ended_at: made.ended_at, undone_at: null },
    });
    const [bucket, never, helper] = payload.steps;
    const setting = (name: string, before: unknown, after: unknown) => ({
      ...{ action: 'change', status: 'done', before, after },
      entitlement: { type: 'bucket', id: 'proof-one', setting: name },
    });
    expect(bucket.operations).toEqual([
      {
        ...{ action: 'create', status: 'done', before: null },
        ...{ entitlement: { type: 'bucket', id: 'proof-one' }, after: { type: 'bucket', id: 'proof-one' } },
      },
      setting('quota_bytes', null, GB),
      ...[setting('tags.stage', null, 'raw'), setting('tags.team', null, 'field')],
    ]);
    expect([never.skipped, never.operations, helper.operations[0].before]).toEqual(['condition', [], null]);
    expect(bucket.ended_at >= bucket.accepted_at && helper.accepted_at >= bucket.ended_at).toBe(true);

    const [head, body, signature] = receipt.split('.');
    const text = Buffer.from(body, 'base64url').toString();
    const forged = Buffer.from(text.replace('"raw"', '"row"')).toString('base64url');
    await expect(checked([head, forged, signature].join('.'))).rejects.toThrow('signature');
  });

  it('says what was taken back, in a receipt of its own', async () => {
    const made = await run('proof-undone');
    const first = await receiptOf(made);
    acceptedRun(await stack.admin.post(`/api/workflows/${made.id}/undo`));
    let second = first;
    await waitFor('the receipt of the undo', async () => (second = await receiptOf(made)).number === 2);
    expect(await receiptOf(made, '?number=1')).toEqual(first);
    const { payload } = await checked(second.receipt);
    expect(payload.undone_at).not.toBeNull();
    expect(payload.steps[0].undo.operations).toMatchObject([
      { action: 'remove', status: 'done', before: { id: 'proof-undone' }, after: null },
    ]);
    expect(statesOf(await verify(made))).toEqual(['not_made', 'not_made', 'not_made', 'not_made']);
    expect(problemOf(await alice().get(`/api/workflows/${made.id}/receipt?number=9`))).toEqual([
      404,
      'not_found',
    ]);
  });

  it('of a run that failed says where', async () => {
    const made = await run('proof-failed', { other: 'nobody' });
    expect(made.status).toBe('failed');
    const { payload } = await checked((await receiptOf(made)).receipt);
    expect([payload.status, payload.error_code, payload.steps[3].status]).toEqual([
      ...['failed', 'step_failed', 'failed'],
    ]);
  });

  it('stays checkable when another key signs', async () => {
    const made = await run('proof-old');
    const { receipt, key_id } = await receiptOf(made);
    await stack.restart({
      MASTER_KEY: 'the second key of the test',
      MASTER_KEY_PREVIOUS: 'the first key of the test',
    });
    const next = await receiptOf(await run('proof-new'));
    expect(next.key_id).not.toBe(key_id);
    expect((await checked(receipt)).payload.run_id).toBe(made.id);
    expect((await checked(next.receipt)).header.kid).toBe(next.key_id);
    expect((await alice().get('/api/receipts/keys')).body.keys).toHaveLength(2);
  });

  it('finds what somebody has changed by hand, and changes nothing', async () => {
    const made = await run('proof-drift');
    expect(await verify(made)).toMatchObject({ holds: true });
    expect(statesOf(await verify(made))).toEqual(['holds', 'not_made', 'holds', 'not_made']);
    await stack.root.buckets.setQuota('proof-drift', 2 * GB);
    await tag(stack, 'proof-drift', { team: 'sea', stage: 'raw' });
    await stack.admin.delete('/groups/Lab/members/bob');
    const before = await settingsOf(stack, 'proof-drift');
    const seen = await verify(made);
    expect([seen.holds, statesOf(seen)]).toEqual([false, ['differs', 'not_made', 'differs', 'not_made']]);
    expect(seen.steps[0].changes.map(({ before, after }: any) => [before, after])).toEqual([
      [{ quota_bytes: 2 * GB }, { quota_bytes: GB }],
      [{ team: 'sea' }, { team: 'field' }],
    ]);
    const shown = await verify(made, alice());
    expect(statesOf(shown)).toEqual(statesOf(seen));
    expect(JSON.stringify(shown)).not.toContain('sea');
    expect(await settingsOf(stack, 'proof-drift')).toEqual(before);
    for (const path of ['receipt', 'verify'])
      expect(
        problemOf(
          await stack.service.request(
            path === 'verify' ? 'POST' : 'GET',
            `/api/workflows/${made.id}/${path}`,
            {
              token: `Bearer ${stack.person('erin').token}`,
            },
          ),
        ),
      ).toEqual([404, 'not_found']);
  });
});
