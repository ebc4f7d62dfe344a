import { CrashBench, type Moment, playAll } from '../../support/crash/crash.js';
import { pointsOf } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { ShareBench } from '../../support/crash/share-crash.js';
import { OPERATIONS, type ShareOperation } from '../../support/access/share-operations.js';

/** Processes that die side by side: each waits for seconds after a death. */
const LANES = hasPostgres() ? (['PGlite', 'PostgreSQL'] as const) : (['PGlite'] as const);
const PARTS = [0, 3, 6].map((from) => {
  const operations = OPERATIONS.slice(from, from + 3);
  return { operations, names: operations.map(({ name }) => name).join('; ') };
});

describe('killed anywhere in', () => {
  let lanes: { bench: CrashBench; shares: ShareBench }[];

  beforeAll(async () => {
    const benches = await Promise.all(LANES.map((kind) => CrashBench.start(kind)));
    lanes = benches.map((bench) => ({ bench, shares: new ShareBench(bench) }));
  });
  afterAll(async () => {
    for (const { shares } of lanes) shares.close();
    await Promise.all(lanes.map(({ bench }) => bench.stop()));
  });

  it.each(PARTS)(
    '$names: it is carried out, and nobody has more meanwhile',
    async ({ operations }) => {
      const [{ shares: first }] = lanes as [(typeof lanes)[0]];
      const moments: Moment<ShareOperation>[] = [];
      for (const operation of operations) {
        const calls = await first.callsOf(operation);
        const points = pointsOf(calls);
        console.log(`${operation.name}: ${calls.length} calls to MinIO, ${points.length} crash points`);
        expect(points.length).toBeGreaterThanOrEqual(3);
        moments.push(...points.map((point) => ({ operation, point })));
      }
      const plays = lanes.map(({ shares }, lane) =>
        playAll(
          moments.filter((_, index) => index % LANES.length === lane),
          (some) => shares.dieAt(some),
        ),
      );
      for (const result of await Promise.allSettled(plays))
        if (result.status === 'rejected') throw result.reason as Error;
    },
    600_000,
  );
});
