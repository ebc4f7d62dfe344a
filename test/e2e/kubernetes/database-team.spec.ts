import { pathOfKind, POSTGRESQL } from '../../support/kubernetes/custom-resources.js';
import { PlayedOperators, writeLogin } from '../../support/kubernetes/operators.js';
import { hasKubernetes, KUBERNETES_START_MS } from '../../support/kubernetes/server.js';
import { ShippedStack, staysOf } from '../../support/kubernetes/shipped.js';
import { LEAST_POLICY } from '../../support/servers/openbao.js';

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
