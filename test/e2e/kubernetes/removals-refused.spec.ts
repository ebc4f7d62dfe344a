import { finalize } from '../../../scripts/demo/kubernetes/operators.mjs';
import { configMap, isRemoval, RemovalStack } from '../../support/kubernetes/removals.js';
import { hasKubernetes, KUBERNETES_START_MS } from '../../support/kubernetes/server.js';
import { problemOf } from '../../support/service/problems.js';
import { acceptedRun, endOf, execute, runWhen, statesOf } from '../../support/workflows/runs.js';
import { submit } from '../../support/workflows/provisions.js';

(hasKubernetes() ? describe : describe.skip)('what a workflow does not remove in Kubernetes', () => {
  let world: RemovalStack;

  beforeAll(async () => {
    world = await RemovalStack.start();
  }, KUBERNETES_START_MS);
  beforeEach(() => world.renew());
  afterAll(() => world?.stop());

  const space = (name = world.namespace) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  /** Neither the plan nor the run goes, and both say why. */
  const expectRefused = async (manifest: object[], why: string) => {
    const dry = await world.asked('drop', manifest, {}, '?dry_run=true');
    expect([problemOf(dry), dry.body.detail]).toEqual([[409, 'not_possible'], expect.stringContaining(why)]);
    const answer = await world.asked('drop', manifest);
    expect([problemOf(answer), answer.body.detail]).toEqual([[409, 'not_possible'], dry.body.detail]);
    expect(world.gate.calls.filter(isRemoval)).toEqual([]);
  };

  it('of what no run has made is refused, and then nothing goes', async () => {
    await world.completed('make', [configMap('ours')]);
    await world.kubernetes.apply('kubectl', world.path('theirs'), configMap('theirs'));
    await world.completed('make', [{ ...configMap('theirs'), data: { more: '2' } }]);
    const why = `ConfigMap ${world.namespace}/theirs stays: no run for the team has made it`;
    await expectRefused([configMap('theirs'), configMap('ours')], why);
    // a copy has the annotations of what was copied
    const { annotations } = (await world.kubernetes.read(world.path('ours'))).metadata;
    expect(Object.keys(annotations)).toEqual(['minio-manager/provision']);
    await world.kubernetes.apply('kubectl', world.path('copy'), configMap('copy', { annotations }));
    await expectRefused([configMap('ours'), configMap('copy')], 'copy stays: no run for the team');
    // what a request says of its team is no more than that
    const user = { user_name: 'alice' };
    const { id } = await submit(world.stack.admin, 'user', user, { metadata: { team: 'Lab' } });
    const forged = configMap('forged', { annotations: { 'minio-manager/provision': id } });
    await world.kubernetes.apply('minio-manager', world.path('forged'), forged);
    await expectRefused([configMap('ours'), configMap('forged')], 'forged stays: no run for the team');
    expect(await world.kubernetes.read(world.path('ours'))).toBeDefined();
  });

  it('of what a run for another team has made is refused, also where both may work', async () => {
    const shared = await world.kubernetes.namespace('shared');
    const manifest = [configMap('office')];
    const given = { ...world.given(manifest), namespace: shared };
    const made = await execute(world.stack.person('bob'), 'things/make-1', given, { team: 'Office' });
    expect((await endOf(world.stack.admin, acceptedRun(made))).status).toBe('completed');
    world.namespace = shared;
    await expectRefused(manifest, 'office stays: no run for the team has made it');
    const own = await execute(world.stack.person('bob'), 'things/drop-1', given, { team: 'Office' });
    expect((await endOf(world.stack.admin, acceptedRun(own))).error).toBeNull();
    expect(await world.kubernetes.read(world.path('office'))).toBeUndefined();
  });

  it.each([
    ['namespace', { ...configMap('x'), metadata: { name: 'x', namespace: 'kube-system' } }],
    ['namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'office' } }],
    ['kubernetes kind', { ...configMap('x'), kind: 'Role' }],
  ])(
    'of a %s that is not the team’s is refused, and nothing is asked of the server',
    async (what, manifest) => {
      world.gate.calls.splice(0);
      const answer = await world.asked('drop', [manifest]);
      expect([problemOf(answer), answer.body.errors[0].rule]).toEqual([
        [422, 'not_allowed_step'],
        expect.stringContaining(`the ${what} `),
      ]);
      expect(world.gate.calls).toEqual([]);
    },
  );

  it('never removes another one that has taken the name in this moment', async () => {
    await world.completed('make', [configMap('taken')]);
    world.gate.before(isRemoval, async () => {
      await world.kubernetes.call('DELETE', world.path('taken'));
      await world.kubernetes.apply('kubectl', world.path('taken'), configMap('taken'));
    });
    const run = await world.ended('drop', [configMap('taken')]);
    expect([run.status, run.error]).toEqual([
      'failed',
      expect.stringContaining('taken stays: there is another one with its name by now'),
    ]);
    expect((await world.kubernetes.read(world.path('taken'))).metadata.deletionTimestamp).toBeUndefined();
  });

  it('takes a namespace only when nothing else is in it, and counts what goes before', async () => {
    const name = world.newName();
    world.namespace = name;
    const inside = [configMap('a'), configMap('b')];
    await world.completed('make', [space(), ...inside]);
    await expectRefused(
      [space(), configMap('a')],
      `Namespace ${name} stays: there is something in it: ConfigMap b`,
    );
    expect(await world.kubernetes.read(world.path('a'))).toBeDefined();
    const targets = (await world.planned([space(), configMap('a')], { more: configMap('b') })).map(
      ({ target }: any) => target.split(': ')[1],
    );
    expect(targets).toEqual([`ConfigMap ${name}/b`, `ConfigMap ${name}/a`, `Namespace ${name}`]);
    const run = acceptedRun(await world.asked('drop', [space(), configMap('a')], { more: configMap('b') }));
    await runWhen(world.stack.admin, run, 'its wait', (each) => statesOf(each)['last'] === 'pending_action');
    await finalize(world.kubernetes, name);
    const end = await endOf(world.stack.admin, run);
    expect([end.error, end.status]).toEqual([null, 'completed']);
    expect(await world.kubernetes.read(`/api/v1/namespaces/${name}`)).toBeUndefined();
  });

  it('what somebody puts into a namespace meanwhile is not taken with it', async () => {
    const name = world.newName();
    world.namespace = name;
    await world.completed('make', [space(), configMap('a')]);
    world.gate.before(isRemoval, () =>
      world.kubernetes.apply('kubectl', world.path('late'), configMap('late')),
    );
    const run = await world.ended('drop', [space(), configMap('a')]);
    expect([run.status, run.error]).toEqual([
      'failed',
      expect.stringContaining('there is something in it: ConfigMap late'),
    ]);
    expect((await world.kubernetes.read(`/api/v1/namespaces/${name}`)).status.phase).toBe('Active');
  });
});
