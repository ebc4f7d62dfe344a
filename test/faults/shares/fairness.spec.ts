import { waitFor } from '../../../scripts/child.mjs';
import { Fleet, type Replica, ask, bodyOf } from '../../support/service/fleet.js';
import { Gate, userOf } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import type { Call } from '../../support/network/proxy.js';

/** Requests of one person that are under way at once. */
const LANES = 20;
const LOGINS = 5;
const pathOf = (owner: string, name: string | number) => `s3a://cdm-lake/users-warehouse/${owner}/${name}/`;

const isPolicyOf = (user: string) => (call: Call) =>
  call.path.endsWith('/add-canned-policy') && userOf(call) === user;
const isPairOf = (user: string) => (call: Call) => call.path.endsWith('/add-user') && userOf(call) === user;

describe.each(hasPostgres() ? ['PGlite', 'PostgreSQL'] : ['PGlite'])(
  'one person shares without pause, on %s',
  (kind) => {
    let fleet: Fleet;
    let replica: Replica;
    let mallory: string;
    let bob: string;

    beforeAll(async () => {
      fleet = await Fleet.start(kind as 'PGlite' | 'PostgreSQL');
      replica = await fleet.add();
      [mallory, bob] = [fleet.person('mallory'), fleet.person('bob')];
      for (const name of [mallory, bob]) await bodyOf(ask.pair(replica.service, name), 201);
    });
    afterAll(() => fleet?.stop());
    beforeEach(() => replica.proxy.reset());

    const share = (name: string | number) =>
      ask.share(replica.service, mallory, { path: pathOf(mallory, name), with_users: [bob] });
    const unshare = (name: string | number) =>
      ask.unshare(replica.service, mallory, { path: pathOf(mallory, name), from_users: [bob] });

    it('who wants the present pair, or a session, does not wait for what is being changed', async () => {
      const { service, proxy } = replica;
      const before = await bodyOf(ask.pair(service, bob, { rotate: false }), 200);
      const gate = new Gate(proxy, isPolicyOf(bob), { call: 1, side: 'before' });
      const answered: string[] = [];
      const note = (what: string) => () => void answered.push(what);
      const shared = share('held').finally(note('share'));
      await gate.reached;
      const present = await bodyOf(ask.pair(service, bob, { rotate: false }), 200).finally(note('pair'));
      await bodyOf(ask.session(service, bob), 201).finally(note('session'));
      const aws = { token: `token-of-${bob}` };
      await bodyOf(service.request('GET', '/credentials/aws', aws), 200).finally(note('AWS'));
      gate.open();
      expect((await shared).status).toBe(200);
      expect(answered).toEqual(['pair', 'session', 'AWS', 'share']);
      expect([present.secret_key, present.rotated]).toEqual([before.secret_key, false]);
    });

    it('a login stands behind one enforcement of the subject that is under way, whoever else waits', async () => {
      const { service, proxy } = replica;
      let isOver = false;
      let done = 0;
      const lane = async (index: number): Promise<void> => {
        for (let turn = 0; !isOver; turn += 1) {
          const { status } = await (turn % 2 === 0 ? share(index) : unshare(index));
          expect(status).toBe(200);
          done += 1;
        }
      };
      const lanes = Array.from({ length: LANES }, (_, index) => lane(index));
      const behind: number[] = [];
      for (let login = 0; login < LOGINS; login += 1) {
        await waitFor('the storm', () => done >= LANES * (login + 1), { everyMs: 5 });
        const from = proxy.calls.length;
        await bodyOf(ask.pair(service, bob), 200);
        const since = proxy.calls.slice(from);
        behind.push(since.slice(0, since.findIndex(isPairOf(bob))).filter(isPolicyOf(bob)).length);
      }
      isOver = true;
      await Promise.all(lanes);
      console.log(`policy writes before each login's own: ${behind.join(', ')}; ${done} changes`);
      // under way when the request was sent, begun while it was read, and the login's own
      expect(Math.max(...behind)).toBeLessThanOrEqual(3);
    });
  },
);
