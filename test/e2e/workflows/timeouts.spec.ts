import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpTargetServer } from '../../support/servers/http-target.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
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
  project: `
on_failure: rollback
parameters: [{name: name, type: string, required: true}]
steps:
  - {name: bucket, type: storage.bucket, with: {bucket: "\${inputs.name}"}}
  - name: create
    type: http.request
    timeout: 2s
    with: {path: "/projects/\${inputs.name}", undo: {method: DELETE, path: "/projects/\${inputs.name}"}}
`,
  kept: `
on_failure: keep
steps:
  - {name: create, type: http.request, timeout: 3, with: {path: /projects/kept}}
`,
  pause: `
steps:
  - {name: pause, type: wait, timeout: 1, onError: continue, with: {seconds: 3600}}
  - {name: after, type: assert, with: {that: "true"}}
`,
  'slow-bucket': `
on_failure: rollback
steps:
  - {name: bucket, type: storage.bucket, timeout: 1, with: {bucket: field-slow}}
`,
});
const hang = (): void => undefined;

describe('a step with a time limit', () => {
  let stack: Stack;
  let forge: HttpTargetServer;

  beforeAll(async () => {
    forge = await HttpTargetServer.start();
    const [providers, targets] = [tempDir('providers'), join(tempDir('targets'), 'targets.json')];
    writeProviders(providers, PROVIDERS);
    const target = { name: 'forge', kind: 'http', url: forge.origin, teams: ['Lab'] };
    writeFileSync(targets, JSON.stringify({ targets: [target] }));
    const env = { ...NO_LIMITS, PROVIDERS_DIR: providers, TARGETS_FILE: targets };
    stack = await startStack({ env, proxied: true });
    await stack.admin.post('/groups/Lab', {});
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await forge?.stop();
  });
  beforeEach(() => {
    forge.received.splice(0);
    forge.answer = hang;
  });

  const begin = async (name: string, parameters: object = {}) =>
    acceptedRun(await execute(stack.admin, `field/${name}`, parameters, { team: 'Lab' }));
  const requests = () => forge.received.map(({ method }) => method);

  it('ends when its time is over: its request is cut off and taken back, and so is what was made before', async () => {
    forge.answer = ({ method }, response) => void (method === 'DELETE' && response.end());
    const began = Date.now();
    const run = await endOf(stack.admin, await begin('project', { name: 'field-hangs' }));
    // a request alone may take 30 seconds
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(statesOf(run)).toEqual({ bucket: 'undone', create: 'failed' });
    expect([run.error_code, run.error, run.steps[1].error_code]).toEqual([
      'step_failed',
      'Step create failed: It was not done within 2 seconds',
      'step_timed_out',
    ]);
    expect(requests()).toEqual(['POST', 'DELETE']);
    expect(await stack.rootS3.buckets()).not.toContain('field-hangs');
  });

  it('has its time anew when the run is retried', async () => {
    const run = await endOf(stack.admin, await begin('kept'));
    expect(run.steps[0]).toMatchObject({ status: 'failed', error_code: 'step_timed_out' });
    forge.answer = (_, response) => response.end();
    await stack.admin.post(`/api/workflows/${run.id}/retry`);
    const again = await endOf(stack.admin, run);
    expect([again.status, again.steps[0].status]).toEqual(['completed', 'completed']);
    expect(again.steps[0].provision_id).not.toBe(run.steps[0].provision_id);
    expect(requests()).toEqual(['POST', 'POST']);
  });

  it('a wait is ended as well, and with onError: continue the run goes on', async () => {
    const run = await endOf(stack.admin, await begin('pause'));
    expect([run.status, statesOf(run)]).toEqual(['completed', { pause: 'failed', after: 'completed' }]);
    expect(run.steps[0].error_code).toBe('step_timed_out');
    const { lines } = (await stack.admin.get(`/api/workflows/${run.id}/logs?step=pause`)).body;
    expect(lines.at(-1).text).toBe('Step pause failed: It was not done within 1 second.');
  });

  it('what is done too late has failed, and is taken back', async () => {
    const isCreated = ({ method, path }: { method: string; path: string }) =>
      method === 'PUT' && path.startsWith('/field-slow');
    stack.proxy.fail(isCreated, { delayMs: 1800 });
    const run = await endOf(stack.admin, await begin('slow-bucket'));
    stack.proxy.reset();
    expect([run.status, run.steps[0].status, run.steps[0].error_code]).toEqual([
      ...['failed', 'failed', 'step_timed_out'],
    ]);
    expect(run.steps[0].operations).toMatchObject([{ action: 'remove', status: 'done' }]);
    expect(await stack.rootS3.buckets()).not.toContain('field-slow');
  });

  it('does not begin again when its time is over and its process was killed', async () => {
    const run = await begin('kept');
    await runWhen(stack.admin, run, 'the request', () => forge.received.length > 0);
    await stack.service.kill();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await stack.startService();
    const end = await endOf(stack.admin, run);
    expect(end.steps[0]).toMatchObject({ status: 'failed', error_code: 'step_timed_out', attempts: 1 });
    expect(requests()).toEqual(['POST']);
  });
});
