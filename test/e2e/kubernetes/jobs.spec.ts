import { KUBERNETES_JOB } from '../../../src/documents/step-types/types/kubernetes.js';
import { KubernetesJobKind } from '../../../src/steps/kubernetes/job.kind.js';
import type { Targets } from '../../../src/targets/targets.js';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { shown, StepRun, targetsWith } from '../../support/workflows/steps.js';

const AT = '2026-01-01T00:00:00Z';
const LATER = '2026-01-01T00:01:00Z';

/** There are no nodes, and no controller of Jobs: the tests write what it would write of a Job and its pod. */
(hasKubernetes() ? describe : describe.skip)('a Job', () => {
  let kubernetes: Kubernetes;
  let targets: Targets;
  let namespace: string;

  beforeAll(async () => {
    kubernetes = await workerKubernetes();
    namespace = await kubernetes.namespace('field');
    targets = targetsWith([kubernetes.target()]);
  }, KUBERNETES_START_MS);
  afterAll(() => targets?.onApplicationShutdown());

  const containers = [{ name: 'index', image: 'registry.example.org/index:1' }];
  const manifest = (spec: object = {}, more: object = {}) => ({
    ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'index' } },
    spec: { template: { spec: { restartPolicy: 'Never', containers } }, ...spec },
    ...more,
  });
  const job = (given: object = manifest(), more: object = {}) =>
    new StepRun(new KubernetesJobKind(targets), KUBERNETES_JOB, { namespace, manifest: [given], ...more });
  const pathOf = (run: { provisionId: string }, name = `index-${run.provisionId.slice(0, 8)}`) =>
    `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
  const patched = async (path: string, status: object) => {
    const answer = await kubernetes.call(
      'PATCH',
      `${path}/status`,
      { status },
      'application/merge-patch+json',
    );
    expect([answer.status, answer.body.message]).toEqual([200, undefined]);
  };
  const ended = (path: string, [first, last]: [string, string], reason: string, more: object = {}) => {
    const condition = { status: 'True', reason, message: '', lastTransitionTime: AT };
    const conditions = [first, last].map((type) => ({ type, ...condition }));
    return patched(path, { startTime: AT, conditions, ...more });
  };
  const complete = (path: string) =>
    ended(path, ['SuccessCriteriaMet', 'Complete'], 'CompletionsReached', {
      completionTime: AT,
      succeeded: 1,
    });
  const failed = (path: string, reason: string) =>
    ended(path, ['FailureTarget', 'Failed'], reason, { failed: 1 });
  /** The pod that the controller makes, and what its program wrote in the end. */
  const podSays = async (path: string, message: string, finishedAt = AT, attempt = 'a') => {
    const { uid } = (await kubernetes.read(path)).metadata;
    const name = `pod-${uid}-${attempt}`;
    const pod = `/api/v1/namespaces/${namespace}/pods/${name}`;
    await kubernetes.apply('job-controller', pod, {
      ...{ apiVersion: 'v1', kind: 'Pod' },
      metadata: { name, labels: { 'batch.kubernetes.io/controller-uid': uid } },
      spec: { restartPolicy: 'Never', containers },
    });
    const terminated = { exitCode: 0, message, startedAt: AT, finishedAt };
    await patched(pod, {
      containerStatuses: [
        {
          ...{ name: 'index', image: 'x', imageID: 'x', ready: false, restartCount: 0 },
          state: { terminated },
        },
      ],
    });
  };

  it('is made with an end, is waited for, and its message is the output; the undo removes it', async () => {
    const run = job(manifest({ backoffLimit: 1 }), { seconds: 90, keep_seconds: 60 });
    expect(await run.plan()).toEqual([`run_job kubernetes cluster: Job ${namespace}/index`]);
    expect(await kubernetes.read(pathOf(run))).toBeUndefined();
    expect(await run.apply()).toHaveProperty('atMostMs');
    const { spec, metadata } = await kubernetes.read(pathOf(run));
    expect(spec).toMatchObject({ activeDeadlineSeconds: 90, ttlSecondsAfterFinished: 60, backoffLimit: 1 });
    await podSays(pathOf(run), 'x'.repeat(4000));
    await complete(pathOf(run));
    const other = job();
    await other.apply();
    await podSays(pathOf(other), 'of another Job', LATER);
    // an attempt after a crash finds the same Job
    const made = await run.apply();
    const { uid } = metadata;
    expect(made.outputs).toEqual({ name: metadata.name, namespace, uid, message: 'x'.repeat(4000) });
    expect(shown(made)).toEqual([`create done kubernetes_object batch/Job ${namespace}/${metadata.name}`]);
    expect(shown(await run.undo(made))).toEqual([
      `remove done kubernetes_object batch/Job ${namespace}/${metadata.name}`,
    ]);
    expect(await kubernetes.read(pathOf(run))).toBeUndefined();
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped kubernetes_object batch/Job ${namespace}/${metadata.name} (it was not there)`,
    ]);
  });

  it('with a long name gets one of at most 63 characters, because its pods carry it as a label', async () => {
    const run = job(manifest({}, { metadata: { name: 'i'.repeat(63) } }));
    await run.apply();
    const name = `${'i'.repeat(54)}-${run.provisionId.slice(0, 8)}`;
    expect(await kubernetes.read(pathOf(run, name))).toBeDefined();
  });

  it('that was tried again gives the message of its last pod', async () => {
    const run = job();
    await run.apply();
    // listed by name: the last one is the first there
    await podSays(pathOf(run), 'index 7', LATER, 'a');
    await podSays(pathOf(run), 'no index yet', AT, 'b');
    await complete(pathOf(run));
    expect((await run.apply()).outputs.message).toBe('index 7');
  });

  it('that fails ends the step with the reason and what it said, and stays to be looked at', async () => {
    const run = job();
    await run.apply();
    await podSays(pathOf(run), 'no such index');
    await failed(pathOf(run), 'BackoffLimitExceeded');
    await expect(run.apply()).rejects.toMatchObject({
      code: 'not_possible',
      message: expect.stringMatching(/^Job \S+ failed \(BackoffLimitExceeded\): no such index$/),
    });
    expect(await kubernetes.read(pathOf(run))).toBeDefined();
  });

  it('that somebody removed ends the step', async () => {
    const run = job();
    await run.apply();
    const since = Date.now();
    const { uid } = (await kubernetes.read(pathOf(run))).metadata;
    await kubernetes.call('DELETE', pathOf(run), { propagationPolicy: 'Background' });
    const entitlement = { type: 'kubernetes_object', uid };
    const saved = { operations: [{ entitlement, action: 'create', status: 'done' } as const], since };
    await expect(run.apply(saved)).rejects.toThrow('was removed by somebody');
    expect(await kubernetes.read(pathOf(run))).toBeUndefined();
    const theirs = manifest({}, { metadata: { name: pathOf(run).split('/').at(-1) } });
    await kubernetes.apply('kubectl', pathOf(run), theirs);
    await complete(pathOf(run));
    await expect(run.apply(saved)).rejects.toThrow('was removed by somebody');
    expect(await kubernetes.read(pathOf(run))).toBeDefined();
  });

  it('that does not end in its time is removed, should Kubernetes not end it', async () => {
    const run = job(manifest(), { seconds: 1 });
    await run.apply();
    const { uid, name } = (await kubernetes.read(pathOf(run))).metadata;
    const where = { target: 'cluster', api_version: 'batch/v1', kind: 'Job', namespace, name, uid };
    const operation = {
      entitlement: { type: 'kubernetes_object', ...where },
      action: 'create',
      status: 'done',
    };
    const saved = { operations: [operation as never], since: Date.now() - 62_000 };
    await expect(run.apply(saved)).rejects.toThrow('did not end in its time, and was removed');
    expect(await kubernetes.read(pathOf(run))).toBeUndefined();
  });

  it.each([
    ['another kind', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }, 'must be a Job'],
    [
      'a deadline of its own',
      manifest({ activeDeadlineSeconds: 5 }),
      'activeDeadlineSeconds is not set here',
    ],
  ])('with %s is refused', async (_, given, rule) => {
    await expect(job(given).validate()).rejects.toThrow(rule);
  });

  it('that the server refuses is refused in the plan, too', async () => {
    await job(manifest({ template: { spec: { restartPolicy: 'Always', containers } } })).expectRefused(
      'restartPolicy',
    );
  });
});
