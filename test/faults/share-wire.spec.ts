import { waitFor } from '../../scripts/child.mjs';
import { CrashBench, inGroups } from '../support/crash.js';
import { ask, bodyOf } from '../support/fleet.js';
import { Gate } from '../support/gate.js';
import type { Call, Fault } from '../support/proxy.js';
import { ShareBench } from '../support/share-crash.js';
import { type Cast, OPERATIONS, type ShareOperation } from '../support/share-operations.js';

/** How a call goes wrong. A slow one is applied when its caller has given it up. */
const FAULTS: [string, Fault][] = [
  ['answer lost', 'drop-answer'],
  ['refused with 503', { answer: 503 }],
  ['slow', { delayMs: 2600 }],
  ['answer cut off', { truncate: 10 }],
  ['request lost', 'drop'],
];

let bench: CrashBench;
let shares: ShareBench;

/** Takes many minutes: with SLOW_TESTS=1 only. */
const suite = process.env.SLOW_TESTS ? describe : describe.skip;

suite('calls to MinIO that go wrong', () => {
  beforeAll(async () => {
    bench = await CrashBench.start('PGlite');
    shares = new ShareBench(bench);
  }, 60_000);
  afterAll(async () => {
    shares.close();
    await bench.stop();
  });

  it.each(OPERATIONS)(
    '$name: whichever goes wrong, however, it comes right, and nobody has more meanwhile',
    async (operation) => {
      bench.replica.proxy.reset();
      const calls = await shares.countCalls(operation);
      // every call with two of the faults, each fault at some of the calls
      const cases = Array.from({ length: 2 * calls }, (_, index) => ({
        call: (index % calls) + 1,
        fault: FAULTS[(index + Math.floor(index / calls) * 2) % FAULTS.length] as [string, Fault],
        cast: undefined as Cast | undefined,
      }));
      await inGroups(4, cases, async (each) => (each.cast = await shares.prepare(operation)));
      bench.replica.proxy.reset();
      let hit = 0;
      const plays = cases.map(async ({ call, fault: [what, fault], cast }) => {
        if (!cast) return;
        let count = 0;
        const isIt = (each: Call) => shares.isOf(cast, each) && (count += 1) === call && (hit += 1) > 0;
        bench.replica.proxy.fail(isIt, fault);
        await play(operation, cast, `${operation.name}, call ${call}: ${what}`);
      });
      await Promise.all(plays);
      console.log(`${operation.name}: ${hit} calls went wrong`);
      expect(hit).toBeGreaterThan(0.8 * cases.length);
    },
    120_000,
  );

  async function play(operation: ShareOperation, cast: Cast, what: string): Promise<void> {
    const watched = shares.watch(operation, { cast, what });
    watched.catch(() => undefined);
    const { status } = await operation.act(bench.replica.service, cast);
    expect([what, [200, 202, 204].includes(status)]).toEqual([what, true]);
    await watched;
    if (operation.gone) return;
    // nobody works on it any more, so the next operation does not find MinIO wanting
    const enforced = async () => (await bodyOf(ask.user(bench.replica.service, cast.first), 200)).enforced;
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
    for (const call of writes) {
      const cast = await shares.prepare(operation);
      const gate = new Gate(proxy, (each) => shares.isOf(cast, each), { call, side: 'before' }, true);
      expect(await bodyOf(operation.act(service, cast), 202)).toMatchObject({ enforced: false });
      const { results } = await bodyOf(ask.unshare(service, cast.owner, { path: cast.path }), 200, 202);
      expect(results).toEqual([{ kind: 'user', name: cast.first, status: 'revoked' }]);
      gate.open();
      await waitFor('the late write', () => gate.held.every(({ status }) => status !== undefined));
      await waitFor('the end', () => shares.hasNothing(cast, 'first'), { everyMs: 250 });
      const settled = async () => (await bodyOf(ask.user(service, cast.first), 200)).enforced;
      await waitFor('it settled', settled, { everyMs: 250 });
      expect(await shares.hasNothing(cast, 'first')).toBe(true);
    }
  }, 120_000);
});
