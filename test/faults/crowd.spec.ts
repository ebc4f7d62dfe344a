import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../scripts/child.mjs';
import { Fleet, type Replica, ask, bodyOf } from '../support/service/fleet.js';
import { userOf } from '../support/network/gate.js';
import { hasPostgres } from '../support/servers/postgres.js';
import type { Call } from '../support/network/proxy.js';

/** People with whom one person shares at once. */
const CROWD = 40;
/** Subjects that one caller may be at. */
const AT_ONCE = 8;
/** So slow is MinIO where it is asked of the crowd, in milliseconds. */
const SLOW_MS = 200;

const isPolicy = (call: Call) => call.path.endsWith('/add-canned-policy');

describe.each(hasPostgres() ? ['PGlite', 'PostgreSQL'] : ['PGlite'])(
  'one person shares with many people at once, on %s',
  (kind) => {
    let fleet: Fleet;
    let replica: Replica;
    let [mallory, alice, carol] = ['', '', ''];
    let crowd: string[];

    beforeAll(async () => {
      fleet = await Fleet.start(kind as 'PGlite' | 'PostgreSQL');
      replica = await fleet.add();
      [mallory, alice, carol] = ['mallory', 'alice', 'carol'].map((name) => fleet.person(name)) as [
        string,
        string,
        string,
      ];
      crowd = Array.from({ length: CROWD }, () => fleet.person());
      for (const name of [mallory, alice, carol, ...crowd])
        await bodyOf(ask.pair(replica.service, name), 201);
    });
    afterAll(() => fleet?.stop());
    let attempt = 0;
    beforeEach(() => {
      replica.proxy.reset();
      attempt += 1;
    });

    const share = (owner: string, name: string) =>
      ask.share(replica.service, owner, {
        path: `s3a://cdm-lake/users-warehouse/${owner}/${name}_${attempt}/`,
        with_users: [name],
      });

    it(`is at ${AT_ONCE} of them at once, and others go between`, async () => {
      const { proxy } = replica;
      const under = new Set<string>();
      const written: string[] = [];
      let most = 0;
      const isOfCrowd = (call: Call) => crowd.includes(userOf(call) ?? '');
      proxy.hook(isOfCrowd, {
        before: async (call) => {
          const name = userOf(call) ?? '';
          most = Math.max(most, under.add(name).size);
          await sleep(SLOW_MS);
          under.delete(name);
        },
      });
      proxy.hook(isPolicy, { after: (call) => void written.push(userOf(call) ?? '') });
      const shares = crowd.map((name) => share(mallory, name));
      await waitFor('the first of them', () => most >= AT_ONCE, { everyMs: 2 });
      const before = written.length;
      const between = await bodyOf(share(alice, carol), 200);
      const answers = await Promise.all(shares);
      expect([between, ...answers.map(({ body }) => body)].filter((body) => !body.enforced)).toEqual([]);
      console.log(`${most} of ${CROWD} at once; alice behind ${written.indexOf(carol) - before} of them`);
      expect(most).toBeLessThanOrEqual(AT_ONCE);
      expect(written.indexOf(carol) - before).toBeLessThan(CROWD / 2);
    });
  },
);
