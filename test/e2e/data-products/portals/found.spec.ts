import { randomUUID } from 'node:crypto';
import { waitFor } from '../../../../scripts/child.mjs';
import { BUCKET, PortalBench } from '../../../support/portal/bench.js';
import { TODAY } from '../../../support/portal/stub/world.js';
import { outcome } from '../../../support/access/s3.js';
import { runSql } from '../../../support/database/sql.js';
import { START_MS } from '../../../support/service/stack.js';

/** PORTAL_RESYNC_SECONDS is 0 here: the only look at everything is that at the start. */
describe('what nobody told', () => {
  let bench: PortalBench;
  beforeAll(async () => {
    bench = await PortalBench.start();
  }, START_MS);
  afterAll(() => bench?.stop());
  afterEach(() => expect(bench.portal.problems).toEqual([]));

  it('is found at the start: an exploration and what it reads; a product that somebody has in use keeps its lifecycle', async () => {
    const { portal, stack } = bench;
    const [provider = ''] = await bench.products('found-provider');
    const port = await bench.port(provider, true);
    const production = { id: randomUUID(), name: 'Production', is_default: false };
    portal.world.lifecycles.push({ ...production, value: 90, color: 'red' });
    portal.do.createExploration({ namespace: 'found-look' });
    portal.do.createProduct({ namespace: 'found-used', lifecycleId: production.id });
    portal.do.createProduct({ namespace: 'found-new' });
    const [look, used, fresh] = ['found-look', 'found-used', 'found-new'].map((each) => bench.idOf(each));
    portal.do.requestAccess(look!, port);
    await stack.restart();
    await waitFor('the exploration', async () => (await bench.shown(look!)).state === 'ready');
    await bench.settle();
    const keys = stack.s3((await stack.admin.post(`/data-products/${look}/claim`)).body);
    expect(await outcome(() => keys.get(BUCKET, 'found-provider/staging/a'))).toBe('ok');
    expect(await bench.shown(used!)).toMatchObject({ state: 'ready' });
    expect(portal.world.product(used!).lifecycleId).toBe(production.id);
    expect(portal.world.product(fresh!).lifecycleId).toBe(portal.world.readyId);
  });

  it('the end of access by its date is looked at when it comes, also one that came while the service was stopped', async () => {
    const { portal, stack } = bench;
    const { consumer, port } = await bench.pair('ending');
    await bench.grant({ consumer, port });
    portal.world.link(consumer, port).validUntil = TODAY;
    expect((await stack.admin.post(`/data-products/${consumer}/reconcile`)).status).toBe(202);
    await bench.settle();
    expect(await bench.reach('ending-consumer', 'ending-provider')).toBe('ok');
    await stack.stopService();
    const [kept] = await runSql(stack.env, [
      `update data_product set next_look_at = clock_timestamp() where id = '${consumer}'
        returning (select extract(epoch from next_look_at)::float8 from data_product where id = '${consumer}') as at`,
    ]);
    // the first moment after the last day
    expect(1000 * (kept as { rows: { at: number }[] }).rows[0]!.at).toBe(
      Date.parse(`${TODAY}T00:00:00Z`) + 86_400_000,
    );
    portal.world.link(consumer, port).validUntil = '2026-01-31';
    // the look at everything is kept away from this one
    portal.faults = [{ on: /^GET \/api\/v2\/explorations$/, status: 500 }];
    await stack.startService();
    await waitFor(
      'the end',
      async () => (await bench.reach('ending-consumer', 'ending-provider')) === 'AccessDenied',
    );
    const { items } = (await stack.admin.get('/provisions?kind=data_product.reconcile&origin=schedule')).body;
    expect(items.map(({ input }: any) => input.id)).toContain(consumer);
    portal.faults = [];
    expect((await bench.shown(consumer)).reads).toEqual([]);
  });
});
