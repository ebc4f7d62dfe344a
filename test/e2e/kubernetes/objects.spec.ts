import { KUBERNETES_APPLY } from '../../../src/documents/step-types/types/kubernetes.js';
import type { ShownChange } from '../../../src/provisioning/kinds/kind.js';
import { systemActor } from '../../../src/auth/system-actor.js';
import { KubernetesApplyKind } from '../../../src/steps/kubernetes/apply.kind.js';
import type { Targets } from '../../../src/targets/targets.js';
import { installKinds, POSTGRESQL } from '../../../scripts/demo/kubernetes/kinds.mjs';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { shown, StepRun, TEAM, targetsWith } from '../../support/workflows/steps.js';

(hasKubernetes() ? describe : describe.skip)('objects in Kubernetes', () => {
  let kubernetes: Kubernetes;
  let targets: Targets;
  let namespace: string;

  beforeAll(async () => {
    kubernetes = await workerKubernetes();
    namespace = await kubernetes.namespace('field');
    targets = targetsWith([kubernetes.target()]);
    await installKinds(kubernetes, [POSTGRESQL]);
  }, KUBERNETES_START_MS);
  afterAll(() => targets?.onApplicationShutdown());

  const configMap = (name: string, data: object, more: object = {}) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more }, data },
  });
  /** Removing needs a database: see removals.spec.ts. */
  const applying = () => new KubernetesApplyKind(targets, undefined as never);
  const apply = (...manifest: object[]) => new StepRun(applying(), KUBERNETES_APPLY, { namespace, manifest });
  const pathOf = (name: string, plural = 'configmaps') => `/api/v1/namespaces/${namespace}/${plural}/${name}`;
  const planned = (manifest: object[]): Promise<ShownChange[]> =>
    applying().plan(
      { namespace, manifest: manifest as never[] },
      {
        ...systemActor('tester'),
        team: TEAM,
      },
    );

  it('are created, planned before and found again; the undo removes them', async () => {
    const run = apply(configMap('one', { a: '1' }));
    expect(await run.plan()).toEqual([`create_object kubernetes cluster: ConfigMap ${namespace}/one`]);
    expect(await kubernetes.read(pathOf('one'))).toBeUndefined();
    const made = await run.apply();
    const { metadata, data } = await kubernetes.read(pathOf('one'));
    expect([data, metadata.annotations]).toEqual([
      { a: '1' },
      { 'minio-manager/provision': run.provisionId },
    ]);
    const { uid } = metadata;
    expect(made.outputs.objects).toEqual([
      { api_version: 'v1', kind: 'ConfigMap', namespace, name: 'one', uid },
    ]);
    expect(shown(made)).toEqual([`create done kubernetes_object ConfigMap ${namespace}/one`]);
    expect(await run.plan()).toEqual([]);
    expect(shown(await apply(configMap('one', { a: '1' })).apply())).toEqual([
      `create unchanged kubernetes_object ConfigMap ${namespace}/one`,
    ]);
    expect(shown(await run.undo(made))).toEqual([`remove done kubernetes_object ConfigMap ${namespace}/one`]);
    expect(await kubernetes.read(pathOf('one'))).toBeUndefined();
  });

  it('that exist are changed in the fields of the manifest, and stay when the run is taken back', async () => {
    await kubernetes.apply('kubectl', pathOf('theirs'), configMap('theirs', { theirs: 'x' }));
    const { metadata } = await kubernetes.read(pathOf('theirs'));
    const run = apply(configMap('theirs', { ours: 'y' }));
    expect(await planned([configMap('theirs', { ours: 'y' })])).toEqual([
      {
        ...{ change: 'change_object', target: `kubernetes cluster: ConfigMap ${namespace}/theirs` },
        ...{ before: { 'data.ours': null }, after: { 'data.ours': 'y' } },
      },
    ]);
    const made = await run.apply();
    expect(shown(made)).toEqual([`change done kubernetes_object ConfigMap ${namespace}/theirs`]);
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped kubernetes_object ConfigMap ${namespace}/theirs (it was there before)`,
    ]);
    const left = await kubernetes.read(pathOf('theirs'));
    expect([left.metadata.uid, left.data]).toEqual([metadata.uid, { theirs: 'x', ours: 'y' }]);
    expect(left.metadata.annotations).toBeUndefined();
  });

  it('a field of somebody else is refused with its name and theirs, in the plan too, and nothing is forced', async () => {
    await kubernetes.apply('kubectl', pathOf('taken'), configMap('taken', { a: 'theirs' }));
    const refusal = {
      code: 'target_refused',
      message: expect.stringMatching(/applying ConfigMap \S+\/taken.*the field \.data\.a belongs to kubectl/),
    };
    const run = apply(configMap('before', { a: '1' }), configMap('taken', { a: 'ours' }));
    await expect(run.plan()).rejects.toMatchObject(refusal);
    await expect(run.apply()).rejects.toMatchObject(refusal);
    expect((await kubernetes.read(pathOf('taken'))).data).toEqual({ a: 'theirs' });
    // all or none
    expect(await kubernetes.read(pathOf('before'))).toBeUndefined();
  });

  it('a field that there is not is refused with its name, in the plan too', async () => {
    const misspelled = { ...configMap('misspelled', { a: '1' }), date: { b: '2' } };
    await apply(misspelled).expectRefused('.date');
    expect(await kubernetes.read(pathOf('misspelled'))).toBeUndefined();
  });

  it('another one that has taken the name survives the undo', async () => {
    const run = apply(configMap('again', { a: '1' }));
    const made = await run.apply();
    await kubernetes.call('DELETE', pathOf('again'));
    await kubernetes.apply('kubectl', pathOf('again'), configMap('again', { a: '2' }));
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped kubernetes_object ConfigMap ${namespace}/again (there is another one with its name)`,
    ]);
    expect((await kubernetes.read(pathOf('again'))).data).toEqual({ a: '2' });
    await kubernetes.call('DELETE', pathOf('again'));
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped kubernetes_object ConfigMap ${namespace}/again (it was not there)`,
    ]);
  });

  it('the undo tells of an object whose kind is gone', async () => {
    const run = apply(configMap('widget', { a: '1' }));
    const { operations } = await run.apply();
    const gone = { api_version: 'example.org/v1', kind: 'Widget' };
    const made = operations.map((each) => ({ ...each, entitlement: { ...each.entitlement, ...gone } }));
    expect(shown(await run.undo({ operations: made }))).toEqual([
      `remove skipped kubernetes_object ConfigMap ${namespace}/widget (there is no such kind any more)`,
    ]);
  });

  it('a namespace goes only when nothing else is in it', async () => {
    const name = `${namespace}-new`;
    const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    const inside = configMap('inside', { a: '1' }, { namespace: name });
    const run = apply(space, inside);
    expect(await run.plan()).toEqual([
      `create_object kubernetes cluster: Namespace ${name}`,
      `create_object kubernetes cluster: ConfigMap ${name}/inside`,
    ]);
    const made = await run.apply();
    const foreign = `/api/v1/namespaces/${name}/configmaps/foreign`;
    await kubernetes.apply('kubectl', foreign, configMap('foreign', {}));
    expect(shown(await run.undo(made))).toEqual([
      `remove done kubernetes_object ConfigMap ${name}/inside`,
      `remove skipped kubernetes_object Namespace ${name} (there is something in it: ConfigMap foreign)`,
    ]);
    await kubernetes.call('DELETE', foreign);
    expect(shown(await run.undo(made))).toEqual([
      `remove skipped kubernetes_object ConfigMap ${name}/inside (it was not there)`,
      `remove done kubernetes_object Namespace ${name}`,
    ]);
    // without controllers it stays like this
    expect((await kubernetes.read(`/api/v1/namespaces/${name}`)).status.phase).toBe('Terminating');
    await expect(apply(space).apply()).rejects.toMatchObject({ code: 'busy' });
  });

  it('custom resources are objects like others', async () => {
    const database = (instances: unknown) => ({
      ...{ apiVersion: 'acid.zalan.do/v1', kind: 'postgresql', metadata: { name: 'field-db' } },
      spec: { numberOfInstances: instances },
    });
    const path = `/apis/acid.zalan.do/v1/namespaces/${namespace}/postgresqls/field-db`;
    const run = apply(database(1));
    const made = await run.apply();
    expect((await kubernetes.read(path)).spec).toEqual({ numberOfInstances: 1 });
    expect((await planned([database(2)])).map(({ before, after }) => [before, after])).toEqual([
      [{ 'spec.numberOfInstances': 1 }, { 'spec.numberOfInstances': 2 }],
    ]);
    await expect(apply(database('many')).apply()).rejects.toMatchObject({ code: 'target_refused' });
    expect(shown(await run.undo(made))).toEqual([
      `remove done kubernetes_object acid.zalan.do/postgresql ${namespace}/field-db`,
    ]);
  });

  it.each([
    ['an unknown field', { ...configMap('odd', {}), dta: {} }, 'target_refused', /dta/],
    [
      'a kind that there is not',
      { ...configMap('odd', {}), kind: 'ConfigMop' },
      'unprocessable',
      /ConfigMop/,
    ],
    [
      'rights that the service lacks',
      { ...configMap('odd', {}), kind: 'PodTemplate', data: undefined },
      'target_refused',
      /403/,
    ],
    [
      'a namespace for what is in none',
      { ...configMap('odd', {}, { namespace: 'field' }), kind: 'Node', data: undefined },
      'unprocessable',
      /must not be set/,
    ],
    [
      'values of a Secret',
      { ...configMap('odd', { a: 'YQ==' }), kind: 'Secret' },
      'unprocessable',
      /no values/,
    ],
  ])('with %s are refused for good, and nothing is made', async (_, manifest, code, message) => {
    await expect(apply(manifest).apply()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await kubernetes.read(pathOf('odd'))).toBeUndefined();
  });
});
