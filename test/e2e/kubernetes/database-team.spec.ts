import { pathOfKind, POSTGRESQL } from '../../../scripts/demo/kubernetes/kinds.mjs';
import { PlayedOperators, writeLogin } from '../../../scripts/demo/kubernetes/operators.mjs';
import { hasKubernetes, KUBERNETES_START_MS } from '../../support/kubernetes/server.js';
import { ShippedStack, staysOf } from '../../support/kubernetes/shipped.js';
import { LEAST_POLICY } from '../../support/servers/openbao.js';
import { problemOf } from '../../support/service/problems.js';
import { acceptedRun, endOf } from '../../support/workflows/runs.js';

/** No operator can run here: there are no nodes. {@link PlayedOperators} writes the Secret and the status that it would write. */
(hasKubernetes() ? describe : describe.skip)('create-postgres-cluster of database-team', () => {
  let shipped: ShippedStack;
  let namespace: string;
  let cluster: string;

  beforeAll(async () => {
    shipped = await ShippedStack.start(LEAST_POLICY);
  }, KUBERNETES_START_MS);
  beforeEach(async () => {
    namespace = await shipped.kubernetes.namespace('lab');
    cluster = `${namespace}-shop`;
  });
  afterAll(() => shipped?.stop());

  const NAME = 'database-team/create-postgres-cluster';
  const parameters = (more: object = {}) => ({ cluster_name: 'shop', namespace, ...more });
  const read = () => shipped.kubernetes.read(pathOfKind(POSTGRESQL, namespace, cluster));
  const inVault = () => shipped.bao.secret('teams/Lab/databases/shop');

  it('asks the operator, waits for it, and brings the login that it made to the vault without keeping it', async () => {
    const dry = await shipped.asked(NAME, parameters(), '?dry_run=true');
    expect(dry.body.plan.map(({ step, changes }: any) => [step, changes?.[0]?.change])).toEqual([
      ['cluster', 'create_object'],
      ['running', 'wait'],
      ['login', 'write_secret'],
    ]);
    const run = await shipped.completed(NAME, parameters());
    expect((await read()).spec).toEqual({
      ...{ teamId: namespace, numberOfInstances: 2, volume: { size: '10Gi' } },
      ...{ users: { app: [] }, databases: { app: 'app' }, postgresql: { version: '17' } },
    });
    const secret = `/secrets/app.${cluster}.credentials.postgresql.acid.zalan.do`;
    const { data } = await shipped.within(namespace, secret);
    const password = Buffer.from(data.password, 'base64').toString();
    shipped.secrets.add('the password', password);
    const login = {
      username: 'app',
      password,
      host: `${cluster}.${namespace}.svc`,
      port: '5432',
      database: 'app',
    };
    expect(await inVault()).toEqual(login);
    expect(run.outputs.delivered.vault).toMatchObject({ path: 'teams/Lab/databases/shop' });
    expect(await shipped.holds(run)).toBe(true);

    await writeLogin(shipped.kubernetes, namespace, cluster, 'another-password-4711');
    shipped.secrets.add('the second password', 'another-password-4711');
    expect(await shipped.holds(run)).toBe(false);
    const again = await shipped.completed(NAME, parameters());
    expect(await inVault()).toEqual({ ...login, password: 'another-password-4711' });
    expect(again.steps[0].operations[0].status).toBe('unchanged');

    expect(staysOf(await shipped.undone(again))).toEqual(['what was there before cannot be brought back']);
    expect(await inVault()).toBeDefined();
    const back = await shipped.undone(run);
    expect(staysOf(back)).toEqual(['it has a newer version']);
    expect(await read()).toBeUndefined();
    expect(await shipped.leaks([run, again], dry.body, back)).toEqual([]);
  });

  it('goes with delete-postgres-cluster, and as a resource, when the operator has let it go; the vault keeps the login', async () => {
    const run = await shipped.completed(NAME, parameters());
    const { items } = (await shipped.stack.person('alice').get('/api/resources')).body;
    const resource = items.find(({ type }: any) => type === 'postgres-cluster');
    const path = pathOfKind(POSTGRESQL, namespace, cluster);
    const hold = (finalizers: string[] | null) =>
      shipped.kubernetes.call('PATCH', path, { metadata: { finalizers } }, 'application/merge-patch+json');
    await hold(['acid.zalan.do/held']);
    const late = await shipped.ended(
      'database-team/delete-postgres-cluster',
      parameters({ wait_seconds: 1 }),
    );
    expect([late.status, late.error]).toEqual(['failed', expect.stringContaining('acid.zalan.do/held')]);
    expect((await read()).metadata.deletionTimestamp).toBeDefined();
    const answer = await shipped.stack.person('alice').delete(`/api/resources/${resource.id}`);
    const deletion = acceptedRun(answer);
    await hold(null);
    const end = await endOf(shipped.stack.admin, deletion);
    expect([end.error, end.workflow, await read()]).toEqual([null, 'delete-postgres-cluster', undefined]);
    expect(await inVault()).toBeDefined();
    expect((await shipped.stack.person('alice').get('/api/resources')).body.items).not.toContainEqual(
      expect.objectContaining({ id: resource.id, deleted_at: null }),
    );
    expect(await shipped.leaks([run, late, end])).toEqual([]);
  });

  it('a cluster that people have made stays', async () => {
    const manifest = { apiVersion: 'acid.zalan.do/v1', kind: 'postgresql', metadata: { name: cluster } };
    const path = pathOfKind(POSTGRESQL, namespace, cluster);
    await shipped.kubernetes.apply('people', path, { ...manifest, spec: { numberOfInstances: 1 } });
    const answer = await shipped.asked('database-team/delete-postgres-cluster', parameters());
    expect([problemOf(answer), answer.body.detail]).toEqual([
      [409, 'not_possible'],
      `postgresql ${namespace}/${cluster} stays: no run for the team has made it`,
    ]);
  });

  it('what the operator does not bring up in time is taken back, and nothing is in the vault', async () => {
    await shipped.operators.stop();
    const run = await shipped.ended(NAME, parameters({ wait_seconds: 1, vault_folder: 'teams/Lab/late' }));
    shipped.operators = new PlayedOperators(shipped.kubernetes);
    expect([run.status, run.error]).toEqual([
      'failed',
      expect.stringContaining('its field status.PostgresClusterStatus is not set'),
    ]);
    expect(await read()).toBeUndefined();
    expect(await shipped.bao.secret('teams/Lab/late/databases/shop')).toBeUndefined();
  });
});
