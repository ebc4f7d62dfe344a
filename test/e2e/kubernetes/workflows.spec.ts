import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { TargetGate } from '../../support/network/target-gate.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import {
  acceptedRun,
  endOf,
  execute,
  runWhen,
  statesOf,
  writeProviders,
} from '../../support/workflows/runs.js';

const PROVIDERS = {
  'containers/provider.yaml': `
name: containers
version: 1.0.0
description: Namespaces and what is in them
owner: platform@example.org
workflows_dir: workflows
`,
  'containers/workflows/space.yaml': `
name: space
description: A namespace with settings
on_failure: rollback
parameters:
  - {name: name, type: string, required: true}
  - {name: wait_for, type: string, default: ""}
steps:
  - name: namespace
    type: kubernetes
    config:
      manifest: |
        apiVersion: v1
        kind: Namespace
        metadata:
          name: \${inputs.name}
  - name: settings
    type: kubernetes.apply
    with: {namespace: "\${inputs.name}", manifest_path: ./manifests/settings.yaml}
  - name: ready
    type: kubernetes.wait
    if: inputs.wait_for != ""
    with:
      {api_version: v1, kind: ConfigMap, namespace: "\${inputs.name}", name: settings, field: data.wait_for, equals: "\${inputs.wait_for}", seconds: 60}
outputs:
  uid: \${steps.settings.outputs.objects}
`,
  'containers/manifests/settings.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  app: \${inputs.name}
---
apiVersion: v1
kind: Service
metadata: {name: settings}
spec: {ports: [{port: 80}]}
`,
  'containers/workflows/any.yaml': `
name: any
description: Any object
parameters:
  type: object
  properties:
    manifest: {type: object}
    namespace: {type: string}
    target: {type: string, default: cluster}
  required: [manifest, namespace]
steps:
  - name: apply
    type: kubernetes.apply
    with: {target: "\${inputs.target}", namespace: "\${inputs.namespace}", manifest: "\${inputs.manifest}"}
`,
};
const SLOW = 120_000;

(hasKubernetes() ? describe : describe.skip)('workflows on Kubernetes', () => {
  let stack: Stack;
  let kubernetes: Kubernetes;
  let gate: TargetGate;
  let count = 0;

  beforeAll(async () => {
    kubernetes = await workerKubernetes();
    gate = await TargetGate.start(kubernetes.address, kubernetes.caFile);
    const [providers, targets] = [tempDir('providers'), join(tempDir('targets'), 'targets.json')];
    writeProviders(providers, PROVIDERS);
    const target = (name: string, team: string) =>
      kubernetes.target({ name, url: gate.address, teams: [team] });
    const named = [target('cluster', 'Lab'), target('other', 'Office')];
    writeFileSync(targets, JSON.stringify({ targets: named }));
    stack = await startStack({ env: { ...NO_LIMITS, PROVIDERS_DIR: providers, TARGETS_FILE: targets } });
    stack.secrets.add('the token of the target', kubernetes.serviceToken);
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
    await stack.admin.post('/groups/Office', { members: ['bob'] });
  }, KUBERNETES_START_MS);
  afterAll(async () => {
    await stack?.stop();
    await gate?.stop();
  });

  const newName = () => `lab-${process.pid}-${(count += 1)}`;
  const asked = (workflow: string, parameters: object, query = '') =>
    execute(stack.person('alice'), `containers/${workflow}`, parameters, {
      team: 'Lab',
      query,
      application: newName(),
    });
  const carriedOut = async (workflow: string, parameters: object) =>
    endOf(stack.admin, acceptedRun(await asked(workflow, parameters)));
  const undone = async ({ id }: { id: string }) => {
    await stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  };
  const settings = (name: string) => `/api/v1/namespaces/${name}/configmaps/settings`;
  const configMap = (name: string, data: object) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
  });

  it('a namespace and what is in it are planned, made, and taken back', async () => {
    const name = newName();
    const dry = await asked('space', { name }, '?dry_run=true');
    expect(dry.body.plan.map(({ step, state, changes }: any) => [step, state, changes?.[0]?.change])).toEqual(
      [
        ['namespace', 'planned', 'create_object'],
        ['settings', 'planned', 'create_object'],
        ['ready', 'skipped', undefined],
      ],
    );
    expect(await kubernetes.read(`/api/v1/namespaces/${name}`)).toBeUndefined();
    const run = await carriedOut('space', { name });
    expect([run.error, run.status]).toEqual([null, 'completed']);
    const made = await kubernetes.read(settings(name));
    expect([made.data, made.metadata.managedFields.map(({ manager }: any) => manager)]).toEqual([
      { app: name },
      ['minio-manager'],
    ]);
    expect(run.outputs.uid.map(({ kind, uid }: any) => [kind, uid === made.metadata.uid])).toEqual([
      ['ConfigMap', true],
      ['Service', false],
    ]);
    const again = await asked('space', { name }, '?dry_run=true');
    expect(again.body.plan.map(({ changes }: any) => changes)).toEqual([[], [], null]);
    await undone(run);
    expect(await kubernetes.read(settings(name))).toBeUndefined();
    expect((await kubernetes.read(`/api/v1/namespaces/${name}`)).status.phase).toBe('Terminating');
  });

  it('a field of another manager is refused with both names, and nothing is forced', async () => {
    const name = newName();
    await kubernetes.call('POST', '/api/v1/namespaces', { metadata: { name } });
    await kubernetes.apply('argocd', settings(name), configMap('settings', { app: 'theirs' }));
    const { uid } = (await kubernetes.read(settings(name))).metadata;
    const dry = await asked('space', { name }, '?dry_run=true');
    expect([problemOf(dry), dry.body.detail]).toEqual([
      [409, 'target_refused'],
      expect.stringMatching(/the field \.data\.app belongs to argocd/),
    ]);
    const answer = await asked('space', { name });
    expect([problemOf(answer), answer.body.detail]).toEqual([[409, 'target_refused'], dry.body.detail]);
    const left = await kubernetes.read(settings(name));
    expect([left.metadata.uid, left.data]).toEqual([uid, { app: 'theirs' }]);
    // the namespace was there before
    expect((await kubernetes.read(`/api/v1/namespaces/${name}`)).status.phase).toBe('Active');
  });

  it.each([
    ['namespace', { manifest: configMap('x', {}), namespace: 'kube-system' }],
    [
      'namespace',
      {
        manifest: { ...configMap('x', {}), metadata: { name: 'x', namespace: 'default' } },
        namespace: 'lab',
      },
    ],
    ['kubernetes kind', { manifest: { ...configMap('x', {}), kind: 'Role' }, namespace: 'lab' }],
    ['namespace', { manifest: { ...configMap('kube-system', {}), kind: 'Namespace' }, namespace: 'lab' }],
  ])('a %s outside of the team is refused: nothing is asked of the server', async (what, parameters) => {
    gate.calls.splice(0);
    const answer = await asked('any', parameters);
    expect([problemOf(answer), answer.body.errors[0].rule]).toEqual([
      [422, 'not_allowed_step'],
      expect.stringContaining(`the ${what} `),
    ]);
    expect(gate.calls).toEqual([]);
  });

  it('a target of another team, and a Secret with values, are refused', async () => {
    const given = { manifest: configMap('x', {}), namespace: 'lab' };
    const elsewhere = await asked('any', { ...given, target: 'other' });
    expect([elsewhere.status, elsewhere.body.errors[0].field]).toEqual([422, 'target']);
    const value = 'inline-secret-4711';
    const secret = { ...configMap('x', {}), kind: 'Secret', stringData: { a: value } };
    const inline = await asked('any', { ...given, manifest: secret });
    expect([inline.status, inline.body.errors]).toEqual([
      422,
      [{ field: 'manifest', rule: expect.stringContaining('must have no values') }],
    ]);
    expect(JSON.stringify(inline.body)).not.toContain(value);
  });

  it('a value of a parameter cannot become structure', async () => {
    const name = 'x"}}\nkind: ClusterRole';
    const answer = await asked('space', { name });
    expect(answer.status).toBe(422);
  });

  it(
    'killed between an apply and its record, the run goes on, makes nothing twice, and its undo takes everything back',
    async () => {
      const name = newName();
      const run = acceptedRun(await asked('space', { name }));
      const isService = ({ method, url }: { method: string; url: string }) =>
        method === 'PATCH' && url.includes('/configmaps/settings?') && !url.includes('dryRun');
      await gate.hold(isService);
      const { uid } = (await kubernetes.read(settings(name))).metadata;
      await stack.service.kill();
      await stack.startService();
      const end = await endOf(stack.admin, run);
      expect([end.error, end.status]).toEqual([null, 'completed']);
      const { metadata } = await kubernetes.read(settings(name));
      expect([metadata.uid, metadata.annotations['minio-manager/provision']]).toEqual([
        uid,
        end.steps[1].provision_id,
      ]);
      expect(end.steps[1].operations.map(({ action, status }: any) => [action, status])).toEqual([
        ['create', 'done'],
        ['create', 'done'],
      ]);
      await undone(end);
      expect(await kubernetes.read(settings(name))).toBeUndefined();
    },
    SLOW,
  );

  it('a wait keeps no worker, and a field that changes lets the run go on', async () => {
    const name = newName();
    const run = acceptedRun(await asked('space', { name, wait_for: 'go' }));
    await runWhen(stack.admin, run, 'its wait', (each) => statesOf(each)['ready'] === 'pending_action');
    const data = { wait_for: 'go' };
    await kubernetes.apply('people', settings(name), configMap('settings', data));
    const end = await endOf(stack.admin, run);
    expect([end.error, statesOf(end)['ready']]).toEqual([null, 'completed']);
  });

  it("the step types say what they do, and the seed's name is one of them", async () => {
    const { body } = await stack.person('alice').get('/api/step-types');
    const types = body.items.filter(({ name }: any) => name.startsWith('kubernetes.'));
    expect(types.map(({ name, target }: any) => [name, target])).toEqual([
      ['kubernetes.apply', 'kubernetes'],
      ['kubernetes.job', 'kubernetes'],
      ['kubernetes.wait', 'kubernetes'],
    ]);
  });
});
