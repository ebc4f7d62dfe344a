import { tokenOf } from '../../../scripts/demo/kubernetes/vault-logins.mjs';
import { KUBERNETES_APPLY } from '../../../src/documents/step-types/types/kubernetes.js';
import { Deliveries } from '../../../src/steps/deliver/deliver.js';
import { KubernetesApplyKind } from '../../../src/steps/kubernetes/apply.kind.js';
import type { Targets } from '../../../src/targets/targets.js';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { type GateCall, TargetGate } from '../../support/network/target-gate.js';
import { secretFile, shown, StepRun, TEAM, targetsWith } from '../../support/workflows/steps.js';

const RBAC = 'rbac.authorization.k8s.io';

(hasKubernetes() ? describe : describe.skip)('somebody who is quicker in Kubernetes', () => {
  let kubernetes: Kubernetes;
  let gate: TargetGate;
  let targets: Targets;
  let namespace: string;

  beforeAll(async () => {
    kubernetes = await workerKubernetes();
    gate = await TargetGate.start(kubernetes.address, kubernetes.caFile);
    namespace = await kubernetes.namespace('field');
    targets = targetsWith([kubernetes.target({ url: gate.address })]);
  }, KUBERNETES_START_MS);
  afterAll(async () => {
    targets?.onApplicationShutdown();
    await gate?.stop();
  });

  const configMap = (name: string, data: object, metadata: object = {}) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data },
  });
  const pathOf = (name: string, plural = 'configmaps') => `/api/v1/namespaces/${namespace}/${plural}/${name}`;
  const stepOn = (on: Targets, ...manifest: object[]) =>
    // what removes objects is in removals.spec.ts
    new StepRun(new KubernetesApplyKind(on, undefined as never), KUBERNETES_APPLY, { namespace, manifest });
  const marksOf = async (path: string) => (await kubernetes.read(path)).metadata.annotations;
  const write = (method: string, path: string) => (call: GateCall) =>
    call.method === method && call.url.startsWith(path) && !call.url.includes('dryRun');

  it('and makes the object that is about to be made: it is theirs, and the undo leaves it', async () => {
    const run = stepOn(targets, configMap('quick', { ours: '1' }));
    gate.before(write('PATCH', pathOf('quick')), () =>
      kubernetes.apply('kubectl', pathOf('quick'), configMap('quick', { theirs: '1' })),
    );
    const made = await run.apply();
    expect(shown(made)).toEqual([`change done kubernetes_object ConfigMap ${namespace}/quick`]);
    expect(await marksOf(pathOf('quick'))).toBeUndefined();
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped kubernetes_object ConfigMap ${namespace}/quick (it was there before)`,
    ]);
    expect((await kubernetes.read(pathOf('quick'))).data).toEqual({ theirs: '1', ours: '1' });
  });

  it('and does so when the service ends in that moment: it is theirs all the same', async () => {
    const run = stepOn(targets, configMap('crash', { ours: '1' }));
    await kubernetes.apply('kubectl', pathOf('crash'), configMap('crash', { theirs: '1' }));
    const annotations = { 'minio-manager/provision': run.provisionId };
    const ours = configMap('crash', { ours: '1' }, { annotations });
    await kubernetes.apply('minio-manager', pathOf('crash'), ours);
    const made = await run.apply();
    expect(shown(made)).toEqual([`create unchanged kubernetes_object ConfigMap ${namespace}/crash`]);
    expect(await marksOf(pathOf('crash'))).toBeUndefined();
    expect(shown(await run.undo(made))).toEqual([]);
    expect(await kubernetes.read(pathOf('crash'))).toBeDefined();
  });

  it('and takes a name that was about to be taken: the undo finds nothing that it made', async () => {
    const run = stepOn(targets, configMap('begun', { ours: '1' }));
    await kubernetes.apply('kubectl', pathOf('begun'), configMap('begun', { theirs: '1' }));
    const where = { target: 'cluster', api_version: 'v1', kind: 'ConfigMap', namespace, name: 'begun' };
    const entitlement = { type: 'kubernetes_object', id: 'begun', ...where, made_by: run.provisionId };
    const back = await run.undo({ operations: [{ entitlement, action: 'create', status: 'done' }] });
    expect(shown(back)).toEqual(['remove skipped kubernetes_object begun (it was not made)']);
    expect(await kubernetes.read(pathOf('begun'))).toBeDefined();
  });

  it('and takes a field between two attempts: all that the first attempt made is taken back', async () => {
    const run = stepOn(targets, configMap('first', { ours: '1' }), configMap('second', { ours: '1' }));
    const made = await run.apply();
    const theirs = { data: { ours: '2' } };
    await kubernetes.call('PATCH', pathOf('first'), theirs, 'application/merge-patch+json');
    await expect(run.apply(made)).rejects.toThrow('the field .data.ours belongs to');
    expect(await kubernetes.read(pathOf('second'))).toBeUndefined();
    expect(await kubernetes.read(pathOf('first'))).toBeUndefined();
  });

  it('and writes the key of a Secret that is about to be written: it stays theirs', async () => {
    const secret = (data: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' }, data });
    const path = pathOf('key', 'secrets');
    await kubernetes.apply('kubectl', path, secret({ other: 'YQ==' }));
    gate.before(write('PATCH', path), () =>
      kubernetes.apply('kubectl', path, secret({ other: 'YQ==', password: 'dGhlaXJz' })),
    );
    const deliver = { kubernetes: { namespace, name: 'key' } };
    const writer = { provisionId: 'p1', team: TEAM };
    await expect(new Deliveries(targets).deliver(deliver, { password: 'ours-4711' }, writer)).rejects.toThrow(
      'the key password of Secret',
    );
    expect((await kubernetes.read(path)).data).toEqual({ other: 'YQ==', password: 'dGhlaXJz' });
  });

  it('and writes into a Secret that is about to be removed: what they wrote stays', async () => {
    const [deliveries, path] = [new Deliveries(targets), pathOf('removed', 'secrets')];
    const deliver = { kubernetes: { namespace, name: 'removed' } };
    const writer = { provisionId: 'p1', team: TEAM };
    const { operation } = await deliveries.deliver(deliver, { password: 'ours-4711' }, writer);
    gate.before(write('DELETE', path), () =>
      kubernetes.call('PATCH', path, { data: { theirs: 'YQ==' } }, 'application/merge-patch+json'),
    );
    const back = await deliveries.takeBack([operation], { team: TEAM });
    expect(shown({ operations: back })).toEqual([`remove done kubernetes_secret ${namespace}/removed`]);
    expect((await kubernetes.read(path)).data).toEqual({ theirs: 'YQ==' });
  });

  it('a namespace into which the service may not look is not taken back', async () => {
    const account = 'without-list';
    await kubernetes.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
      metadata: { name: account },
    });
    await kubernetes.apply('admin', `/apis/${RBAC}/v1/clusterroles/${account}`, {
      ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: account } },
      rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'create', 'patch', 'delete'] }],
    });
    await kubernetes.apply('admin', `/apis/${RBAC}/v1/clusterrolebindings/${account}`, {
      ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: account } },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: account },
      subjects: [{ kind: 'ServiceAccount', namespace, name: account }],
    });
    const token_file = secretFile(await tokenOf(kubernetes, namespace, account));
    const blind = targetsWith([kubernetes.target({ token_file })]);
    const name = `${namespace}-blind`;
    const run = stepOn(blind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const made = await run.apply();
    expect(shown(await run.undo(made))).toEqual([
      expect.stringMatching(
        /remove skipped .* \(there is something in it: \S+, which this service may not list\)/,
      ),
    ]);
    expect((await kubernetes.read(`/api/v1/namespaces/${name}`)).status.phase).toBe('Active');
    blind.onApplicationShutdown();
  });
});
