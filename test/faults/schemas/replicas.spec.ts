import { waitFor } from '../../../scripts/child.mjs';
import { PortalBench } from '../../support/portal/bench.js';
import { SchemaServer } from '../../support/portal/schemas.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { startService } from '../../support/service/service.js';
import { START_MS } from '../../support/service/stack.js';

const LONG_MS = 200_000;
const TYPE = 'PostgreSQLTechnicalAssetConfiguration';

(hasPostgres() ? describe : describe.skip)('two replicas that check a product at once', () => {
  let bench: PortalBench;
  let database: SchemaServer;

  beforeAll(async () => {
    database = await SchemaServer.start();
    // the only worker of one is busy with the product, so the other one has the resync
    const env = { WORKER_CONCURRENCY: '1', PORTAL_RESYNC_SECONDS: '1', ...database.env };
    bench = await PortalBench.start({ version: 'main', env });
  }, START_MS);
  afterAll(async () => {
    await bench?.stop();
    await database?.stop();
  });

  /** The id of a product that both have registered at once. On a busy machine the other one may come too late: then with another product. */
  async function registeredByBoth(attempts = 5): Promise<string> {
    const { portal } = bench;
    const told = portal.do.createProduct({ namespace: `twice${attempts}` });
    const id = bench.idOf(`twice${attempts}`);
    const on = new RegExp(`^POST .*${id}/technical_assets`);
    portal.faults = [{ on, skip: 2, times: 1, delayMs: 4000 }];
    await bench.tell(told);
    const isMet = waitFor('both replicas', () => portal.count(on) >= 4, { timeoutMs: 10_000 });
    if (
      await isMet.then(
        () => true,
        () => false,
      )
    )
      return id;
    if (attempts === 1) throw new Error('the replicas never came together');
    return registeredByBoth(attempts - 1);
  }

  it(
    'register its schema once, and both know it',
    async () => {
      const { portal, stack } = bench;
      const other = await startService({ env: stack.env });
      const id = await registeredByBoth();
      await other.stop();
      await bench.settle();
      expect((await bench.shown(id)).database).toMatchObject({
        ...{ registered: true, registration_problem: null },
      });
      const assets = portal.world.assetsOf(id);
      expect(assets.filter(({ type }) => type === TYPE)).toMatchObject([{ status: 'active' }]);
      expect(assets).toHaveLength(3);
    },
    LONG_MS,
  );
});
