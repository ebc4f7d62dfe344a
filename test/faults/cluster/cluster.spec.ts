import { waitFor } from '../../../scripts/child.mjs';
import { ClusterService, homeOf, sharedOf, SOON } from '../../support/cluster/cluster-service.js';
import type { ClusterNode } from '../../support/cluster/cluster.js';
import { ask, bodyOf } from '../../support/service/fleet.js';
import { hasNamespaces } from '../../support/cluster/namespaces.js';
import { LAKE } from '../../support/access/probe.js';

(hasNamespaces() ? describe : describe.skip)('four nodes of MinIO, one killed', () => {
  let four: ClusterService;
  beforeAll(async () => {
    four = await ClusterService.start();
  }, 180_000);
  beforeEach(() => four.whole(), 180_000);
  afterEach(() => four.calm(), 180_000);
  afterAll(() => four?.stop());

  it.each([1, 2, 3, 4])(
    'node %i; the others end sessions, people log in and share, and all of it holds when it is back',
    async (number) => {
      const { service, cluster } = four;
      const gone = four.nodes[number - 1] as ClusterNode;
      const [ann, bob, steady] = ['ann', 'bob', 'steady'].map((name) => four.person(name)) as Three;
      const [, pair] = await Promise.all(
        [ann, bob, steady].map((user) => bodyOf(ask.pair(service, user), 201)),
      );
      const session = await bodyOf(ask.session(service, ann), 201);
      expect(await four.livesAt(session, homeOf(ann))).toEqual([1, 2, 3, 4]);
      const crowd = four.load(steady);
      await gone.kill();
      const left = four.others(gone);
      // told at once where somebody answers, and owed where nobody does
      expect(await waitFor('the end', async () => (await four.ends(ann)) === 202, SOON)).toBe(true);
      const isOver = async () => (await four.livesAt(session, homeOf(ann), left)).length === 0;
      await waitFor('their end', isOver, SOON);
      const fresh = four.person('fresh');
      const made = await four.comesIn(fresh, SOON);
      expect(await four.livesAt(made, homeOf(fresh), left)).toEqual(four.numbers(left));
      const share = { path: `s3a://${LAKE}/${sharedOf(ann)}`, with_users: [bob] };
      const isShared = async () => (await bodyOf(ask.share(service, ann, share), 200, 202)).enforced;
      await waitFor('the share', isShared, SOON);
      const key = `${sharedOf(ann)}x`;
      expect(await four.livesAt(pair, key, left)).toEqual(four.numbers(left));
      const counts = await crowd.end();
      expect(Object.keys(counts).sort()).toEqual(['pair 200', 'session 201']);
      expect((await service.request('GET', '/readyz')).body.status).toBe('degraded');
      expect(await four.doctor()).toMatchObject({
        verdict: 'warning',
        detail: expect.stringContaining(`${gone.endpoint} did not answer; `),
      });
      await cluster.whole();
      await four.toldEverything(fresh);
      expect(await four.livesAt(session, homeOf(ann))).toEqual([]);
      expect(await four.livesAt(made, homeOf(fresh))).toEqual([1, 2, 3, 4]);
      expect(await four.reads(gone, pair, key)).toBe(true);
    },
    240_000,
  );

  it('none: the doctor is content, and tells of nodes that are not configured', async () => {
    expect(await four.doctor()).toMatchObject({
      verdict: 'ok',
      detail: expect.stringMatching(/^4 of 4 answer/),
    });
    const other = await four.another(four.nodes.slice(0, 2));
    try {
      expect(await four.doctor(other)).toMatchObject({
        verdict: 'warning',
        detail: expect.stringContaining('MinIO has 4 nodes, of which MINIO_NODE_ENDPOINTS names 2: '),
      });
    } finally {
      await other.kill();
    }
  }, 60_000);
});

type Three = [string, string, string];
