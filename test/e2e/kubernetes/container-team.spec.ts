import { waitFor } from '../../../scripts/child.mjs';
import { APPLICATION, pathOfKind } from '../../../scripts/demo/kubernetes/kinds.mjs';
import { PlayedOperators } from '../../../scripts/demo/kubernetes/operators.mjs';
import { hasKubernetes, type Kubernetes, KUBERNETES_START_MS } from '../../support/kubernetes/server.js';
import { ShippedStack, staysOf } from '../../support/kubernetes/shipped.js';
import { COPY_POLICY } from '../../support/servers/openbao.js';
import { problemOf } from '../../support/service/problems.js';

const PASSWORD = 'registry-password-4711';

(hasKubernetes() ? describe : describe.skip)('container-team', () => {
  let shipped: ShippedStack;
  let kubernetes: Kubernetes;

  beforeAll(async () => {
    shipped = await ShippedStack.start(COPY_POLICY);
    kubernetes = shipped.kubernetes;
    const { secrets } = shipped;
    secrets.add('the password of the registry', PASSWORD);
    secrets.add('the same, as Kubernetes keeps it', Buffer.from(`puller:${PASSWORD}`).toString('base64'));
    await shipped.bao.call('POST', 'secret/data/teams/Lab/registry', {
      data: { username: 'puller', password: PASSWORD },
    });
  }, KUBERNETES_START_MS);
  afterAll(() => shipped?.stop());

  const asked = (workflow: string, parameters: object, query = '') =>
    shipped.asked(`container-team/${workflow}`, parameters, query);
  const completed = (workflow: string, parameters: object) =>
    shipped.completed(`container-team/${workflow}`, parameters);
  const within = (namespace: string, path: string) => shipped.within(namespace, path);

  it('create-namespace gives a team a namespace with a quota, and a login of the registry that nothing keeps', async () => {
    const namespace = shipped.newName();
    const parameters = { namespace, pods: 5, registry: 'registry.example.org', ingress_namespace: 'ingress' };
    const dry = await asked('create-namespace', parameters, '?dry_run=true');
    expect(dry.body.plan.map(({ step, changes }: any) => [step, changes.length])).toEqual([
      ...[
        ['namespace', 1],
        ['limits', 2],
        ['network', 1],
        ['ingress', 1],
        ['registry', 1],
        ['pulls', 1],
      ],
    ]);
    expect(await within(namespace, '')).toBeUndefined();
    const run = await completed('create-namespace', parameters);
    expect(run.outputs.registry.kubernetes).toMatchObject({ namespace, name: 'registry' });
    expect((await within(namespace, '/resourcequotas/team')).spec.hard).toMatchObject({
      ...{ pods: '5', 'requests.cpu': '8', 'limits.memory': '16Gi' },
    });
    const policies = await kubernetes.read(
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
    );
    expect(policies.items.map(({ spec }: any) => [spec.policyTypes, spec.ingress[0].from])).toEqual([
      [['Ingress'], [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } } }]],
      [['Ingress'], [{ podSelector: {} }]],
    ]);
    const { type, data } = await within(namespace, '/secrets/registry');
    const login = JSON.parse(Buffer.from(data['.dockerconfigjson'], 'base64').toString());
    expect([type, login.auths['registry.example.org']]).toEqual([
      'kubernetes.io/dockerconfigjson',
      expect.objectContaining({ username: 'puller', password: PASSWORD }),
    ]);
    shipped.secrets.add('the whole login', data['.dockerconfigjson']);
    expect((await within(namespace, '/serviceaccounts/default')).imagePullSecrets).toEqual([
      { name: 'registry' },
    ]);
    expect(await shipped.holds(run)).toBe(true);

    const back = await shipped.undone(run);
    expect(staysOf(back)).toEqual([]);
    expect(await within(namespace, '/secrets/registry')).toBeUndefined();
    expect((await within(namespace, '')).status.phase).toBe('Terminating');

    expect(await shipped.leaks([run], dry.body, back)).toEqual([]);
  });

  it('a namespace in which somebody has put something stays, and the undo says why', async () => {
    const namespace = shipped.newName();
    const run = await completed('create-namespace', { namespace });
    await kubernetes.apply('people', `/api/v1/namespaces/${namespace}/configmaps/theirs`, {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs' } },
    });
    expect(staysOf(await shipped.undone(run))).toEqual(['there is something in it: ConfigMap theirs']);
    expect((await within(namespace, '')).status.phase).toBe('Active');
  });

  it('delete-namespace takes what create-namespace made, and nothing while somebody has something in it', async () => {
    const namespace = shipped.newName();
    const parameters = { namespace, registry: 'registry.example.org', ingress_namespace: 'ingress' };
    await completed('create-namespace', parameters);
    const theirs = `/api/v1/namespaces/${namespace}/configmaps/theirs`;
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs' } };
    await kubernetes.apply('people', theirs, manifest);
    const refused = await asked('delete-namespace', { namespace });
    expect([problemOf(refused), refused.body.detail]).toEqual([
      [409, 'not_possible'],
      `Namespace ${namespace} stays: there is something in it: ConfigMap theirs`,
    ]);
    expect(await within(namespace, '/resourcequotas/team')).toBeDefined();
    expect(await within(namespace, '/secrets/registry')).toBeDefined();

    await kubernetes.call('DELETE', theirs);
    const dry = await asked('delete-namespace', { namespace }, '?dry_run=true');
    expect(dry.body.plan[0].changes.map(({ target }: any) => target.split(': ')[1].split(' ')[0])).toEqual([
      ...['Secret', 'NetworkPolicy', 'NetworkPolicy', 'LimitRange', 'ResourceQuota', 'Namespace'],
    ]);
    shipped.operators.ending.add(namespace);
    const run = await completed('delete-namespace', { namespace });
    expect(await within(namespace, '')).toBeUndefined();
    expect(await within(namespace, '/secrets/registry')).toBeUndefined();
    const again = await completed('delete-namespace', { namespace });
    expect(again.steps[0].operations.map(({ status }: any) => status)).toEqual(Array(6).fill('skipped'));
    expect(await shipped.leaks([run, again], refused.body, dry.body)).toEqual([]);
  });

  it('a namespace that people have made stays, and so does what they have put into one', async () => {
    const namespace = await kubernetes.namespace('lab');
    const answer = await asked('delete-namespace', { namespace });
    expect([problemOf(answer), answer.body.detail]).toEqual([
      [409, 'not_possible'],
      `Namespace ${namespace} stays: no run for the team has made it`,
    ]);
    const outside = await asked('delete-namespace', { namespace: 'kube-system' });
    expect(problemOf(outside)).toEqual([422, 'not_allowed_step']);
  });

  it('a registry whose login is not in the vault is refused before anything is made', async () => {
    const namespace = shipped.newName();
    const answer = await asked('create-namespace', {
      ...{ namespace, registry: 'registry.example.org', registry_path: 'teams/Lab/nothing' },
    });
    expect([problemOf(answer), answer.body.detail]).toEqual([
      [409, 'not_possible'],
      'The vault main has no secret at teams/Lab/nothing',
    ]);
    expect(await within(namespace, '')).toBeUndefined();
    const foreign = await asked('create-namespace', {
      ...{ namespace, registry: 'registry.example.org', registry_path: 'teams/Office/registry' },
    });
    expect(problemOf(foreign)).toEqual([422, 'not_allowed_step']);
  });

  it('deploy-app has ArgoCD deploy, waits for it, and its undo removes the application', async () => {
    const namespace = await kubernetes.namespace('lab');
    const parameters = {
      ...{ namespace, app_name: 'shop', project: 'lab', repo_url: 'https://git.example.org/lab/shop.git' },
      path: 'deploy/test',
    };
    const run = await completed('deploy-app', parameters);
    const path = pathOfKind(APPLICATION, namespace, 'shop');
    expect((await kubernetes.read(path)).spec).toEqual({
      project: 'lab',
      source: { repoURL: parameters.repo_url, path: 'deploy/test', targetRevision: 'HEAD' },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: { automated: { prune: false, selfHeal: true } },
    });
    expect(run.steps.map(({ name, status }: any) => `${name} ${status}`)).toEqual([
      ...['application completed', 'synced completed', 'healthy completed'],
    ]);
    await shipped.undone(run);
    expect(await kubernetes.read(path)).toBeUndefined();
  });

  it('what ArgoCD does not deploy in time fails, and is taken back', async () => {
    await shipped.operators.stop();
    const namespace = await kubernetes.namespace('lab');
    const run = await shipped.ended('container-team/deploy-app', {
      ...{ namespace, app_name: 'late', project: 'lab', repo_url: 'https://git.example.org/lab/shop.git' },
      wait_seconds: 1,
    });
    shipped.operators = new PlayedOperators(kubernetes);
    expect([run.status, run.error]).toEqual([
      'failed',
      expect.stringContaining('its field status.sync.status is not set, and did not change within 1 seconds'),
    ]);
    const path = pathOfKind(APPLICATION, namespace, 'late');
    await waitFor('the rollback', async () => (await kubernetes.read(path)) === undefined);
  });
});
