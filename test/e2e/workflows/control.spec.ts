import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpTargetServer, json } from '../../support/servers/http-target.js';
import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { secretFile } from '../../support/workflows/steps.js';
import { tempDir } from '../../support/service/temp.js';
import {
  acceptedRun,
  endOf,
  execute,
  runWhen,
  statesOf,
  writeProviders,
} from '../../support/workflows/runs.js';

const TOKEN = 'the-token-of-the-forge';
const HIDDEN = 'what-the-forge-says-4711';
const PROVIDERS = {
  'field/provider.yaml': `
name: field
version: 1.0.0
description: Steps that decide, wait and ask
workflows_dir: workflows
`,
  'field/workflows/guarded.yaml': `
name: guarded
description: A bucket that may not be large
on_failure: rollback
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: quota_gb, type: integer, required: true}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}"}
  - name: small
    type: assert
    with:
      that: inputs.quota_gb <= 100 && steps.bucket.outputs.bucket == inputs.bucket_name
      message: At most 100 GB for \${inputs.bucket_name}
`,
  'field/workflows/pause.yaml': `
name: pause
description: Waits
parameters:
  - {name: seconds, type: integer, required: true}
steps:
  - {name: pause, type: wait, with: {seconds: "\${inputs.seconds}"}}
  - {name: after, type: assert, with: {that: "true"}}
`,
  'field/workflows/project.yaml': `
name: project
description: A project in the forge
on_failure: keep
parameters:
  - {name: name, type: string, required: true}
steps:
  - name: create
    type: http.request
    with:
      path: /projects/\${inputs.name}?notify=\${inputs.name}
      headers: {X-Reason: onboarding}
      body: {name: "\${inputs.name}", count: 3}
      undo: {method: DELETE, path: "/projects/\${inputs.name}"}
  - name: same
    type: assert
    with: {that: steps.create.outputs.body.name == inputs.name, message: It made another one}
outputs:
  status: \${steps.create.outputs.status}
`,
  'field/workflows/item.yaml': `
name: item
description: An item to which the forge gives an id
on_failure: keep
parameters:
  - {name: note, type: string, required: true}
steps:
  - name: create
    type: http.request
    with:
      path: /items
      body: {note: "\${inputs.note}"}
      undo:
        method: DELETE
        path: "/items/\${steps.create.outputs.body.id}"
        body: {all: "\${steps.create.outputs.body.tags}", text: "\${inputs.note} \${steps.create.outputs.status}"}
`,
  'field/workflows/headers.yaml': `
name: headers
description: Asks with credentials of its own
steps:
  - {name: ask, type: http.request, with: {path: /x, method: GET, headers: {authorization: Bearer mine}}}
`,
};

describe('steps that decide, wait and ask', () => {
  let stack: Stack;
  let forge: HttpTargetServer;

  beforeAll(async () => {
    forge = await HttpTargetServer.start();
    const [providers, targets] = [tempDir('providers'), join(tempDir('targets'), 'targets.json')];
    writeProviders(providers, PROVIDERS);
    const target = { name: 'forge', kind: 'http', url: `${forge.origin}/api`, teams: ['Lab'] };
    writeFileSync(targets, JSON.stringify({ targets: [{ ...target, token_file: secretFile(TOKEN) }] }));
    const env = { PROVIDERS_DIR: providers, TARGETS_FILE: targets, PROVISION_MAX_ATTEMPTS: '3' };
    stack = await startStack({ env: { ...NO_LIMITS, ...env } });
    stack.secrets.add('the token of the target', TOKEN);
    stack.secrets.add('an answer of the target', HIDDEN);
    await stack.admin.post('/groups/Lab', {});
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await forge?.stop();
  });
  beforeEach(() => forge.received.splice(0));

  const asked = (name: string, parameters: object, query = '') =>
    execute(stack.admin, `field/${name}`, parameters, { team: 'Lab', query, application: name });
  const carriedOut = async (name: string, parameters: object) =>
    endOf(stack.admin, acceptedRun(await asked(name, parameters)));
  const undone = async ({ id }: { id: string }) => {
    await stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  };
  const results = async (name: string, parameters: object) => {
    const { body } = await asked(name, parameters, '?dry_run=true');
    return body.plan.map(({ changes, input }: any) => changes?.[0] ?? { after: { result: input.holds } });
  };

  it('an assert ends the run for good with its message, and what was made is undone', async () => {
    const run = await carriedOut('guarded', { bucket_name: 'field-large', quota_gb: 101 });
    expect([run.status, run.error_code, run.error, statesOf(run)]).toEqual([
      'failed',
      'step_failed',
      'Step small failed: At most 100 GB for field-large',
      { bucket: 'undone', small: 'failed' },
    ]);
    expect(run.steps[1].attempts).toBe(1);
    const fine = await carriedOut('guarded', { bucket_name: 'field-small', quota_gb: 100 });
    expect(statesOf(fine)).toEqual({ bucket: 'completed', small: 'completed' });
  });

  it('a dry run says whether an assert holds, as far as that is known', async () => {
    const outcomes = await Promise.all([
      results('guarded', { bucket_name: 'field-dry', quota_gb: 1 }),
      results('guarded', { bucket_name: 'field-dry', quota_gb: 101 }),
      results('project', { name: 'one' }),
    ]);
    expect(outcomes.map(([, change]) => change.after.result)).toEqual([
      'holds',
      'does not hold',
      '<known after apply>',
    ]);
    expect(outcomes[2][0]).toMatchObject({
      target: 'http forge: POST /projects/one?notify=one',
      after: { body: { name: 'one', count: 3 }, undo: 'DELETE /projects/one' },
    });
    expect(forge.received).toEqual([]);
  });

  it('a wait keeps its end when the service dies, and a cancelled run does not wait for it', async () => {
    const isWaiting = ({ steps: [step] }: any) => step.status === 'pending_action';
    const began = Date.now();
    const run = acceptedRun(await asked('pause', { seconds: 4 }));
    await runWhen(stack.admin, run, 'its wait', isWaiting);
    await stack.service.kill();
    await stack.startService();
    const end = await endOf(stack.admin, run);
    const took = Date.now() - began;
    expect([end.status, statesOf(end)]).toEqual(['completed', { pause: 'completed', after: 'completed' }]);
    expect(took).toBeGreaterThanOrEqual(4000);

    const long = acceptedRun(await asked('pause', { seconds: 3600 }));
    await runWhen(stack.admin, long, 'its wait', isWaiting);
    expect((await stack.admin.post(`/api/workflows/${long.id}/cancel`)).status).toBe(202);
    const stopped = await endOf(stack.admin, long);
    expect([stopped.status, stopped.steps[0].status]).toEqual(['cancelled', 'cancelled']);
  });

  it('a request is sent again with the same key until it succeeds, and taken back by its undo', async () => {
    forge.answer = ({ method, body }, response) => {
      if (method === 'DELETE') return json(response, 404, { detail: HIDDEN });
      if (forge.received.length === 1) return json(response, 503, { detail: HIDDEN });
      json(response, 201, body);
    };
    const run = await carriedOut('project', { name: 'a/b' });
    expect([run.error, run.outputs]).toEqual([null, { status: 201 }]);
    const step = run.steps[0].provision_id;
    const path = '/api/projects/a%2Fb?notify=a%2Fb';
    const sent = forge.received.map(({ method, path: at, headers }) => [
      ...[method, at, headers.authorization, headers['x-reason'], headers['idempotency-key']],
    ]);
    expect(sent).toEqual([1, 2].map(() => ['POST', path, `Bearer ${TOKEN}`, 'onboarding', step]));

    const [operation] = (await undone(run)).steps[0].operations;
    expect([operation.action, operation.status, operation.message]).toEqual([
      ...['remove', 'skipped', 'it was not there'],
    ]);
    const last = forge.received.at(-1);
    expect([last?.method, last?.path]).toEqual(['DELETE', '/api/projects/a%2Fb']);
    expect(last?.headers['idempotency-key']).not.toBe(step);
  });

  it('an undo names what was answered; where the answer does not tell it, or leads out of the target, nothing is sent', async () => {
    const note = '${steps.create.outputs.body.id} {{ .parameters.note }}';
    const dry = (await asked('item', { note }, '?dry_run=true')).body.plan[0];
    expect(dry.changes[0].after.undo).toBe('DELETE /items/<known after apply>');
    forge.answer = (_, response) => json(response, 201, { id: 'a/7', tags: ['x', 1] });
    const run = await carriedOut('item', { note });
    forge.answer = (_, response) => response.end();
    await undone(run);
    expect(forge.received.map(({ method, path }) => [method, path])).toEqual([
      ['POST', '/api/items'],
      ['DELETE', '/api/items/a%2F7'],
    ]);
    // what was filled in is not read again
    expect(forge.received[1]?.body).toEqual({ all: ['x', 1], text: `${note} 201` });

    forge.answer = (_, response) => json(response, 201, { name: 'no id' });
    const unnamed = await carriedOut('item', { note });
    const [left] = (await undone(unnamed)).steps[0].operations;
    expect([left.status, left.message]).toEqual([
      ...['skipped', 'the answer does not tell what its request that takes it back needs'],
    ]);

    forge.answer = (_, response) => json(response, 201, { id: '..', tags: [] });
    const leaving = await carriedOut('item', { note });
    forge.received.splice(0);
    await stack.admin.post(`/api/workflows/${leaving.id}/undo`);
    const failed = await runWhen(
      stack.admin,
      leaving,
      'its undo',
      ({ steps: [step] }) => step.status === 'undo_failed',
    );
    expect([failed.steps[0].error, forge.received]).toEqual([expect.stringContaining('undo.path'), []]);
  });

  it('a refused request is not sent again, and what was answered is told nowhere', async () => {
    forge.answer = (_, response) => json(response, 409, { detail: HIDDEN });
    const run = await carriedOut('project', { name: 'taken' });
    expect([run.error_code, run.error, run.steps[0].attempts, forge.received.length]).toEqual([
      'step_failed',
      'Step create failed: POST /projects/taken of forge: it answered 409',
      1,
      1,
    ]);
    expect(JSON.stringify(run)).not.toContain(HIDDEN);
  });

  it('a path that leaves the target, and headers of the service, are refused before anything is sent', async () => {
    const leaving = await asked('project', { name: '..' });
    const own = await asked('headers', {});
    expect([problemOf(leaving), leaving.body.errors[0].field]).toEqual([[422, 'unprocessable'], 'path']);
    expect([problemOf(own), own.body.errors]).toEqual([
      [422, 'unprocessable'],
      [{ field: 'headers', rule: 'must not set authorization' }],
    ]);
    expect(forge.received).toEqual([]);
  });
});
