import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../scripts/child.mjs';
import { ClusterService, homeOf, sharedOf, SILENT } from '../../support/cluster/cluster-service.js';
import type { ClusterNode } from '../../support/cluster/cluster.js';
import { ask, bodyOf } from '../../support/service/fleet.js';
import { hasNamespaces } from '../../support/cluster/namespaces.js';
import { type Credential, LAKE } from '../../support/access/probe.js';
import type { Answer } from '../../support/service/service.js';

/** Longer than what a write is uncertain for when its node is lost (`MinioNode.unheardMs`), and a check of the nodes. */
const CERTAIN_MS = 6000;

type Six = [string, string, string, string, string, string];

/** What takes something away. */
interface Taken extends Reach {
  by: () => Promise<Answer>;
}

/** Something that lets somebody in. */
interface Reach {
  what: string;
  as: Credential;
  /** An object that it lets them reach. */
  key: string;
}

(hasNamespaces() ? describe : describe.skip)('four nodes of MinIO, one silent', () => {
  let four: ClusterService;
  beforeAll(async () => {
    four = await ClusterService.start();
  }, 180_000);
  beforeEach(() => four.whole(), 180_000);
  afterEach(() => four.calm(), 180_000);
  afterAll(() => four?.stop());

  it('cut off: what is taken away meanwhile is taken away at every other node, and there, too, when it is back', async () => {
    const gone = four.nodes[3] as ClusterNode;
    const others = four.others(gone);
    const { taken, owner, rotated } = await oneOfEverything();
    // used there: from now on the node knows them all
    expect(await stillLive(taken, [gone])).toHaveLength(taken.length);
    await gone.root.server.info();
    gone.cut();
    // on a connection that has lost its peer, then on new ones: each call ends
    for (let times = 0; times < 3; times += 1)
      await expect(gone.root.server.info()).rejects.toMatchObject({ retryable: true });
    const answers: string[] = [];
    for (const { what, by } of taken) {
      const { status, body } = await four.takesAway(what, by);
      answers.push(`${what}: ${status} ${JSON.stringify(body)}`);
    }
    await allEnd(taken, others, answers);
    const fresh = await four.comesIn(rotated.user, SILENT);
    expect(await four.livesAt(fresh, homeOf(rotated.user), others)).toEqual(four.numbers(others));
    await four.cluster.whole();
    await four.toldEverything(owner.user);
    expect(await stillLive(taken, four.nodes)).toEqual([]);
    expect(await four.livesAt(fresh, homeOf(rotated.user))).toEqual([1, 2, 3, 4]);
    expect(await four.livesAt(owner.pair, homeOf(owner.user))).toEqual([1, 2, 3, 4]);
  }, 420_000);

  it('frozen, the one in use: present pairs are served, what is answered as done is done, and all is right after it has thawed', async () => {
    const steady = four.person('steady');
    await bodyOf(ask.pair(four.service, steady), 201);
    const { taken, owner, stranger } = await oneOfEverything();
    expect(await stillLive(taken, four.nodes)).toHaveLength(4 * taken.length);
    const gone = await four.inUse();
    const others = four.others(gone);
    // whoever was written within the last seconds is uncertain when another node takes the writes, and waits for it
    await sleep(CERTAIN_MS);
    // MinIO itself may write nothing for minutes while a node takes connections and answers nothing
    gone.freeze();
    const crowd = four.load(steady);
    const away = async () => (await four.service.request('GET', '/readyz')).body.status === 'degraded';
    await waitFor('the node to be missed', away, SILENT);
    for (const each of taken) {
      const { status, body } = await each.by();
      expect([200, 202, 204, 503]).toContain(status);
      // 202, or `enforced: false`: kept, to be done when MinIO writes again
      const isDone = status === 204 || (status === 200 && body.enforced !== false);
      if (isDone) expect(await found([each], others)).toEqual([]);
    }
    const foreign = { what: 'stranger', as: stranger.pair, key: homeOf(owner.user) };
    expect(await found([foreign], others)).toEqual([]);
    const counts = await crowd.end();
    expect(counts['pair 200']).toBeGreaterThan(0);
    const allowed = ['pair 200', 'session 201', 'session 503'];
    expect(Object.entries(counts).filter(([what]) => !allowed.includes(what))).toEqual([]);
    await four.cluster.whole();
    for (const { what, by } of taken) await four.takesAway(what, by);
    await four.toldEverything(owner.user);
    expect(await stillLive(taken, four.nodes)).toEqual([]);
    for (const { user, pair } of [owner, stranger])
      expect(await four.livesAt(pair, homeOf(user))).toEqual([1, 2, 3, 4]);
    const made = four.person('made');
    expect(await four.livesAt(await four.comesIn(made, SILENT), homeOf(made))).toEqual([1, 2, 3, 4]);
  }, 420_000);

  /** People with one of everything that can be taken away. */
  async function oneOfEverything() {
    const { service } = four;
    const names = ['owner', 'guest', 'stopped', 'removed', 'member', 'rotated'];
    const [owner, guest, stopped, removed, member, rotated] = names.map((name) => four.person(name)) as Six;
    const pairs = new Map<string, Credential>();
    for (const user of [owner, guest, stopped, removed, member, rotated])
      pairs.set(user, await bodyOf(ask.pair(service, user), 201));
    const pairOf = (user: string) => ({ user, pair: pairs.get(user) as Credential });
    const path = `s3a://${LAKE}/${sharedOf(owner)}`;
    const group = `Group${owner.replace(/\D/g, '')}`;
    await bodyOf(ask.share(service, owner, { path, with_users: [guest] }), 200);
    await bodyOf(ask.saveGroup(service, group, { members: [member] }), 201);
    await bodyOf(ask.share(service, owner, { path, with_groups: [group] }), 200);
    const session = await bodyOf(ask.session(service, owner), 201);
    const accessKey = await bodyOf(ask.accessKey(service, owner), 201);
    const keyPath = `/users/${owner}/access-keys/${accessKey.access_key}`;
    const [key, shared] = [homeOf(owner), `${sharedOf(owner)}x`];
    const token = `token-of-${owner}`;
    const unshare = { path, from_users: [guest] };
    const of = (user: string) => ({ as: pairOf(user).pair, key: homeOf(user) });
    const taken: Taken[] = [
      { what: 'session', as: session, key, by: () => ask.endSessions(service, owner) },
      { what: 'access key', as: accessKey, key, by: () => service.request('DELETE', keyPath, { token }) },
      { what: 'share', ...of(guest), key: shared, by: () => ask.unshare(service, owner, unshare) },
      {
        what: 'member',
        ...of(member),
        key: shared,
        by: () => ask.saveGroup(service, group, { members: [] }),
      },
      { what: 'user', ...of(stopped), by: () => ask.disable(service, stopped) },
      { what: 'removed user', ...of(removed), by: () => ask.remove(service, removed) },
      { what: 'pair', ...of(rotated), by: () => ask.pair(service, rotated) },
    ];
    return { taken, owner: pairOf(owner), rotated: pairOf(rotated), stranger: pairOf(guest) };
  }

  /** What still lets somebody in, and at which node. Throws when a node does not answer. */
  async function stillLive(taken: readonly Reach[], nodes: readonly ClusterNode[]): Promise<string[]> {
    const found: string[] = [];
    for (const { what, as, key } of taken)
      for (const number of await four.livesAt(as, key, nodes)) found.push(`${what} at node ${number}`);
    return found;
  }

  /** The same, but a node that does not answer lets nobody in. */
  async function found(taken: readonly Reach[], nodes: readonly ClusterNode[]): Promise<string[]> {
    const each = await Promise.all(nodes.map((node) => stillLive(taken, [node]).catch(() => [])));
    return each.flat();
  }

  /** Waits until nothing of it lets anybody in at these nodes; a failure tells what was answered and what does. */
  async function allEnd(taken: readonly Reach[], nodes: readonly ClusterNode[], answers: string[]) {
    let left: string[] = [];
    const isOver = async () => {
      left = await stillLive(taken, nodes).catch((error: Error) => [error.message]);
      return left.length === 0;
    };
    await waitFor('the end of all that was taken away', isOver, SILENT).catch((error: Error) => {
      throw new Error([error.message, ...left, ...answers].join('\n'));
    });
  }
});
