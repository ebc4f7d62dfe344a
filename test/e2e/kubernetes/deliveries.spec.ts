import { Deliveries } from '../../../src/steps/deliver/deliver.js';
import type { Targets } from '../../../src/targets/targets.js';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { shown, TEAM, targetsWith } from '../../support/workflows/steps.js';

const SECRET = { apiVersion: 'v1', kind: 'Secret' };
const plain = (data: Record<string, string> = {}) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );

(hasKubernetes() ? describe : describe.skip)('secrets that are delivered to Kubernetes', () => {
  let kubernetes: Kubernetes;
  let targets: Targets;
  let deliveries: Deliveries;
  let namespace: string;

  beforeAll(async () => {
    kubernetes = await workerKubernetes();
    namespace = await kubernetes.namespace('field');
    targets = targetsWith([kubernetes.target()]);
    deliveries = new Deliveries(targets);
  }, KUBERNETES_START_MS);
  afterAll(() => targets?.onApplicationShutdown());

  const pathOf = (name: string) => `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const read = async (name: string) => {
    const found = await kubernetes.read(pathOf(name));
    return found && plain(found.data);
  };
  const spec = (name: string, keys = {}) => ({ kubernetes: { namespace, name, keys } });
  const by = (provisionId: string) => ({ provisionId, team: TEAM });
  const deliver = (name: string, provision: string, parts: Record<string, string>, keys = {}) =>
    deliveries.deliver(spec(name, keys), parts, by(provision));
  const takenBack = async (...made: { operation: any }[]) =>
    shown({
      operations: await deliveries.takeBack(
        made.map(({ operation }) => operation),
        { team: TEAM },
      ),
    });

  it('are there under their names, are told as a reference, and go with the undo', async () => {
    const parts = { username: 'loader', password: 'hunter2-4711' };
    expect(
      deliveries.plan(spec('new', { password: 'PASSWORD' }), Object.keys(parts), { team: TEAM }),
    ).toEqual([
      {
        ...{ change: 'write_secret', target: `kubernetes cluster: Secret ${namespace}/new` },
        ...{ before: null, after: { keys: ['username', 'PASSWORD'] } },
      },
    ]);
    const made = await deliver('new', 'p1', parts, { password: 'PASSWORD' });
    expect(await read('new')).toEqual({ username: 'loader', PASSWORD: 'hunter2-4711' });
    const { uid } = (await kubernetes.read(pathOf('new'))).metadata;
    const keys = ['username', 'PASSWORD'];
    expect(made.reference).toEqual({ kubernetes: { target: 'cluster', namespace, name: 'new', uid, keys } });
    expect(JSON.stringify(made)).not.toContain('hunter2');
    expect(
      await deliveries.found(spec('new', { password: 'PASSWORD' }), Object.keys(parts), by('p2')),
    ).toMatchObject({
      operation: { status: 'unchanged' },
    });
    expect(await deliveries.found(spec('new'), ['other'], by('p2'))).toBeUndefined();
    expect(await takenBack(made)).toEqual([`remove done kubernetes_secret ${namespace}/new`]);
    expect(await read('new')).toBeUndefined();
    expect(await takenBack(made)).toEqual([`remove done kubernetes_secret ${namespace}/new`]);
  });

  it('an attempt after a crash writes again, and the undo still takes all of it back', async () => {
    await deliver('twice', 'p1', { password: 'first-secret' });
    const made = await deliver('twice', 'p1', { password: 'second-secret' });
    expect(await read('twice')).toEqual({ password: 'second-secret' });
    expect(await takenBack(made)).toEqual([`remove done kubernetes_secret ${namespace}/twice`]);
    expect(await read('twice')).toBeUndefined();
  });

  it('keys beside them stay, and one of somebody else is not overwritten', async () => {
    const theirs = { ...SECRET, metadata: { name: 'shared' }, data: { theirs: 'YQ==' } };
    await kubernetes.apply('kubectl', pathOf('shared'), theirs);
    await expect(deliver('shared', 'p1', { theirs: 'mine-now' })).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringMatching(/the key theirs .* belongs to somebody else/),
    });
    const made = await deliver('shared', 'p1', { ours: 'secret-of-ours' });
    expect(await read('shared')).toEqual({ theirs: 'a', ours: 'secret-of-ours' });
    await takenBack(made);
    expect(await read('shared')).toEqual({ theirs: 'a' });
  });

  it('what was written or changed since stays, and is said', async () => {
    const first = await deliver('later', 'p1', { password: 'first-secret' });
    const second = await deliver('later', 'p2', { password: 'second-secret' });
    expect(await takenBack(first)).toEqual([
      `remove skipped kubernetes_secret ${namespace}/later (it has newer values)`,
    ]);
    expect(await takenBack(second)).toEqual([
      `remove skipped kubernetes_secret ${namespace}/later (what was there before cannot be brought back)`,
    ]);
    expect(await read('later')).toEqual({ password: 'second-secret' });

    const third = await deliver('changed', 'p3', { password: 'third-secret' });
    const change = { data: { password: 'Yg==', more: 'Yg==' } };
    await kubernetes.call('PATCH', pathOf('changed'), change, 'application/merge-patch+json');
    expect(await takenBack(third)).toEqual([
      `remove skipped kubernetes_secret ${namespace}/changed (somebody has changed it)`,
    ]);
    expect(await read('changed')).toEqual({ password: 'b', more: 'b' });
  });

  it('a refused one is told without what the server says', async () => {
    const bad = deliver('refused', 'p1', { 'a key': 'hunter2-4711' });
    await expect(bad).rejects.toMatchObject({ code: 'target_refused' });
    await expect(bad).rejects.not.toThrow(/hunter2/);
  });
});
