import { waitFor } from '../../../scripts/child.mjs';
import { CrashBench, inGroups } from '../../support/crash/crash.js';
import { ask, bodyOf } from '../../support/service/fleet.js';
import { Gate } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import type { Call, Fault } from '../../support/network/proxy.js';
import { ShareBench } from '../../support/crash/share-crash.js';
import { type Cast, OPERATIONS, type ShareOperation } from '../../support/access/share-operations.js';

/** How a call goes wrong. A slow one is applied when its caller has given it up. */
const FAULTS: [string, Fault][] = [
  ['answer lost', 'drop-answer'],
  ['refused with 503', { answer: 503 }],
  ['slow', { delayMs: 2600 }],
  ['answer cut off', { truncate: 10 }],
  ['request lost', 'drop'],
];

/** Casts that play at once: most of the time each waits until what was given up cannot arrive any more. */
const AT_ONCE = 24;

interface Case {
  operation: ShareOperation;
  /** Number of the call, among those of the operation, that goes wrong. */
  call: number;
  fault: [string, Fault];
}

let bench: CrashBench;
let shares: ShareBench;

describe('calls to MinIO that go wrong', () => {
  beforeAll(async () => {
    bench = await CrashBench.start(hasPostgres() ? 'PostgreSQL' : 'PGlite');
    shares = new ShareBench(bench);
  });
  afterAll(async () => {
    shares.close();
    await bench.stop();
  });

  it('whichever goes wrong, however, in whatever changes who reaches a folder: it comes right, and nobody has more meanwhile', async () => {
    const cases: Case[] = [];
    for (const operation of OPERATIONS) {
      const { length } = await shares.callsOf(operation);
      // every call goes wrong once; the operations make much the same calls, so each of them meets several faults
      for (let call = 1; call <= length; call += 1)
        cases.push({ operation, call, fault: FAULTS[cases.length % FAULTS.length] as [string, Fault] });
    }
    // all of them before anything goes wrong: who waits while MinIO fails for another is answered 202
    const left = await inGroups(4, cases, async (each) => ({
      ...each,
      cast: await shares.prepare(each.operation),
    }));
    bench.replica.proxy.reset();
    const hits = new Map(OPERATIONS.map(({ name }) => [name, 0]));
    const lane = async (): Promise<void> => {
      for (let each = left.shift(); each; each = left.shift()) {
        const { name } = each.operation;
        if (await goWrong(each, each.cast)) hits.set(name, (hits.get(name) ?? 0) + 1);
      }
    };
    for (const result of await Promise.allSettled(Array.from({ length: AT_ONCE }, lane)))
      if (result.status === 'rejected') throw result.reason as Error;
    for (const [name, hit] of hits) {
      const all = cases.filter(({ operation }) => operation.name === name).length;
      console.log(`${name}: ${hit} of ${all} calls went wrong`);
      expect(hit).toBeGreaterThan(0.8 * all);
    }
  }, 600_000);

  /** Plays the case; false: there was no such call. */
  async function goWrong({ operation, call, fault: [what, fault] }: Case, cast: Cast): Promise<boolean> {
    let count = 0;
    bench.replica.proxy.fail((each: Call) => shares.isOf(cast, each) && (count += 1) === call, fault);
    await play(operation, cast, `${operation.name}, call ${call}: ${what}`);
    return count >= call;
  }

  async function play(operation: ShareOperation, cast: Cast, what: string): Promise<void> {
    const watched = shares.watch(operation, { cast, what });
    watched.catch(() => undefined);
    const { status } = await operation.act(bench.replica.service, cast);
    expect([what, [200, 202, 204].includes(status)]).toEqual([what, true]);
    await watched;
    if (operation.gone) return;
    // this question goes to MinIO, too: a call of it may be the one that goes wrong
    const enforced = async () =>
      (await bodyOf(ask.user(bench.replica.service, cast.first), 200, 503)).enforced === true;
    await waitFor(`${what}: enforced`, enforced, { everyMs: 250 });
  }

  it('a write of a share that arrives when the share has ended gives nothing for long', async () => {
    const operation = OPERATIONS.find(({ name }) => name === 'share with a user') as ShareOperation;
    const { service, proxy } = bench.replica;
    proxy.reset();
    const dry = await shares.prepare(operation);
    const from = proxy.calls.length;
    await operation.act(service, dry);
    const made = proxy.calls.slice(from).filter((call) => shares.isOf(dry, call));
    const writes = made.flatMap(({ method }, index) => (method === 'GET' ? [] : [index + 1]));
    expect(writes.length).toBeGreaterThan(1);
    const arrivesLate = async (call: number): Promise<void> => {
      const cast = await shares.prepare(operation);
      const gate = new Gate(proxy, (each) => shares.isOf(cast, each), { call, side: 'before' }, true);
      expect(await bodyOf(operation.act(service, cast), 202)).toMatchObject({ enforced: false });
      const { results } = await bodyOf(ask.unshare(service, cast.owner, { path: cast.path }), 200, 202);
      const [{ still_reachable_through: _, ...result }] = results;
      // what else reaches it is MinIO's to tell, which is slow while calls are held
      expect([results.length, result]).toEqual([1, { kind: 'user', name: cast.first, status: 'revoked' }]);
      gate.open();
      await waitFor('the late write', () => gate.held.every(({ status }) => status !== undefined));
      await waitFor('the end', () => shares.hasNothing(cast, 'first'), { everyMs: 250 });
      const settled = async () => (await bodyOf(ask.user(service, cast.first), 200, 503)).enforced === true;
      await waitFor('it settled', settled, { everyMs: 250 });
      expect(await shares.hasNothing(cast, 'first')).toBe(true);
    };
    await Promise.all(writes.map(arrivesLate));
  });
});
