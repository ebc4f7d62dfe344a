import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { APPLICATION, installKinds, pathOfKind } from '../../support/kubernetes/custom-resources.js';
import { PlayedOperators } from '../../support/kubernetes/operators.js';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { COPY_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { problemOf } from '../../support/service/problems.js';
import { SecretFinder } from '../../support/service/secrets.js';
import { type Stack, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { acceptedRun, endOf, execute, runWhen } from '../../support/workflows/runs.js';
import { secretFile } from '../../support/workflows/steps.js';

const PASSWORD = 'registry-password-4711';
const POLICY = 'names: {kubernetes_kind: ["{default}", Application.argoproj.io]}';

(hasKubernetes() ? describe : describe.skip)('container-team', () => {
  let stack: Stack;
  let kubernetes: Kubernetes;
  let bao: OpenBao;
  let operators: PlayedOperators;
  const secrets = new SecretFinder();
  let count = 0;

  beforeAll(async () => {
    [kubernetes, bao] = await Promise.all([workerKubernetes(), startOpenBao()]);
    await installKinds(kubernetes, [APPLICATION]);
    operators = new PlayedOperators(kubernetes);
    const [targets, policy] = [
      join(tempDir('targets'), 'targets.json'),
      join(tempDir('policy'), 'policy.yaml'),
    ];
    const token_file = secretFile(await bao.tokenWith(COPY_POLICY));
    const vault = { name: 'main', kind: 'vault', address: bao.address, token_file, teams: ['Lab'] };
    writeFileSync(targets, JSON.stringify({ targets: [kubernetes.target({ teams: ['Lab'] }), vault] }));
    writeFileSync(policy, POLICY);
    const files = { TARGETS_FILE: targets, WORKFLOW_POLICY_FILE: policy };
    const env = { ...NO_LIMITS, ...files, PROVIDERS_DIR: join(ROOT, 'providers'), LOG_LEVEL: 'trace' };
    stack = await startStack({ env });
    await makePeople(stack, ['alice']);
    await stack.admin.post('/groups/Lab', { members: ['alice'] });
    secrets.add('the password of the registry', PASSWORD);
    secrets.add('the same, as Kubernetes keeps it', Buffer.from(`puller:${PASSWORD}`).toString('base64'));
    await bao.call('POST', 'secret/data/teams/Lab/registry', {
      data: { username: 'puller', password: PASSWORD },
    });
  }, KUBERNETES_START_MS);
  afterAll(async () => {
    await stack?.stop();
    await operators?.stop();
    await bao?.stop();
  });

  const newName = () => `lab-${process.pid}-c${(count += 1)}`;
  const asked = (workflow: string, parameters: object, query = '') =>
    execute(stack.person('alice'), `container-team/${workflow}`, parameters, { team: 'Lab', query });
  const completed = async (workflow: string, parameters: object) => {
    const run = await endOf(stack.admin, acceptedRun(await asked(workflow, parameters)));
    expect([run.error, run.status]).toEqual([null, 'completed']);
    return run;
  };
  const undone = async ({ id }: { id: string }) => {
    await stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  };
  const stays = ({ steps }: any) =>
    steps.flatMap(({ operations }: any) => operations.filter(({ status }: any) => status === 'skipped'));
  const within = (namespace: string, path: string) =>
    kubernetes.read(`/api/v1/namespaces/${namespace}${path}`);

  it('create-namespace gives a team a namespace with a quota, and a login of the registry that nothing keeps', async () => {
    const namespace = newName();
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
    secrets.add('the whole login', data['.dockerconfigjson']);
    expect((await within(namespace, '/serviceaccounts/default')).imagePullSecrets).toEqual([
      { name: 'registry' },
    ]);
    const { holds } = (await stack.admin.post(`/api/workflows/${run.id}/verify`)).body;
    expect(holds).toBe(true);

    const back = await undone(run);
    expect(stays(back)).toEqual([]);
    expect(await within(namespace, '/secrets/registry')).toBeUndefined();
    expect((await within(namespace, '')).status.phase).toBe('Terminating');

    const tables = ['provision', 'provision_event', 'workflow_run', 'audit_event', 'queue.job'];
    const rows = await runSql(
      stack.env,
      tables.map((table) => `select * from ${table}`),
    );
    expect(JSON.stringify(rows)).toContain(namespace);
    const logs = await stack.admin.get(`/api/workflows/${run.id}/logs`);
    expect([
      ...secrets.findIn('the answers', JSON.stringify([dry.body, run, back, logs.body])),
      ...secrets.findIn('the database', JSON.stringify(rows)),
      ...secrets.findIn('the log', stack.allLogs()),
    ]).toEqual([]);
  });

  it('a namespace in which somebody has put something stays, and the undo says why', async () => {
    const namespace = newName();
    const run = await completed('create-namespace', { namespace });
    await kubernetes.apply('people', `/api/v1/namespaces/${namespace}/configmaps/theirs`, {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs' } },
    });
    expect(stays(await undone(run)).map(({ message }: any) => message)).toEqual([
      'there is something in it: ConfigMap theirs',
    ]);
    expect((await within(namespace, '')).status.phase).toBe('Active');
  });

  it('a registry whose login is not in the vault is refused before anything is made', async () => {
    const namespace = newName();
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
    await undone(run);
    expect(await kubernetes.read(path)).toBeUndefined();
  });

  it('what ArgoCD does not deploy in time fails, and is taken back', async () => {
    await operators.stop();
    const namespace = await kubernetes.namespace('lab');
    const run = await endOf(
      stack.admin,
      acceptedRun(
        await asked('deploy-app', {
          ...{
            namespace,
            app_name: 'late',
            project: 'lab',
            repo_url: 'https://git.example.org/lab/shop.git',
          },
          wait_seconds: 1,
        }),
      ),
    );
    operators = new PlayedOperators(kubernetes);
    expect([run.status, run.error]).toEqual([
      'failed',
      expect.stringContaining('its field status.sync.status is not set, and did not change within 1 seconds'),
    ]);
    const path = pathOfKind(APPLICATION, namespace, 'late');
    await waitFor('the rollback', async () => (await kubernetes.read(path)) === undefined);
  });
});
