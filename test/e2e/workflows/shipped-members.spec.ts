import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { CUSTOM_KINDS, installKinds, KINDS_POLICY } from '../../../scripts/demo/kubernetes/kinds.mjs';
import { isForgeNear, type Organization, workerForge } from '../../support/forge/server.js';
import { PlayedOperators } from '../../../scripts/demo/kubernetes/operators.mjs';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { acceptLogins } from '../../support/kubernetes/vault-login.js';
import { MORE_POLICY, type OpenBao, startOpenBao } from '../../support/servers/openbao.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, startStack } from '../../support/service/stack.js';
import { secretFile } from '../../support/workflows/steps.js';
import { tempDir } from '../../support/service/temp.js';
import { acceptedRun, endOf, execute, statesOf } from '../../support/workflows/runs.js';

/** Teams whose names have what names of groups may have, and names of buckets may have, too. */
const TEAMS = ['lab', 'Lab-Office'];

/** What a member of a team gives for the parameters that must be given. */
const given = (team: string): Record<string, unknown> => ({
  ...{
    bucket_name: `${team.toLowerCase()}-data`,
    db_name: `${team.toLowerCase()}_data`,
    team: `${team}-new`,
  },
  ...{ secret_path: `teams/${team}/app`, generate: ['APP_KEY'] },
  ...{
    namespace: `${team.toLowerCase()}-data`,
    secret_name: 'app',
    cluster_name: 'shop',
    app_name: `${team.toLowerCase()}-app`,
    project: team.toLowerCase(),
  },
  repo_url: 'https://git.example.org/lab/shop.git',
  repository: `${team.toLowerCase()}-shop`,
});

/** It removes a namespace only when nothing else is in it. */
const REMOVES_EMPTY = 'container-team/delete-namespace';
const spareOf = (team: string) => `${team.toLowerCase()}-spare`;

/** Of docs/targets.md, for the names of these teams. */
const VAULT_POLICY = MORE_POLICY.replaceAll('team-', 'lab-');

const PROVIDERS = join(ROOT, 'providers');
/** A workflow with a step of a type that starts so, or that runs one. */
function hasStep(name: string, type: string): boolean {
  const text = readFileSync(join(PROVIDERS, `${name.replace('/', '/workflows/')}.yaml`), 'utf8');
  const parts = [...text.matchAll(/^ +(?:provider: (\S+)\n +)?workflow: (\S+)$/gm)];
  const own = name.split('/')[0];
  return (
    text.includes(` ${type}.`) ||
    parts.some(([, provider = own, workflow]) => hasStep(`${provider}/${workflow}`, type))
  );
}

(hasPostgres() ? describe : describe.skip)(
  'members of a team and the providers that come with the service',
  () => {
    let stack: Stack;
    let bao: OpenBao;
    let postgres: PostgresServer;
    let kubernetes: Kubernetes | undefined;
    let forge: Organization | undefined;
    let operators: PlayedOperators | undefined;

    beforeAll(async () => {
      [bao, postgres] = await Promise.all([startOpenBao(), startPostgres()]);
      if (hasKubernetes()) {
        kubernetes = await workerKubernetes();
        await installKinds(kubernetes, CUSTOM_KINDS);
        await acceptLogins(bao, kubernetes);
        operators = new PlayedOperators(kubernetes);
      }
      if (isForgeNear()) forge = await (await workerForge()).organization('shipped');
      const file = join(tempDir('targets'), 'targets.json');
      const token = secretFile(await bao.tokenWith(VAULT_POLICY));
      const targets = [
        { name: 'main', kind: 'vault', address: bao.address, token_file: token, teams: 'all' },
        { name: 'products', kind: 'postgres', url: postgres.url, teams: 'all' },
        ...(kubernetes ? [kubernetes.target({ teams: 'all' })] : []),
        ...(forge ? [forge.target({ teams: 'all' })] : []),
      ];
      writeFileSync(file, JSON.stringify({ targets }));
      const policy = join(tempDir('policy'), 'policy.yaml');
      writeFileSync(policy, KINDS_POLICY);
      const env = { PROVIDERS_DIR: PROVIDERS, TARGETS_FILE: file, WORKFLOW_POLICY_FILE: policy };
      stack = await startStack({ env: { ...NO_LIMITS, ...env } });
      await makePeople(stack, ['alice', 'bob']);
      for (const team of TEAMS) await stack.admin.post(`/groups/${team}`, { members: ['alice'] });
    }, KUBERNETES_START_MS);
    afterAll(async () => {
      await stack?.stop();
      await operators?.stop();
      await Promise.all([bao?.stop(), postgres?.stop()]);
    });

    const alice = () => stack.person('alice');
    const offered = async (): Promise<{ name: string; required: string[] }[]> => {
      const { items } = (await alice().get('/api/providers')).body;
      const workflows = items.flatMap((provider: any) =>
        provider.workflows.map((each: any) => ({
          name: `${provider.name}/${each.name}`,
          required: each.parameters.required,
        })),
      );
      expect(workflows.length).toBeGreaterThanOrEqual(12);
      return workflows.filter(
        ({ name }: { name: string }) =>
          (kubernetes || !hasStep(name, 'kubernetes')) && (forge || !hasStep(name, 'git')),
      );
    };
    const asked = (team: string, { name, required }: { name: string; required: string[] }, query = '') => {
      const values = { ...given(team), ...(name === REMOVES_EMPTY && { namespace: spareOf(team) }) };
      const parameters = Object.fromEntries(required.map((each) => [each, values[each as never]]));
      return execute(alice(), name, parameters, { team, query });
    };
    /** A namespace in which the other workflows have put nothing. */
    const makeSpare = async (team: string) => {
      const namespace = spareOf(team);
      const answer = await execute(alice(), 'container-team/create-namespace', { namespace }, { team });
      expect((await endOf(alice(), acceptedRun(answer))).error).toBeNull();
      operators?.ending.add(namespace);
    };

    /** What makes something first, what removes it last. */
    const place = ({ name }: { name: string }) =>
      name.includes('/create-') ? 0 : name.includes('/delete-') ? 2 : 1;

    it.each(TEAMS)('%s: a member plans and runs each workflow with what it requires alone', async (team) => {
      if (kubernetes) await makeSpare(team);
      for (const workflow of (await offered()).sort((a, b) => place(a) - place(b))) {
        const planned = await asked(team, workflow, '?dry_run=true');
        expect([workflow.name, planned.status, planned.body.errors]).toEqual([workflow.name, 200, undefined]);
        const run = await endOf(alice(), acceptedRun(await asked(team, workflow)));
        expect([workflow.name, run.error, run.status]).toEqual([workflow.name, null, 'completed']);
      }
    });

    it('keys and logins are in the folder of the team, and of a team that it made', async () => {
      const kept = ['lab/buckets/lab-data', 'lab/databases/lab_data', 'lab-new/buckets/lab-data'];
      for (const path of kept) expect(await bao.secret(`teams/${path}`)).toBeDefined();
      const { items } = (await alice().get('/api/golden-paths')).body;
      expect(items).toContainEqual(expect.objectContaining({ name: 'onboard-data-team' }));
    });

    it('a repository has the files of the provider, with its own names in them', async () => {
      if (!forge) return;
      expect(await forge.text('lab-office-shop', 'README.md')).toBe(
        '# lab-office-shop\n\nA repository of Lab-Office\n\nThe team Lab-Office works on it.\n',
      );
      expect(await forge.text('lab-shop', '.gitignore')).toContain('*.pem\n');
      expect(await forge.read('lab-shop')).toMatchObject({ private: true, default_branch: 'main' });
    });

    it('a key that is made again leaves the people in the group', async () => {
      const parameters = { bucket_name: 'lab-kept', owners: ['alice'] };
      const create = acceptedRun(
        await execute(alice(), 'storage-team/create-bucket', parameters, { team: 'lab' }),
      );
      expect((await endOf(alice(), create)).error).toBeNull();
      const members = async () => {
        const { body } = await stack.admin.get('/groups/lab-kept-writers');
        return body.members.map(({ user_name, role }: any) => `${user_name} ${role}`).sort();
      };
      await stack.admin.post('/groups/lab-kept-writers/members', { user_name: 'bob', role: 'member' });
      const before = await members();
      expect(before).toEqual(['alice owner', 'bob member', 'lab-kept-loader member']);
      const first = await bao.secret('teams/lab/buckets/lab-kept');
      const key = { bucket_name: 'lab-kept' };
      const again = acceptedRun(await execute(alice(), 'storage-team/bucket-key', key, { team: 'lab' }));
      expect((await endOf(alice(), again)).error).toBeNull();
      expect(await members()).toEqual(before);
      expect(await bao.secret('teams/lab/buckets/lab-kept')).not.toEqual(first);
    });

    it('without a vault, buckets are made without keys', async () => {
      await stack.restart({ TARGETS_FILE: '' });
      for (const name of ['create-bucket', 'onboard-data-team']) {
        const parameters = {
          bucket_name: `lab-${name}`,
          ...(name === 'create-bucket' ? {} : { team: 'lab-2' }),
        };
        const run = await endOf(
          alice(),
          acceptedRun(await execute(alice(), `storage-team/${name}`, parameters, { team: 'lab' })),
        );
        expect([run.error, run.status]).toEqual([null, 'completed']);
        const keys = Object.entries(statesOf(run)).filter(([step]) => /(^|\/)key\//.test(step));
        expect([...new Set(keys.map(([, state]) => state))]).toEqual(['skipped']);
      }
    });
  },
);
