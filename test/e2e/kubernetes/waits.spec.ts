import { KUBERNETES_WAIT } from '../../../src/documents/step-types/types/kubernetes.js';
import { KubernetesWaitKind } from '../../../src/steps/kubernetes/wait.kind.js';
import type { Targets } from '../../../src/targets/targets.js';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { StepRun, targetsWith } from '../../support/workflows/steps.js';

(hasKubernetes() ? describe : describe.skip)('objects in Kubernetes', () => {
  let kubernetes: Kubernetes;
  let targets: Targets;
  let namespace: string;

  beforeAll(async () => {
    kubernetes = await workerKubernetes();
    namespace = await kubernetes.namespace('field');
    targets = targetsWith([kubernetes.target()]);
  }, KUBERNETES_START_MS);
  afterAll(() => targets?.onApplicationShutdown());

  it('are waited for by a condition or a field, and the message tells what is missing', async () => {
    const path = `/api/v1/namespaces/${namespace}/services/waited`;
    const spec = { ports: [{ port: 80 }] };
    await kubernetes.apply('kubectl', path, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'waited' },
      spec,
    });
    const wait = (more: object) =>
      new StepRun(new KubernetesWaitKind(targets), KUBERNETES_WAIT, {
        ...{ api_version: 'v1', kind: 'Service', namespace, name: 'waited', seconds: 1, ...more },
      });
    const port = wait({ field: 'spec.ports.0.port', equals: '80' });
    expect(await port.plan()).toEqual([`wait kubernetes cluster: Service ${namespace}/waited`]);
    expect((await port.apply()).outputs).toMatchObject({ name: 'waited' });

    const status = async (reason: string, value: 'True' | 'False') => {
      const at = '2026-01-01T00:00:00Z';
      const condition = { type: 'Ready', status: value, reason, message: '', lastTransitionTime: at };
      const { body } = await kubernetes.call(
        'PATCH',
        `${path}/status`,
        { status: { conditions: [condition] } },
        'application/merge-patch+json',
      );
      expect(body.status.conditions).toHaveLength(1);
    };
    const ready = wait({ condition: 'Ready' });
    expect(await ready.apply()).toHaveProperty('atMostMs');
    await status('NoPods', 'False');
    expect(await ready.apply()).toHaveProperty('atMostMs');
    await status('Fine', 'True');
    expect((await ready.apply()).outputs).toMatchObject({ name: 'waited' });
  });

  it.each([
    [{ condition: 'A', field: 'b', equals: 'c' }, 'condition'],
    [{}, 'condition'],
    [{ field: 'a' }, 'equals'],
    [{ kind: 'Secret', condition: 'A' }, 'kind'],
  ])('a wait for %j is refused', async (more, field) => {
    const run = new StepRun(new KubernetesWaitKind(targets), KUBERNETES_WAIT, {
      ...{ api_version: 'v1', kind: 'Service', namespace, name: 'x', ...more },
    });
    await expect(run.apply()).rejects.toMatchObject({ extra: { errors: [{ field }] } });
  });
});
