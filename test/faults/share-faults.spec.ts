import { CrashBench } from '../support/crash.js';
import { pointsOf } from '../support/gate.js';
import { ShareBench } from '../support/share-crash.js';
import { OPERATIONS } from '../support/share-operations.js';

/** Points of one death: a call must not be held for its time-out of two seconds until the last point is reached. */
const AT_ONCE = 14;

let bench: CrashBench;
let shares: ShareBench;

/** Takes many minutes: with SLOW_TESTS=1 only. */
const suite = process.env.SLOW_TESTS ? describe : describe.skip;

suite('killed anywhere in', () => {
  beforeAll(async () => {
    bench = await CrashBench.start('PGlite');
    shares = new ShareBench(bench);
  }, 60_000);
  afterAll(async () => {
    shares.close();
    await bench.stop();
  });

  it.each(OPERATIONS)(
    '$name: it is carried out, and nobody has more meanwhile',
    async (operation) => {
      const calls = await shares.countCalls(operation);
      const points = pointsOf(calls);
      console.log(`${operation.name}: ${calls} calls to MinIO, ${points.length} crash points`);
      expect(points.length).toBeGreaterThanOrEqual(3);
      for (let round = 1, left = points; left.length > 0; round += 1) {
        if (round > 8) throw new Error(`${left.length} points could not be reached in time`);
        left = [...(await shares.dieAt(operation, left.slice(0, AT_ONCE))), ...left.slice(AT_ONCE)];
      }
    },
    400_000,
  );
});
