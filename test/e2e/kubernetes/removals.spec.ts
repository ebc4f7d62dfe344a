import { hasKubernetes, KUBERNETES_START_MS } from '../../support/kubernetes/server.js';
import { configMap, isRemoval, operationsOf, RemovalStack } from '../../support/kubernetes/removals.js';
import { staysOf } from '../../support/kubernetes/shipped.js';
import { acceptedRun, endOf, runWhen, statesOf } from '../../support/workflows/runs.js';

const SLOW = 120_000;
const HELD = { finalizers: ['example.org/held'] };

(hasKubernetes() ? describe : describe.skip)('removing objects of Kubernetes in a workflow', () => {
  let world: RemovalStack;

  beforeAll(async () => {
    world = await RemovalStack.start();
  }, KUBERNETES_START_MS);
  beforeEach(() => world.renew());
  afterAll(() => world?.stop());

  const release = (name: string) =>
    world.kubernetes.call(
      'PATCH',
      world.path(name),
      { metadata: { finalizers: null } },
      'application/merge-patch+json',
    );

  it('is planned with what goes, goes from the last one to the first, and is not brought back', async () => {
    const both = [configMap('one'), configMap('two')];
    await world.completed('make', both);
    const { metadata } = await world.kubernetes.read(world.path('two'));
    const [first, second, ...none] = await world.planned(both);
    expect(first).toEqual({
      ...{ change: 'remove_object', target: `kubernetes cluster: ConfigMap ${world.namespace}/two` },
      ...{ before: { uid: metadata.uid, since: metadata.creationTimestamp }, after: null },
    });
    expect([second.target, none]).toEqual([`kubernetes cluster: ConfigMap ${world.namespace}/one`, []]);
    expect((await world.kubernetes.read(world.path('two'))).metadata.deletionTimestamp).toBeUndefined();
    world.gate.calls.splice(0);
    const run = await world.completed('drop', both);
    expect(operationsOf(run)).toEqual(
      ['two', 'one'].map((each) => `remove done ConfigMap ${world.namespace}/${each}`),
    );
    expect(
      world.gate.calls.filter(isRemoval).map(({ url, body }) => [url, JSON.parse(body).preconditions]),
    ).toEqual([
      [world.path('two'), { uid: metadata.uid }],
      [world.path('one'), { uid: expect.any(String) }],
    ]);
    expect(await world.kubernetes.read(world.path('one'))).toBeUndefined();
    expect((await world.stack.admin.post(`/api/workflows/${run.id}/verify`)).body.holds).toBe(true);
    const back = await world.undone(run);
    expect(staysOf(back)).toEqual(Array(2).fill('what was removed is not brought back'));
    expect(await world.kubernetes.read(world.path('one'))).toBeUndefined();
  });

  it('of what is gone already changes nothing', async () => {
    expect(await world.planned([configMap('never')])).toEqual([]);
    expect(operationsOf(await world.completed('drop', [configMap('never')]))).toEqual([
      `remove skipped ConfigMap ${world.namespace}/never`,
    ]);
    expect(world.gate.calls.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('has a time limit, which is of no use to what is applied', async () => {
    const answer = await world.asked('odd', [configMap('x')]);
    expect([answer.status, answer.body.errors[0]]).toEqual([
      422,
      { field: 'seconds', rule: expect.stringContaining('state: absent') },
    ]);
  });

  it('waits for finalizers, without a worker', async () => {
    await world.completed('make', [configMap('held', HELD), configMap('free')]);
    const run = acceptedRun(await world.asked('drop', [configMap('held'), configMap('free')]));
    await runWhen(world.stack.admin, run, 'its wait', (each) => statesOf(each)['last'] === 'pending_action');
    expect(await world.kubernetes.read(world.path('free'))).toBeUndefined();
    expect((await world.kubernetes.read(world.path('held'))).metadata.deletionTimestamp).toBeDefined();
    await release('held');
    const end = await endOf(world.stack.admin, run);
    expect([end.error, operationsOf(end)]).toEqual([
      null,
      ['free', 'held'].map((each) => `remove done ConfigMap ${world.namespace}/${each}`),
    ]);
  });

  it('waits no longer than it may, names the finalizers, and a retry goes on', async () => {
    await world.completed('make', [configMap('held', HELD), configMap('free')]);
    const run = await world.ended('drop', [configMap('held'), configMap('free')], { seconds: 1 });
    expect([run.status, run.error]).toEqual([
      'failed',
      expect.stringMatching(
        /ConfigMap \S+\/held is being removed \(finalizers: example.org\/held\), and did not go in 1 seconds/,
      ),
    ]);
    await release('held');
    await world.stack.admin.post(`/api/workflows/${run.id}/retry`);
    const end = await runWhen(world.stack.admin, run, 'its end', ({ status }) => status === 'completed');
    expect(operationsOf(end)).toEqual(
      ['free', 'held'].map((each) => `remove skipped ConfigMap ${world.namespace}/${each}`),
    );
  });

  it(
    'goes on after the service was killed between a removal and its record',
    async () => {
      await world.completed('make', [configMap('one'), configMap('two')]);
      const held = world.gate.hold(isRemoval);
      const run = acceptedRun(await world.asked('drop', [configMap('one'), configMap('two')]));
      await held;
      await world.stack.service.kill();
      await world.stack.startService();
      const end = await endOf(world.stack.admin, run);
      expect([end.error, operationsOf(end)]).toEqual([
        null,
        ['two', 'one'].map((each) => `remove done ConfigMap ${world.namespace}/${each}`),
      ]);
      expect(await world.kubernetes.read(world.path('one'))).toBeUndefined();
    },
    SLOW,
  );
});
