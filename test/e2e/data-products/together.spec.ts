import { waitFor } from '../../../scripts/child.mjs';
import { PortalBench } from '../../support/portal/bench.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { runSql } from '../../support/database/sql.js';
import { START_MS } from '../../support/service/stack.js';

/** The provider's principal takes a second to make, and access to what nobody owns yet takes a second for each path. */
const SLOWLY = [
  `create function slowly() returns trigger language plpgsql as $$
    begin perform pg_sleep(tg_argv[0]::float8); return new; end $$`,
  `create trigger slowly before insert on subject for each row when (new.prefix = 'sales')
    execute function slowly('1')`,
  `create trigger slowly after insert on access_grant for each row when (new.owner_id is null)
    execute function slowly('1')`,
];

(hasPostgres() ? describe : describe.skip)(
  'a provider and its consumer that are made at the same time',
  () => {
    let bench: PortalBench;

    beforeAll(async () => {
      bench = await PortalBench.start();
      // the resync of the start is over
      await bench.settle();
      await runSql(bench.stack.env, SLOWLY);
    }, START_MS);
    afterAll(() => bench?.stop());

    it('know each other', async () => {
      const { portal } = bench;
      // the portal has both before it tells of one of them
      const ofProvider = portal.do.createProduct({ namespace: 'sales' });
      const ofConsumer = portal.do.createProduct({ namespace: 'reports' });
      const [provider, consumer] = [bench.idOf('sales'), bench.idOf('reports')];
      portal.do.createOutputPort({ providerId: provider });
      const port = portal.world.portsOf(provider).at(-1)?.id ?? '';
      portal.do.requestAccess(consumer, port);
      portal.do.approve(consumer, port);
      await bench.tell(ofProvider, '/');
      await new Promise((resolve) => setTimeout(resolve, 500));
      await bench.tell(ofConsumer, '/');
      // without what the portal says of the changes that this service makes, which would bring up the products once more
      await waitFor('rest', async () => {
        const waiting = await Promise.all(
          ['pending', 'processing'].map((status) => bench.provisions(status)),
        );
        return waiting.flat().length === 0;
      });
      const { principal, read_by: readBy } = await bench.shown(provider);
      const { principal: reader, reads } = await bench.shown(consumer);
      expect(reads.map((each: any) => each.principal)).toEqual(reads.map(() => principal));
      expect(readBy.map((each: any) => each.principal)).toEqual(reads.map(() => reader));
      expect(reads).not.toEqual([]);
    });
  },
);
