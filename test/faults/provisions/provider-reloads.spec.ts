import { Client } from 'pg';
import { waitFor } from '../../../scripts/child.mjs';
import { GitServer } from '../../support/servers/git-server.js';
import { Forge } from '../../support/servers/git-webhook.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { type Service, startService } from '../../support/service/service.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { acceptedRun, endOf, execute } from '../../support/workflows/runs.js';

const SECRET = 'what-the-forge-and-we-know';
const filesOf = (version: number) => ({
  'provider.yaml': `name: maps\nversion: ${version}.0.0\ndescription: Maps\nowner: geo\nworkflows_dir: workflows\n`,
  'workflows/make.yaml': `name: make
description: Creates a bucket
steps:
  - {name: settle, type: wait, with: {seconds: 2}}
  - {name: bucket, type: storage.bucket, with: {bucket: maps-${version}}}
`,
});
/** What holds a load where its process dies, until the transaction ends. */
const LOCKS = {
  'after the fetch': 'lock table provider_version in exclusive mode',
  'before the commit': `select from provider where name = 'maps' for update`,
};

(hasPostgres() ? describe : describe.skip)('providers that several processes load', () => {
  const server = new GitServer();
  const repository = server.repository('maps');
  const forge = new Forge(server, SECRET);
  let stack: Stack;
  let database: Client;
  /** The processes, the last one that was started first. */
  const processes: Service[] = [];
  let version = 1;

  const startOne = async (): Promise<Service> => {
    const service = await startService({ env: stack.env });
    processes.unshift(service);
    return service;
  };
  const at = (service: Service) => new Caller(() => service, stack.admin.token, stack.secrets);
  const newest = (): Caller => at(processes[0] ?? stack.service);
  const shown = async (caller = newest()) => (await caller.get('/api/providers/maps')).body;
  const push = () => repository.commit(filesOf((version += 1)));
  const isAt = (commit: string) =>
    waitFor(`commit ${commit}`, async () => (await shown()).source.commit === commit);
  const loadsOf = async (commit: string) =>
    (await newest().get('/admin/audit?action=provider.loaded&limit=200')).body.items.filter(
      ({ detail }: any) => detail.commit === commit,
    ).length;

  beforeAll(async () => {
    const { host } = await server.start();
    const git = { PROVIDER_GIT_HOSTS: host, PROVIDER_GIT_INSECURE: 'true', PROVIDER_WEBHOOK_SECRET: SECRET };
    stack = await startStack({ embedded: false, env: { ...NO_LIMITS, ...git } });
    database = new Client({ connectionString: stack.env.DATABASE_URL });
    await database.connect();
    repository.commit(filesOf(version));
    const own = { name: 'maps', git_url: server.urlOf(repository) };
    expect((await stack.admin.post('/api/admin/providers', own)).status).toBe(201);
    processes.unshift(stack.service);
  }, START_MS);
  afterAll(async () => {
    await database?.end();
    await Promise.all(processes.map((service) => service.kill()));
    await stack?.stop();
    await server.stop();
  });

  /** Resolves when a load has come to its point; the function lets it go on. */
  async function hold(point: string): Promise<{ reached: Promise<unknown>; free: () => Promise<unknown> }> {
    const lock = LOCKS[point as keyof typeof LOCKS];
    if (lock === undefined) {
      const reached = new Promise<void>((resolve) => (server.instead = () => resolve()));
      return { reached, free: () => Promise.resolve((server.instead = undefined)) };
    }
    await database.query('begin');
    await database.query(lock);
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    const reached = waitFor('the load', async () => (await database.query(waiting)).rows.length > 0);
    return { reached, free: () => database.query('rollback') };
  }

  it.each(['before the fetch', ...Object.keys(LOCKS)])(
    'a load whose process is killed %s changes nothing, and another process does it',
    async (point) => {
      const [victim] = processes as [Service];
      const before = await shown();
      const commit = push();
      const told = await victim.request('POST', '/webhooks/git', forge.signed(forge.push(repository)));
      expect(told.body).toEqual({ status: 'accepted' });
      // the load begins two seconds later
      const { reached, free } = await hold(point);
      await reached;
      await startOne();
      await victim.kill();
      await free();
      expect(await shown()).toEqual(before);
      await isAt(commit);
      expect(await shown()).toMatchObject({ status: 'ready', version: `${version}.0.0` });
      expect(await loadsOf(commit)).toBe(1);
    },
  );

  it('two that load at once answer with the same version, and serve it', async () => {
    await startOne();
    const [one, other] = processes.slice(0, 2).map(at) as [Caller, Caller];
    const commit = push();
    const reload = (caller: Caller) => caller.post('/api/admin/providers/maps/reload');
    const answers = await Promise.all([one, other, one, other, one, other].map(reload));
    expect(answers.map(({ status, body }) => [status, body.source?.commit])).toEqual(
      answers.map(() => [200, commit]),
    );
    const [here, there] = await Promise.all([shown(one), shown(other)]);
    expect(here).toEqual(there);
    expect([here.version, await loadsOf(commit)]).toEqual([`${version}.0.0`, 1]);
  });

  it('a run goes on with the version that it was accepted with, when another one is loaded', async () => {
    await newest().post('/groups/Lab', {});
    const [one, other] = processes.slice(0, 2).map(at) as [Caller, Caller];
    const begin = async (caller: Caller, application: string) =>
      acceptedRun(await execute(caller, 'maps/make', {}, { team: 'Lab', application }));
    const first = await begin(one, 'first');
    push();
    await other.post('/api/admin/providers/maps/reload');
    const second = await begin(one, 'second');
    const ends = [await endOf(one, first), await endOf(one, second)];
    expect(ends.map(({ steps }) => steps[1].outputs.bucket)).toEqual([
      `maps-${version - 1}`,
      `maps-${version}`,
    ]);
    expect(first.version).not.toEqual(second.version);
  });
});
