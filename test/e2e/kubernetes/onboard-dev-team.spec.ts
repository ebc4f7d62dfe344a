import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSql } from '../../support/database/sql.js';
import { hasForge, type Organization, workerForge } from '../../support/forge/server.js';
import { APPLICATION, pathOfKind, VAULT_STATIC_SECRET } from '../../../scripts/demo/kubernetes/kinds.mjs';
import { hasKubernetes, type Kubernetes, KUBERNETES_START_MS } from '../../support/kubernetes/server.js';
import { ShippedStack, staysOf } from '../../support/kubernetes/shipped.js';
import { tokenOf } from '../../../scripts/demo/kubernetes/vault-logins.mjs';
import { acceptLogins, logIn } from '../../support/kubernetes/vault-login.js';
import { MORE_POLICY } from '../../support/servers/openbao.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { tempDir } from '../../support/service/temp.js';
import { ctl } from '../../support/walks/ctl.js';

/** No controller removes what is left of a namespace, so another one has this name in each process. */
const APP = `lab-web-${process.pid}`;
const SCORE = `apiVersion: score.dev/v1b1
metadata: {name: ${APP}}
containers:
  web: {image: registry.example.org/shop:1}
`;
const SECRETS = { bucket: `buckets/${APP}`, database: `databases/${APP}`, app: `apps/${APP}` };
const isWhole = () => hasKubernetes() && hasForge() && hasPostgres();

(isWhole() ? describe : describe.skip)('onboard-dev-team of container-team, from a Score file', () => {
  let shipped: ShippedStack;
  let kubernetes: Kubernetes;
  let postgres: PostgresServer;
  let forge: Organization;
  let env: Record<string, string>;
  let run: any;
  const folder = tempDir('work');

  beforeAll(async () => {
    [forge, postgres] = await Promise.all([(await workerForge()).organization('lab'), startPostgres()]);
    const database = { name: 'products', kind: 'postgres', url: postgres.url, teams: ['Lab'] };
    const policy = MORE_POLICY.replaceAll('team-', 'lab-');
    shipped = await ShippedStack.start(policy, [database, forge.target({ teams: ['Lab'] })]);
    kubernetes = shipped.kubernetes;
    await acceptLogins(shipped.bao, kubernetes);
    const { stack } = shipped;
    env = { MINIO_MANAGER_URL: stack.service.baseUrl, MINIO_MANAGER_TOKEN: stack.person('alice').token };
    writeFileSync(join(folder, 'score.yaml'), SCORE);
  }, KUBERNETES_START_MS);
  afterAll(async () => {
    await shipped?.stop();
    await postgres?.stop();
  });

  const asked = (...more: string[]) =>
    ctl(
      env,
      ['run', 'container-team/onboard-dev-team', 'score.yaml', '--team', 'Lab', '-o', 'json', ...more],
      {
        cwd: folder,
      },
    );
  const databases = async (): Promise<string[]> => {
    const [found] = await runSql({ DATABASE_URL: postgres.url }, ['select datname from pg_database']);
    return found && 'rows' in found ? found.rows.map(({ datname }) => String(datname)) : [];
  };
  const kept = async () => {
    const each = Object.entries(SECRETS).map(
      async ([name, path]) => [name, await shipped.bao.secret(`teams/Lab/${path}`)] as const,
    );
    return Object.fromEntries(await Promise.all(each));
  };

  it('shows all that it would do, and does nothing', async () => {
    const { code, out, err } = await asked('--dry-run');
    expect([code, err]).toEqual([0, '']);
    const changes = JSON.parse(out).plan.flatMap((step: any) => step.changes ?? []);
    const kinds = new Set(changes.map(({ change }: any) => change));
    for (const kind of ['create_repository', 'create_bucket', 'create_database', 'create_role'])
      expect(kinds).toContain(kind);
    expect(await forge.read(APP)).toBeUndefined();
    expect(await shipped.within(APP, '')).toBeUndefined();
  });

  it('gives a repository, a namespace, a bucket, a database, their secrets in both places, and a deployment', async () => {
    const { code, out, err } = await asked('--wait');
    run = JSON.parse(out);
    expect([run.error, code, err]).toEqual([null, 0, '']);
    expect(run).toMatchObject({ status: 'completed', application: APP });
    expect(await forge.text(APP, 'README.md')).toContain(APP);
    expect((await shipped.within(APP, '')).status.phase).toBe('Active');
    expect(await shipped.stack.rootS3.buckets()).toContain(APP);
    expect(await databases()).toContain(APP);
    const { spec } = await kubernetes.read(pathOfKind(APPLICATION, APP, APP));
    expect(spec.source.repoURL).toBe((await forge.read(APP)).clone_url);
    for (const [name, secret] of Object.entries(await kept())) {
      expect([name, Object.keys(secret ?? {}).length > 0]).toEqual([name, true]);
      for (const value of Object.values(secret ?? {}))
        if (String(value).length > 30) shipped.secrets.add(name, String(value));
    }
  });

  it('lets the operator read exactly these three secrets', async () => {
    for (const [name, path] of Object.entries(SECRETS)) {
      const { mount, path: named } = (await kubernetes.read(pathOfKind(VAULT_STATIC_SECRET, APP, name))).spec;
      expect(named).toBe(`teams/Lab/${path}`);
      const token = await tokenOf(kubernetes, APP, `${name}-vault`, ['vault']);
      const read = await logIn(shipped.bao, `${APP}_${name}`, token);
      const statuses = await Promise.all(
        Object.values(SECRETS).map(async (each) => (await read?.(`${mount}/data/teams/Lab/${each}`))?.status),
      );
      expect(statuses).toEqual(Object.values(SECRETS).map((each) => (each === path ? 200 : 403)));
    }
  });

  it('is undone, last step first, and nobody was told a secret', async () => {
    const back = await shipped.undone(run);
    expect(staysOf(back)).toEqual([]);
    expect(await forge.read(APP)).toBeUndefined();
    expect(await shipped.stack.rootS3.buckets()).not.toContain(APP);
    expect(await databases()).not.toContain(APP);
    expect(Object.values(await kept()).filter(Boolean)).toEqual([]);
    expect(await kubernetes.read(pathOfKind(APPLICATION, APP, APP))).toBeUndefined();
    expect(await shipped.leaks([run], back)).toEqual([]);
  });
});
