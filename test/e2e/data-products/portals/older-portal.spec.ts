import { BUCKET, PortalBench } from '../../../support/portal/bench.js';
import { outcome } from '../../../support/access/s3.js';
import { START_MS } from '../../../support/service/stack.js';

const REFUSED = 'AccessDenied';

/** It knows exchanges only, and neither finalizers, renewals, revocation nor ends of access; a denial takes back what was approved. */
describe('a portal 0.5.1', () => {
  let bench: PortalBench;
  beforeAll(async () => {
    bench = await PortalBench.start({ embedded: true, version: '0.5.1' });
  }, START_MS);
  afterAll(() => bench?.stop());
  afterEach(() => expect(bench.portal.problems).toEqual([]));

  const reach = (name: string) => bench.reach(`${name}-consumer`, `${name}-provider`);

  it('approval gives access, a second request for it takes none, denial and removal end it', async () => {
    const { portal } = bench;
    const { consumer, port } = await bench.pair('access');
    await bench.tell(portal.do.requestAccess(consumer, port));
    await bench.settle();
    expect(await reach('access')).toBe(REFUSED);
    for (const end of ['deny', 'remove'] as const) {
      await bench.tell(portal.do.approve(consumer, port));
      await bench.settle();
      expect(await reach('access')).toBe('ok');
      const keys = await bench.keysOf('access-consumer');
      expect(await outcome(() => keys.get(BUCKET, 'access-provider/a'))).toBe(REFUSED);
      expect(await bench.told('access-consumer')).toEqual(['access-provider']);
      const again = [portal.do.requestAccess(consumer, port), portal.do.approve(consumer, port)];
      expect((await bench.tell(again.flat())).map(({ body }) => body.status)).toEqual(['ignored', 'ignored']);
      await bench.settle();
      expect(await reach('access')).toBe('ok');

      await bench.tell(portal.do[end](consumer, port));
      await bench.settle();
      expect(await reach('access')).toBe(REFUSED);
      expect(await bench.told('access-consumer')).toEqual([]);
      await bench.tell(portal.do.requestAccess(consumer, port));
    }
  });

  it('a port that needs no approval; access that ends in the portal without a word is found by a look', async () => {
    const { portal, stack } = bench;
    const { consumer, port } = await bench.pair('open', true);
    await bench.tell(portal.do.requestAccess(consumer, port));
    await bench.settle();
    expect(await reach('open')).toBe('ok');
    portal.world.links.delete(portal.world.link(consumer, port).id);
    expect((await stack.admin.post(`/data-products/${consumer}/reconcile`)).status).toBe(202);
    await bench.settle();
    expect(await reach('open')).toBe(REFUSED);
  });

  it('a provider is gone at once: its keys are dead, its consumer reads nothing of it and keeps its own', async () => {
    const { portal } = bench;
    const { provider, consumer, port } = await bench.pair('end');
    await bench.grant({ consumer, port });
    await bench.settle();
    const keys = await bench.keysOf('end-provider');
    expect(await reach('end')).toBe('ok');
    await bench.tell(portal.do.deleteProduct(provider));
    await bench.settle();
    expect(await reach('end')).toBe(REFUSED);
    expect(await outcome(() => keys.get(BUCKET, 'end-provider/a'))).toBe('InvalidAccessKeyId');
    await (await bench.keysOf('end-consumer')).put(BUCKET, 'end-consumer/x');
    expect(await bench.shown(provider)).toMatchObject({ state: 'deleted', principal: null });
    expect(portal.count(/finalizers/)).toBe(0);
  });
});
