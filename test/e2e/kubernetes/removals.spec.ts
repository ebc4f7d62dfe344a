import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { finalize } from '../../../scripts/demo/kubernetes/operators.mjs';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { staysOf } from '../../support/kubernetes/shipped.js';
import { type GateCall, TargetGate } from '../../support/network/target-gate.js';
import { problemOf } from '../../support/service/problems.js';
import { submit } from '../../support/workflows/provisions.js';
import { type Stack, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import {
  acceptedRun,
  endOf,
  execute,
  providerFiles,
  runWhen,
  statesOf,
  writeProviders,
} from '../../support/workflows/runs.js';

const LETTERS = ['a', 'b', 'c'];
/** A workflow for so many objects. */
const stepsFor = (objects: number, more: string, first = ''): string => {
  const names = LETTERS.slice(0, objects);
  return `
parameters:
  type: object
  properties:
    more: {type: object}
    namespace: {type: string}
    seconds: {type: integer, default: 60}
${names.map((name) => `    ${name}: {type: object}`).join('\n')}
  required: [${names.join(', ')}, namespace]
steps:
${first}
  - name: last
    type: kubernetes.apply
    with:
      {namespace: "\${inputs.namespace}", manifest: [${names.map((name) => `"\${inputs.${name}}"`).join(', ')}]${more}}
`;
};
const FIRST = `
  - name: first
    type: kubernetes.apply
    if: has(inputs.more)
    with: {namespace: "\${inputs.namespace}", manifest: "\${inputs.more}", state: absent}`;
const DROP = ', state: absent, seconds: "${inputs.seconds}"';
const PROVIDERS = providerFiles('things', {
  ...Object.fromEntries([1, 2, 3].map((each) => [`make-${each}`, stepsFor(each, '')])),
  ...Object.fromEntries([1, 2].map((each) => [`drop-${each}`, stepsFor(each, DROP, FIRST)])),
  'odd-1': stepsFor(1, ', seconds: 5'),
});
const SLOW = 120_000;
/** One that is no dry run: what the server says of it is done. */
const isRemoval = ({ method, body }: GateCall): boolean => method === 'DELETE' && !body.includes('dryRun');

(hasKubernetes() ? describe : describe.skip)('removing objects of Kubernetes in a workflow', () => {
  let stack: Stack;
  let kubernetes: Kubernetes;
  let gate: TargetGate;
  let namespace: string;
  let count = 0;

  beforeAll(async () => {
    kubernetes = await workerKubernetes();
    gate = await TargetGate.start(kubernetes.address, kubernetes.caFile);
    const [providers, files] = [tempDir('providers'), tempDir('files')];
    writeProviders(providers, PROVIDERS);
    const target = kubernetes.target({ url: gate.address, teams: ['Lab', 'Office'] });
    const env = {
      TARGETS_FILE: join(files, 'targets.json'),
      WORKFLOW_POLICY_FILE: join(files, 'policy.yaml'),
    };
    writeFileSync(env.TARGETS_FILE, JSON.stringify({ targets: [target] }));
    writeFileSync(env.WORKFLOW_POLICY_FILE, 'names: {namespace: ["{default}", shared-*]}');
    stack = await startStack({ env: { ...NO_LIMITS, ...env, PROVIDERS_DIR: providers } });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { members: ['alice'] });
    await stack.admin.post('/groups/Office', { members: ['bob'] });
  }, KUBERNETES_START_MS);
  beforeEach(async () => {
    namespace = await kubernetes.namespace('lab');
    gate.calls.splice(0);
  });
  afterAll(async () => {
    await stack?.stop();
    await gate?.stop();
  });

  const configMap = (name: string, metadata: object = {}) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { a: '1' } },
  });
  const HELD = { finalizers: ['example.org/held'] };
  const space = (name = namespace) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const path = (name: string, within = namespace) => `/api/v1/namespaces/${within}/configmaps/${name}`;
  const newName = () => `lab-r${process.pid}-${(count += 1)}`;
  const named = (manifest: object[]) =>
    Object.fromEntries(manifest.map((each, index) => [LETTERS[index], each]));
  const asked = (workflow: string, manifest: object[], more: object = {}, query = '') =>
    execute(
      stack.person('alice'),
      `things/${workflow}-${manifest.length}`,
      { namespace, ...named(manifest), ...more },
      { team: 'Lab', query, application: newName() },
    );
  const ended = async (workflow: string, manifest: object[], more: object = {}) =>
    endOf(stack.admin, acceptedRun(await asked(workflow, manifest, more)));
  const completed = async (workflow: string, manifest: object[], more: object = {}) => {
    const run = await ended(workflow, manifest, more);
    expect([run.error, run.status]).toEqual([null, 'completed']);
    return run;
  };
  const planned = async (manifest: object[], more: object = {}) => {
    const { body } = await asked('drop', manifest, more, '?dry_run=true');
    return body.plan.flatMap(({ changes }: any) => changes ?? []);
  };
  const operationsOf = ({ steps }: any) =>
    steps.flatMap(({ operations }: any) =>
      (operations ?? []).map(
        ({ action, status, entitlement }: any) => `${action} ${status} ${entitlement.id}`,
      ),
    );
  const undone = async ({ id }: { id: string }) => {
    await stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  };
  const release = (name: string) =>
    kubernetes.call('PATCH', path(name), { metadata: { finalizers: null } }, 'application/merge-patch+json');
  /** Neither the plan nor the run goes, and both say why. */
  const expectRefused = async (manifest: object[], why: string) => {
    const dry = await asked('drop', manifest, {}, '?dry_run=true');
    expect([problemOf(dry), dry.body.detail]).toEqual([[409, 'not_possible'], expect.stringContaining(why)]);
    const answer = await asked('drop', manifest);
    expect([problemOf(answer), answer.body.detail]).toEqual([[409, 'not_possible'], dry.body.detail]);
    expect(gate.calls.filter(isRemoval)).toEqual([]);
  };

  it('is planned with what goes, goes from the last one to the first, and is not brought back', async () => {
    const both = [configMap('one'), configMap('two')];
    await completed('make', both);
    const { metadata } = await kubernetes.read(path('two'));
    const [first, second, ...none] = await planned(both);
    expect(first).toEqual({
      ...{ change: 'remove_object', target: `kubernetes cluster: ConfigMap ${namespace}/two` },
      ...{ before: { uid: metadata.uid, since: metadata.creationTimestamp }, after: null },
    });
    expect([second.target, none]).toEqual([`kubernetes cluster: ConfigMap ${namespace}/one`, []]);
    expect((await kubernetes.read(path('two'))).metadata.deletionTimestamp).toBeUndefined();
    gate.calls.splice(0);
    const run = await completed('drop', both);
    expect(operationsOf(run)).toEqual(
      ['two', 'one'].map((each) => `remove done ConfigMap ${namespace}/${each}`),
    );
    expect(
      gate.calls.filter(isRemoval).map(({ url, body }) => [url, JSON.parse(body).preconditions]),
    ).toEqual([
      [path('two'), { uid: metadata.uid }],
      [path('one'), { uid: expect.any(String) }],
    ]);
    expect(await kubernetes.read(path('one'))).toBeUndefined();
    expect((await stack.admin.post(`/api/workflows/${run.id}/verify`)).body.holds).toBe(true);
    const back = await undone(run);
    expect(staysOf(back)).toEqual(Array(2).fill('what was removed is not brought back'));
    expect(await kubernetes.read(path('one'))).toBeUndefined();
  });

  it('of what is gone already changes nothing', async () => {
    expect(await planned([configMap('never')])).toEqual([]);
    expect(operationsOf(await completed('drop', [configMap('never')]))).toEqual([
      `remove skipped ConfigMap ${namespace}/never`,
    ]);
    expect(gate.calls.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('of what no run has made is refused, and then nothing goes', async () => {
    await completed('make', [configMap('ours')]);
    await kubernetes.apply('kubectl', path('theirs'), configMap('theirs'));
    await completed('make', [{ ...configMap('theirs'), data: { more: '2' } }]);
    const why = `ConfigMap ${namespace}/theirs stays: no run for the team has made it`;
    await expectRefused([configMap('theirs'), configMap('ours')], why);
    // a copy has the annotations of what was copied
    const { annotations } = (await kubernetes.read(path('ours'))).metadata;
    expect(Object.keys(annotations)).toEqual(['minio-manager/provision']);
    await kubernetes.apply('kubectl', path('copy'), configMap('copy', { annotations }));
    await expectRefused([configMap('ours'), configMap('copy')], 'copy stays: no run for the team');
    // what a request says of its team is no more than that
    const user = { user_name: 'alice' };
    const { id } = await submit(stack.admin, 'user', user, { metadata: { team: 'Lab' } });
    const forged = configMap('forged', { annotations: { 'minio-manager/provision': id } });
    await kubernetes.apply('minio-manager', path('forged'), forged);
    await expectRefused([configMap('ours'), configMap('forged')], 'forged stays: no run for the team');
    expect(await kubernetes.read(path('ours'))).toBeDefined();
  });

  it('of what a run for another team has made is refused, also where both may work', async () => {
    const shared = await kubernetes.namespace('shared');
    const manifest = [configMap('office')];
    const given = { namespace: shared, ...named(manifest) };
    const made = await execute(stack.person('bob'), 'things/make-1', given, { team: 'Office' });
    expect((await endOf(stack.admin, acceptedRun(made))).status).toBe('completed');
    namespace = shared;
    await expectRefused(manifest, 'office stays: no run for the team has made it');
    const own = await execute(stack.person('bob'), 'things/drop-1', given, { team: 'Office' });
    expect((await endOf(stack.admin, acceptedRun(own))).error).toBeNull();
    expect(await kubernetes.read(path('office'))).toBeUndefined();
  });

  it.each([
    ['namespace', { ...configMap('x'), metadata: { name: 'x', namespace: 'kube-system' } }],
    ['namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'office' } }],
    ['kubernetes kind', { ...configMap('x'), kind: 'Role' }],
  ])(
    'of a %s that is not the team’s is refused, and nothing is asked of the server',
    async (what, manifest) => {
      gate.calls.splice(0);
      const answer = await asked('drop', [manifest]);
      expect([problemOf(answer), answer.body.errors[0].rule]).toEqual([
        [422, 'not_allowed_step'],
        expect.stringContaining(`the ${what} `),
      ]);
      expect(gate.calls).toEqual([]);
    },
  );

  it('has a time limit, which is of no use to what is applied', async () => {
    const answer = await asked('odd', [configMap('x')]);
    expect([answer.status, answer.body.errors[0]]).toEqual([
      422,
      { field: 'seconds', rule: expect.stringContaining('state: absent') },
    ]);
  });

  it('waits for finalizers, without a worker', async () => {
    await completed('make', [configMap('held', HELD), configMap('free')]);
    const run = acceptedRun(await asked('drop', [configMap('held'), configMap('free')]));
    await runWhen(stack.admin, run, 'its wait', (each) => statesOf(each)['last'] === 'pending_action');
    expect(await kubernetes.read(path('free'))).toBeUndefined();
    expect((await kubernetes.read(path('held'))).metadata.deletionTimestamp).toBeDefined();
    await release('held');
    const end = await endOf(stack.admin, run);
    expect([end.error, operationsOf(end)]).toEqual([
      null,
      ['free', 'held'].map((each) => `remove done ConfigMap ${namespace}/${each}`),
    ]);
  });

  it('waits no longer than it may, names the finalizers, and a retry goes on', async () => {
    await completed('make', [configMap('held', HELD), configMap('free')]);
    const run = await ended('drop', [configMap('held'), configMap('free')], { seconds: 1 });
    expect([run.status, run.error]).toEqual([
      'failed',
      expect.stringMatching(
        /ConfigMap \S+\/held is being removed \(finalizers: example.org\/held\), and did not go in 1 seconds/,
      ),
    ]);
    await release('held');
    await stack.admin.post(`/api/workflows/${run.id}/retry`);
    const end = await runWhen(stack.admin, run, 'its end', ({ status }) => status === 'completed');
    expect(operationsOf(end)).toEqual(
      ['free', 'held'].map((each) => `remove skipped ConfigMap ${namespace}/${each}`),
    );
  });

  it('never removes another one that has taken the name in this moment', async () => {
    await completed('make', [configMap('taken')]);
    gate.before(isRemoval, async () => {
      await kubernetes.call('DELETE', path('taken'));
      await kubernetes.apply('kubectl', path('taken'), configMap('taken'));
    });
    const run = await ended('drop', [configMap('taken')]);
    expect([run.status, run.error]).toEqual([
      'failed',
      expect.stringContaining('taken stays: there is another one with its name by now'),
    ]);
    expect((await kubernetes.read(path('taken'))).metadata.deletionTimestamp).toBeUndefined();
  });

  it('takes a namespace only when nothing else is in it, and counts what goes before', async () => {
    const name = newName();
    namespace = name;
    const inside = [configMap('a'), configMap('b')];
    await completed('make', [space(), ...inside]);
    await expectRefused(
      [space(), configMap('a')],
      `Namespace ${name} stays: there is something in it: ConfigMap b`,
    );
    expect(await kubernetes.read(path('a'))).toBeDefined();
    const targets = (await planned([space(), configMap('a')], { more: configMap('b') })).map(
      ({ target }: any) => target.split(': ')[1],
    );
    expect(targets).toEqual([`ConfigMap ${name}/b`, `ConfigMap ${name}/a`, `Namespace ${name}`]);
    const run = acceptedRun(await asked('drop', [space(), configMap('a')], { more: configMap('b') }));
    await runWhen(stack.admin, run, 'its wait', (each) => statesOf(each)['last'] === 'pending_action');
    await finalize(kubernetes, name);
    const end = await endOf(stack.admin, run);
    expect([end.error, end.status]).toEqual([null, 'completed']);
    expect(await kubernetes.read(`/api/v1/namespaces/${name}`)).toBeUndefined();
  });

  it('what somebody puts into a namespace meanwhile is not taken with it', async () => {
    const name = newName();
    namespace = name;
    await completed('make', [space(), configMap('a')]);
    gate.before(isRemoval, () => kubernetes.apply('kubectl', path('late'), configMap('late')));
    const run = await ended('drop', [space(), configMap('a')]);
    expect([run.status, run.error]).toEqual([
      'failed',
      expect.stringContaining('there is something in it: ConfigMap late'),
    ]);
    expect((await kubernetes.read(`/api/v1/namespaces/${name}`)).status.phase).toBe('Active');
  });

  it(
    'goes on after the service was killed between a removal and its record',
    async () => {
      await completed('make', [configMap('one'), configMap('two')]);
      const held = gate.hold(isRemoval);
      const run = acceptedRun(await asked('drop', [configMap('one'), configMap('two')]));
      await held;
      await stack.service.kill();
      await stack.startService();
      const end = await endOf(stack.admin, run);
      expect([end.error, operationsOf(end)]).toEqual([
        null,
        ['two', 'one'].map((each) => `remove done ConfigMap ${namespace}/${each}`),
      ]);
      expect(await kubernetes.read(path('one'))).toBeUndefined();
    },
    SLOW,
  );
});
