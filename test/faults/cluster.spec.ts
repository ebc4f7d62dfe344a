import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../scripts/child.mjs';
import { type ClusterNode, hasNamespaces, MinioCluster } from '../support/cluster.js';
import { pgliteDir } from '../support/database.js';
import { ask, bodyOf } from '../support/fleet.js';
import { type KbaseStub, startKbaseStub } from '../support/kbase.js';
import { type Credential, LAKE, Prober } from '../support/probe.js';
import { type Service, startService } from '../support/service.js';

/** A node that falls silent stops MinIO itself for half a minute: no other node takes a write before. */
const SILENT = { timeoutMs: 150_000, everyMs: 250 };
const SOON = { timeoutMs: 40_000, everyMs: 100 };
const homeOf = (user: string) => `users-warehouse/${user}/`;
const sharedOf = (user: string) => `${homeOf(user)}shared/`;

/** Somebody's endless work; its end tells how often what was answered. */
interface Crowd {
  end: () => Promise<Record<string, number>>;
}

type Six = [string, string, string, string, string, string];

/** Something that lets somebody in, and what takes it away. */
interface Taken {
  what: string;
  as: Credential;
  /** An object that it lets them reach. */
  key: string;
  by: () => Promise<{ status: number; body: any }>;
}

(hasNamespaces() ? describe : describe.skip)('four nodes of MinIO', () => {
  let cluster: MinioCluster;
  let kbase: KbaseStub;
  let service: Service;
  let probers: Map<ClusterNode, Prober>;
  let people = 0;

  beforeAll(async () => {
    const tokens = { 'token-of-an-administrator': { user: 'chief', customroles: ['LAKE_ADMIN'] } };
    [cluster, kbase] = await Promise.all([MinioCluster.start(), startKbaseStub({ tokens })]);
    const endpoints = cluster.nodes.map(({ endpoint }) => endpoint);
    probers = new Map(cluster.nodes.map((node) => [node, new Prober(node.endpoint)]));
    service = await startService({
      env: {
        DATA_DIR: pgliteDir(),
        MINIO_ENDPOINT: endpoints[0] ?? '',
        MINIO_ADMIN_ENDPOINT: endpoints.join(','),
        MINIO_NODE_ENDPOINTS: endpoints.join(','),
        MINIO_ROOT_USER: cluster.accessKey,
        MINIO_ROOT_PASSWORD: cluster.secretKey,
        KBASE_AUTH_URL: kbase.url,
        KBASE_ADMIN_ROLES: 'LAKE_ADMIN',
        RATE_LIMIT_CREDENTIALS: '0',
        RATE_LIMIT_WRITES: '0',
        SWEEP_INTERVAL_SECONDS: '0',
        LOG_LEVEL: 'warn',
      },
    });
  }, 180_000);

  // each begins with four nodes that serve, and a service that knows it
  beforeEach(async () => {
    await cluster.whole();
    const warm = person('warm');
    await comesIn(warm, SILENT);
    await toldEverything(warm);
  }, 180_000);

  const crowds: Crowd[] = [];
  afterEach(async () => {
    for (const crowd of crowds.splice(0)) await crowd.end();
  });

  afterAll(async () => {
    await service?.kill();
    for (const prober of probers?.values() ?? []) await prober.close();
    await Promise.all([cluster?.remove(), kbase?.stop()]);
  });

  /** A name that nobody has had yet; the person may log in. */
  function person(prefix: string): string {
    const name = `${prefix}_${(people += 1)}`;
    kbase.setToken(`token-of-${name}`, { user: name });
    return name;
  }

  const others = (gone: ClusterNode) => cluster.nodes.filter((node) => node !== gone);
  const reads = (node: ClusterNode, as: Credential, key: string): Promise<boolean> =>
    (probers.get(node) as Prober).ask({ as, action: 'read', key });
  /** At which of the nodes the credential reads the home, by number. */
  async function livesAt(
    as: Credential,
    home: string,
    nodes: readonly ClusterNode[],
    key = homeOf(home),
  ): Promise<number[]> {
    const lives = await Promise.all(nodes.map((node) => reads(node, as, key)));
    return nodes.flatMap((node, at) => (lives[at] ? [cluster.nodes.indexOf(node) + 1] : []));
  }
  const numbers = (nodes: readonly ClusterNode[]) => nodes.map((node) => cluster.nodes.indexOf(node) + 1);
  const ends = (user: string) => ask.endSessions(service, user).then(({ status }) => status);
  /** No node has anything left to hear of. */
  const toldEverything = (user: string) =>
    waitFor('every node to be told', async () => (await ends(user)) === 204, SILENT);
  const comesIn = async (user: string, options: typeof SOON): Promise<Credential> =>
    waitFor(
      `the login of ${user}`,
      async () => {
        const { status, body } = await ask.pair(service, user);
        if (status !== 503 && status > 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
        return status === 503 ? undefined : body;
      },
      options,
    );

  /** People who log in all the time: how often what was answered. */
  function load(user: string): Crowd {
    let running = true;
    const counts: Record<string, number> = {};
    const count = (what: string, status: number) =>
      (counts[`${what} ${status}`] = (counts[`${what} ${status}`] ?? 0) + 1);
    const work = async (): Promise<void> => {
      while (running) {
        count('pair', (await ask.pair(service, user, { rotate: false })).status);
        count('session', (await ask.session(service, user)).status);
        await sleep(50);
      }
    };
    const done = work();
    const crowd = {
      end: async () => {
        running = false;
        await done;
        return counts;
      },
    };
    crowds.push(crowd);
    return crowd;
  }

  it.each([1, 2, 3, 4])(
    'killed: node %i; the others end sessions, people log in and share, and all of it holds when it is back',
    async (number) => {
      const gone = cluster.nodes[number - 1] as ClusterNode;
      const [ann, bob, steady] = [person('ann'), person('bob'), person('steady')];
      const pairs = await Promise.all([ann, bob, steady].map((user) => bodyOf(ask.pair(service, user), 201)));
      const session = await bodyOf(ask.session(service, ann), 201);
      expect(await livesAt(session, ann, cluster.nodes)).toEqual([1, 2, 3, 4]);
      const crowd = load(steady);
      await gone.kill();
      const left = others(gone);
      // told at once where somebody answers, and owed where nobody does
      expect(await waitFor('the end', async () => (await ends(ann)) === 202, SOON)).toBe(true);
      await waitFor('their end', async () => (await livesAt(session, ann, left)).length === 0, SOON);
      const fresh = person('fresh');
      const pair = await comesIn(fresh, SOON);
      expect(await livesAt(pair, fresh, left)).toEqual(numbers(left));
      const share = { path: `s3a://${LAKE}/${sharedOf(ann)}`, with_users: [bob] };
      await waitFor(
        'the share',
        async () => (await bodyOf(ask.share(service, ann, share), 200, 202)).enforced,
        SOON,
      );
      for (const node of left) expect(await reads(node, pairs[1], `${sharedOf(ann)}x`)).toBe(true);
      const counts = await crowd.end();
      expect(Object.keys(counts).sort()).toEqual(['pair 200', 'session 201']);
      const ready = (await service.request('GET', '/readyz')).body;
      expect(ready.status).toBe('degraded');
      await cluster.whole();
      await toldEverything(fresh);
      expect(await livesAt(session, ann, cluster.nodes)).toEqual([]);
      expect(await livesAt(pair, fresh, cluster.nodes)).toEqual([1, 2, 3, 4]);
      expect(await reads(gone, pairs[1], `${sharedOf(ann)}x`)).toBe(true);
    },
    240_000,
  );

  it('cut off: what is taken away meanwhile is taken away at every other node', async () => {
    await cutOff(cluster.nodes[3] as ClusterNode);
  }, 420_000);

  // the wait for the whole cluster, after the cable is in again, was seen to stand still in this process; it is not known why
  it.skip('cut off: and there, too, when it is back', async () => {
    const { taken, fresh, steady } = await cutOff(cluster.nodes[3] as ClusterNode);
    await cluster.whole();
    await toldEverything(steady.user);
    expect(await stillLive(taken, cluster.nodes)).toEqual([]);
    for (const { user, pair } of [fresh, steady])
      expect(await livesAt(pair, user, cluster.nodes)).toEqual([1, 2, 3, 4]);
  }, 420_000);

  /** Takes away one of everything while the node is cut off. */
  async function cutOff(gone: ClusterNode) {
    const names = ['owner', 'guest', 'stopped', 'removed', 'member', 'rotated'];
    const [owner, guest, stopped, removed, member, rotated] = names.map(person) as Six;
    const pairs = new Map<string, Credential>();
    for (const user of [owner, guest, stopped, removed, member, rotated])
      pairs.set(user, await bodyOf(ask.pair(service, user), 201));
    const pairOf = (user: string) => pairs.get(user) as Credential;
    const path = `s3a://${LAKE}/${sharedOf(owner)}`;
    const group = `Group${people}`;
    await bodyOf(ask.share(service, owner, { path, with_users: [guest] }), 200);
    await bodyOf(ask.saveGroup(service, group, { members: [member] }), 201);
    await bodyOf(ask.share(service, owner, { path, with_groups: [group] }), 200);
    const [session, key] = await Promise.all([
      bodyOf(ask.session(service, owner), 201),
      bodyOf(ask.accessKey(service, owner), 201),
    ]);
    const shared = `${sharedOf(owner)}x`;
    const keyPath = `/users/${owner}/access-keys/${key.access_key}`;
    const token = `token-of-${owner}`;
    const taken: Taken[] = [
      { what: 'session', as: session, key: homeOf(owner), by: () => ask.endSessions(service, owner) },
      {
        what: 'access key',
        as: key,
        key: homeOf(owner),
        by: () => service.request('DELETE', keyPath, { token }),
      },
      {
        what: 'share',
        as: pairOf(guest),
        key: shared,
        by: () => ask.unshare(service, owner, { path, from_users: [guest] }),
      },
      {
        what: 'membership',
        as: pairOf(member),
        key: shared,
        by: () => ask.saveGroup(service, group, { members: [] }),
      },
      { what: 'user', as: pairOf(stopped), key: homeOf(stopped), by: () => ask.disable(service, stopped) },
      {
        what: 'removed user',
        as: pairOf(removed),
        key: homeOf(removed),
        by: () => ask.remove(service, removed),
      },
      { what: 'pair', as: pairOf(rotated), key: homeOf(rotated), by: () => ask.pair(service, rotated) },
    ];
    // used there: from now on the node knows them all
    expect((await stillLive(taken, [gone])).length).toBe(taken.length);
    gone.cut();
    const answers: string[] = [];
    for (const { what, by } of taken) await waitFor(what, () => isDone(what, by, answers), SILENT);
    await allEnd(taken, others(gone), answers);
    const fresh = { user: rotated, pair: await comesIn(rotated, SILENT) };
    expect(await livesAt(fresh.pair, rotated, others(gone))).toEqual(numbers(others(gone)));
    return { taken, fresh, steady: { user: owner, pair: pairOf(owner) } };
  }

  /** Whether it is done, or kept to be done; every other answer than the last one is noted once. */
  async function isDone(what: string, act: Taken['by'], answers: string[]): Promise<boolean> {
    const { status, body } = await act();
    const answer = `${what}: ${status} ${JSON.stringify(body)}`;
    if (answers.at(-1) !== answer) answers.push(answer);
    return [200, 202, 204].includes(status);
  }

  /** What still lets somebody in, and at which node. Throws when a node does not answer. */
  async function stillLive(taken: readonly Taken[], nodes: readonly ClusterNode[]): Promise<string[]> {
    const found: string[] = [];
    for (const { what, as, key } of taken)
      for (const node of nodes)
        if (await reads(node, as, key)) found.push(`${what} at node ${cluster.nodes.indexOf(node) + 1}`);
    return found;
  }

  /** Waits until nothing of it lets anybody in at these nodes; a failure tells what was answered and what does. */
  async function allEnd(
    taken: readonly Taken[],
    nodes: readonly ClusterNode[],
    answers: string[],
  ): Promise<void> {
    let found: string[] = [];
    const ended = async () => {
      found = await stillLive(taken, nodes).catch((error: Error) => [error.message]);
      return found.length === 0;
    };
    await waitFor('the end of all that was taken away', ended, SILENT).catch((error: Error) => {
      throw new Error([error.message, ...found, ...answers].join('\n'));
    });
  }

  // not run to its end yet
  it.skip('frozen: the node that takes the writes; nothing is lost, and when it is put down another one takes them', async () => {
    const user = person('before');
    const pair = await bodyOf(ask.pair(service, user), 201);
    const session = await bodyOf(ask.session(service, user), 201);
    const inUse = await Promise.all(cluster.nodes.map((node) => isInUse(node)));
    const gone = cluster.nodes[inUse.indexOf(true)] as ClusterNode;
    expect(await livesAt(session, user, cluster.nodes)).toEqual([1, 2, 3, 4]);
    gone.freeze();
    const left = others(gone);
    // MinIO writes nothing within seconds while a node hangs: what needs no write goes on, what can be kept is kept
    const crowd = load(user);
    expect(await ends(user)).toBe(202);
    const away = async () => (await service.request('GET', '/readyz')).body.status === 'degraded';
    await waitFor('the node to be missed', away, SILENT);
    // what an orchestrator does about a node that fails its health check
    await gone.kill();
    const fresh = person('fresh');
    const made = await comesIn(fresh, SILENT);
    await waitFor('their end', async () => (await livesAt(session, user, left)).length === 0, SILENT);
    const counts = await crowd.end();
    const allowed = ['pair 200', 'session 201', 'session 503'];
    expect(Object.keys(counts).filter((what) => !allowed.includes(what))).toEqual([]);
    expect(await livesAt(made, fresh, left)).toEqual(numbers(left));
    await cluster.whole();
    await toldEverything(fresh);
    expect(await livesAt(session, user, cluster.nodes)).toEqual([]);
    for (const [as, home] of [
      [pair, user],
      [made, fresh],
    ] as const)
      expect(await livesAt(as, home, cluster.nodes)).toEqual([1, 2, 3, 4]);
  }, 420_000);

  /** The node that the service names as the one in use. */
  async function isInUse({ endpoint }: ClusterNode): Promise<boolean> {
    const { body } = await service.request('GET', '/metrics');
    return new RegExp(`minio_node_in_use\\{endpoint="${endpoint}"\\} 1`).test(String(body));
  }
});
