import { waitFor } from '../../../../scripts/child.mjs';
import { BUCKET, type Pair, PortalBench } from '../../../support/portal/bench.js';
import { exchange } from '../../../support/portal/deliveries.js';
import { startPortalStub } from '../../../support/portal/stub/stub.js';
import { outcome, type S3 } from '../../../support/access/s3.js';
import { START_MS } from '../../../support/service/stack.js';
import { lose, portalCheck, resync, SECRET } from '../../../support/portal/missing.js';

const DELETE = { PRODUCTS_ON_DELETE: 'delete' };
const signedDeletion = (id: string) =>
  exchange({ method: 'DELETE', url: `/api/v2/data_products/${id}` }, SECRET);

describe('another portal', () => {
  let bench: PortalBench;
  let pair: Pair;
  let shown: any[];
  const own: S3[] = [];
  beforeAll(async () => {
    bench = await PortalBench.start({ secret: SECRET, env: DELETE });
    pair = await bench.pair('held');
    await bench.grant(pair);
    for (const name of ['a-third', 'a-fourth', 'a-fifth']) await bench.products(name);
    for (const name of ['held-provider', 'held-consumer']) own.push(await bench.keysOf(name));
    await resync(bench);
    shown = await all();
  }, START_MS);
  afterAll(() => bench?.stop());

  const all = async () =>
    (await bench.stack.admin.get('/data-products')).body.items.map(
      ({ last_reconciled_at: _, ...rest }: any) => rest,
    );

  async function expectKept(): Promise<void> {
    expect(await outcome(() => own[0]!.get(BUCKET, 'held-provider/secret/a'))).toBe('ok');
    expect(await outcome(() => own[1]!.get(BUCKET, 'held-provider/staging/a'))).toBe('ok');
    expect(await bench.stack.rootS3.list(BUCKET, 'held-provider/')).toHaveLength(5);
  }

  it('is not followed: nothing is taken, nothing is made; the old one is followed again', async () => {
    const { stack } = bench;
    const other = await startPortalStub({ key: 'the-key-of-the-portal', secret: SECRET });
    const mine = bench.portal;
    const told = other.do.createProduct({ namespace: 'foreign' });
    const foreign = [...other.world.products.keys()];
    const tell = async () => {
      await bench.tell([...told, signedDeletion(pair.provider), signedDeletion(pair.consumer)]);
      await bench.settle();
    };
    async function expectNotFollowed(): Promise<void> {
      for (const id of foreign) expect((await stack.admin.get(`/data-products/${id}`)).status).toBe(404);
      expect((await all()).map(({ state }: any) => state)).not.toContain('deleted');
      await expectKept();
      expect(other.done).toEqual([]);
    }
    await stack.restart({ PORTAL_API_URL: other.url });
    // before anybody has looked at everything there, too
    await tell();
    await expectNotFollowed();
    for (let times = 0; times < 2; times += 1)
      expect(await resync(bench)).toMatchObject({
        operations: [],
        braked: expect.stringContaining('another portal'),
      });
    await tell();
    await expectNotFollowed();
    // one that was copied from ours and has all but one is not ours, either
    for (const [id, product] of mine.world.products)
      if (id !== pair.provider)
        other.world.products.set(id, { ...product, finalizers: [], lifecycleId: other.world.readyId });
    expect(await resync(bench)).toMatchObject({ braked: expect.stringContaining('another portal') });
    await tell();
    await expectNotFollowed();
    expect(await portalCheck(bench)).toMatchObject({
      verdict: 'failed',
      detail: expect.stringContaining('not followed'),
      remedy: expect.stringContaining('PORTAL_API_URL'),
    });
    // said once, however often it is found
    expect(stack.service.logs().match(/is not followed, nothing is changed/g)).toHaveLength(1);
    await stack.restart({ PORTAL_API_URL: mine.url });
    await other.stop();
    expect(await resync(bench)).not.toHaveProperty('braked');
    expect(await all()).toEqual(shown);
    await expectKept();
    expect((await portalCheck(bench)).verdict).toBe('ok');
  });

  it('at the same address is told by what it misses; when the last of that is confirmed it is followed', async () => {
    const { admin } = bench.stack;
    const names = ['held-provider', 'held-consumer', 'a-third', 'a-fourth'];
    const lost = names.map((name) => bench.idOf(name));
    lose(bench, ...lost);
    expect(await resync(bench)).toMatchObject({ braked: expect.stringContaining('more than 3 of 5') });
    expect(await all()).toEqual(shown);
    const [created] = bench.portal.do.createProduct({ namespace: 'new' });
    const id = bench.idOf('new');
    await bench.tell([created!]);
    await bench.settle();
    expect((await admin.get(`/data-products/${id}`)).status).toBe(404);
    await expectKept();
    for (const each of lost)
      expect((await admin.post(`/data-products/${each}/confirm-removal`)).status).toBe(202);
    await bench.settle();
    expect(await outcome(() => own[0]!.get(BUCKET, 'held-provider/a'))).toBe('InvalidAccessKeyId');
    await waitFor('the new product', async () => (await bench.shown(id)).state === 'ready');
    expect((await portalCheck(bench)).verdict).toBe('ok');
  });
});
