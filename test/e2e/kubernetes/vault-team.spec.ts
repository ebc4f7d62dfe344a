import { VAULT_AUTH, VAULT_STATIC_SECRET, pathOfKind } from '../../../scripts/demo/kubernetes/kinds.mjs';
import { hasKubernetes, type Kubernetes, KUBERNETES_START_MS } from '../../support/kubernetes/server.js';
import { ShippedStack, staysOf } from '../../support/kubernetes/shipped.js';
import { tokenOf } from '../../../scripts/demo/kubernetes/vault-logins.mjs';
import { acceptLogins, logIn } from '../../support/kubernetes/vault-login.js';
import { MORE_POLICY } from '../../support/servers/openbao.js';
import { problemOf } from '../../support/service/problems.js';

const PATH = 'teams/Lab/app';

(hasKubernetes() ? describe : describe.skip)('sync-secret of vault-team', () => {
  let shipped: ShippedStack;
  let kubernetes: Kubernetes;
  let namespace: string;
  let run: any;

  beforeAll(async () => {
    shipped = await ShippedStack.start(MORE_POLICY.replaceAll('team-', 'lab-'));
    kubernetes = shipped.kubernetes;
    await acceptLogins(shipped.bao, kubernetes);
    namespace = await kubernetes.namespace('lab');
    await shipped.completed('vault-team/create-secrets', { secret_path: PATH, generate: ['APP_KEY'] });
    await shipped.completed('vault-team/create-secrets', { secret_path: `${PATH}/other`, generate: ['A'] });
    run = await shipped.completed('vault-team/sync-secret', parameters());
    shipped.secrets.add('the generated secret', (await shipped.bao.secret(PATH))?.['APP_KEY'] ?? '');
  }, KUBERNETES_START_MS);
  afterAll(() => shipped?.stop());

  const parameters = () => ({ secret_path: PATH, namespace, secret_name: 'app' });
  const role = () => `${namespace}_app`;
  const logInAs = async (account: string, within = namespace, audiences: string[] | undefined = ['vault']) =>
    logIn(shipped.bao, role(), await tokenOf(kubernetes, within, account, audiences));

  it('asks the operator to synchronize the secret, with an account of its own', async () => {
    const read = async (kind: typeof VAULT_AUTH) =>
      (await kubernetes.read(pathOfKind(kind, namespace, 'app'))).spec;
    expect(await read(VAULT_AUTH)).toEqual({
      ...{ method: 'kubernetes', mount: 'kubernetes' },
      kubernetes: { role: role(), serviceAccount: 'app-vault', audiences: ['vault'] },
    });
    expect(await read(VAULT_STATIC_SECRET)).toEqual({
      ...{ vaultAuthRef: 'app', type: 'kv-v2', mount: 'secret', path: PATH, refreshAfter: '60s' },
      destination: { name: 'app', create: true },
    });
    expect(await shipped.holds(run)).toBe(true);
  });

  it('lets the operator read that path, and no other', async () => {
    const { spec } = await kubernetes.read(pathOfKind(VAULT_AUTH, namespace, 'app'));
    const { mount, path } = (await kubernetes.read(pathOfKind(VAULT_STATIC_SECRET, namespace, 'app'))).spec;
    // what the operator does, with what it is told
    const { role: asked, serviceAccount, audiences } = spec.kubernetes;
    const read = await logIn(
      shipped.bao,
      asked,
      await tokenOf(kubernetes, namespace, serviceAccount, audiences),
    );
    const answer = await read?.(`${mount}/data/${path}`);
    expect([answer?.status, answer?.body.data.data]).toEqual([200, await shipped.bao.secret(PATH)]);
    const others = [
      ...['secret/data/teams/Lab/app/other', 'secret/data/teams/Lab/other', 'secret/data/teams/Office/app'],
      ...['secret/metadata/teams/Lab?list=true', 'secret/metadata/teams/Lab/app?list=true'],
      ...['sys/policies/acl/default', `auth/kubernetes/role/${role()}`],
    ];
    const statuses = [];
    for (const each of others) statuses.push([each, (await read?.(each))?.status]);
    expect(statuses).toEqual(others.map((each) => [each, 403]));
  });

  it('lets no other service account log in, and no token that is made for somebody else', async () => {
    const elsewhere = await kubernetes.namespace('lab');
    const account = (within: string, name: string) =>
      kubernetes.apply('people', `/api/v1/namespaces/${within}/serviceaccounts/${name}`, {
        ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
      });
    await account(namespace, 'others');
    await account(elsewhere, 'app-vault');
    expect(await logInAs('app-vault')).toBeDefined();
    expect(await logInAs('others')).toBeUndefined();
    expect(await logInAs('app-vault', elsewhere)).toBeUndefined();
    expect(await logInAs('app-vault', namespace, ['https://kubernetes.default.svc'])).toBeUndefined();
  });

  it('is refused for a path, and for a namespace, of another team', async () => {
    for (const foreign of [{ secret_path: 'teams/Office/app' }, { namespace: 'office' }]) {
      const answer = await shipped.asked('vault-team/sync-secret', { ...parameters(), ...foreign });
      expect(problemOf(answer)).toEqual([422, 'not_allowed_step']);
    }
  });

  it('is taken back with everything, and the secret stays; nothing of it was kept', async () => {
    const token = await tokenOf(kubernetes, namespace, 'app-vault', ['vault']);
    const back = await shipped.undone(run);
    expect(staysOf(back)).toEqual([]);
    for (const kind of [VAULT_AUTH, VAULT_STATIC_SECRET])
      expect(await kubernetes.read(pathOfKind(kind, namespace, 'app'))).toBeUndefined();
    expect(await shipped.within(namespace, '/serviceaccounts/app-vault')).toBeUndefined();
    expect(await logIn(shipped.bao, role(), token)).toBeUndefined();
    expect(await shipped.bao.secret(PATH)).toBeDefined();
    expect(await shipped.leaks([run], back)).toEqual([]);
  });
});
