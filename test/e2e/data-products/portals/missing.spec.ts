import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../../scripts/child.mjs';
import { BUCKET, type Pair, PortalBench } from '../../../support/portal/bench.js';
import { exchange } from '../../../support/portal/deliveries.js';
import { problemOf } from '../../../support/service/problems.js';
import { outcome, type S3 } from '../../../support/access/s3.js';
import { START_MS } from '../../../support/service/stack.js';
import { lose, portalCheck, resync, SECRET } from '../../../support/portal/missing.js';

const REFUSED = 'AccessDenied';
const DELETE = { PRODUCTS_ON_DELETE: 'delete' };
const NOT_FOUND = JSON.stringify({ detail: 'Data Product not found' });
const signedDeletion = (id: string) =>
  exchange({ method: 'DELETE', url: `/api/v2/data_products/${id}` }, SECRET);

describe('a data product that the portal does not have any more', () => {
  let bench: PortalBench;
  let pair: Pair;
  let keys: { own: S3; claimed: S3 };
  beforeAll(async () => {
    bench = await PortalBench.start({ secret: SECRET, env: DELETE });
    await bench.products('first', 'second', 'third', 'fourth');
    pair = await bench.pair('lost');
    await bench.grant(pair);
    await bench.settle();
    const claim = await bench.stack.admin.post(`/data-products/${pair.provider}/claim`);
    keys = { own: await bench.keysOf('lost-provider'), claimed: bench.stack.s3(claim.body) };
    await resync(bench);
  }, START_MS);
  afterAll(() => bench?.stop());
  afterEach(() => (bench.portal.faults = []));

  /** Its keys, the claimed one, the consumer's access, the data and the project are what they were. */
  async function expectKept(): Promise<void> {
    for (const each of [keys.own, keys.claimed])
      expect(await outcome(() => each.get(BUCKET, 'lost-provider/secret/a'))).toBe('ok');
    expect(await bench.reach('lost-consumer', 'lost-provider')).toBe('ok');
    expect(await bench.told('lost-consumer')).toEqual(['lost-provider']);
    expect(await bench.stack.rootS3.list(BUCKET, 'lost-provider/')).toHaveLength(5);
    expect(existsSync(join(bench.projects, 'lost-provider'))).toBe(true);
  }

  it('is missing, keeps all that it has, and is as before when the portal has it again', async () => {
    const { admin } = bench.stack;
    const before = await bench.shown(pair.provider);
    const find = lose(bench, pair.provider);
    expect(await resync(bench)).not.toHaveProperty('braked');
    const missing = await bench.shown(pair.provider);
    expect(missing).toMatchObject({
      ...{ state: 'missing', principal: before.principal, claimed_at: before.claimed_at, enforced: true },
      missing_since: expect.stringMatching(/^\d{4}-/),
      last_error: expect.stringContaining('nothing was removed'),
    });
    await expectKept();
    // nor does a look at its consumer, or what is told of it
    await admin.post(`/data-products/${pair.consumer}/reconcile`);
    await bench.tell([signedDeletion(pair.provider)]);
    await bench.settle();
    expect((await bench.shown(pair.provider)).missing_since).toBe(missing.missing_since);
    await expectKept();
    expect(await portalCheck(bench)).toMatchObject({
      verdict: 'warning',
      detail: expect.stringMatching(/1 data product\(s\) are missing.*lost-provider/),
      remedy: expect.stringContaining('confirm-removal'),
    });
    expect((await admin.get('/data-products')).body.items).toContainEqual(
      expect.objectContaining({ id: pair.provider, state: 'missing' }),
    );
    const found = async (query: string) => {
      const { items, total } = (await admin.get(`/data-products?${query}`)).body;
      return [total, items.map(({ id }: any) => id)];
    };
    expect(await found('state=missing')).toEqual([1, [pair.provider]]);
    expect(await found('q=LOST-PROV')).toEqual([1, [pair.provider]]);
    expect(await found('q=lost-prov&state=ready')).toEqual([0, []]);
    expect(await found('state=ready&limit=1')).toEqual([5, [expect.any(String)]]);
    expect(problemOf(await admin.get('/data-products?state=gone'))).toEqual([422, 'unprocessable']);
    find();
    await resync(bench);
    const { last_reconciled_at: _, read_by: readBy, ...back } = await bench.shown(pair.provider);
    expect(back).toMatchObject({ state: 'ready', missing_since: null, last_error: null });
    expect([back.principal, back.claimed_at]).toEqual([before.principal, before.claimed_at]);
    expect(readBy).toHaveLength(2);
    await expectKept();
    expect((await portalCheck(bench)).verdict).toBe('ok');
  });

  it('is missing, too, where the key may not see it, or it goes in the middle of a look', async () => {
    const one = `/api/v2/data_products/${pair.provider}`;
    bench.portal.faults = [{ on: new RegExp(`^GET ${one}$`), status: 404, body: NOT_FOUND }];
    for (const id of [pair.consumer, pair.provider])
      await bench.stack.admin.post(`/data-products/${id}/reconcile`);
    await bench.settle();
    expect((await bench.shown(pair.provider)).state).toBe('missing');
    await expectKept();
    const consumer = `^GET /api/v2/data_products/${pair.consumer}`;
    bench.portal.faults = [
      { on: new RegExp(`${consumer}$`), status: 404, body: NOT_FOUND, skip: 1 },
      { on: new RegExp(`${consumer}/input_ports$`), status: 404, body: NOT_FOUND },
    ];
    await bench.stack.admin.post(`/data-products/${pair.consumer}/reconcile`);
    await bench.settle();
    expect((await bench.shown(pair.consumer)).state).toBe('missing');
    await expectKept();
    bench.portal.faults = [];
    await resync(bench);
    expect((await bench.shown(pair.consumer)).state).toBe('ready');
  });

  it('goes by an administrator only, once, and only when it is missing', async () => {
    const { admin } = bench.stack;
    const confirm = `/data-products/${pair.provider}/confirm-removal`;
    const refused = await admin.post(confirm);
    expect([problemOf(refused), refused.body.detail]).toEqual([
      [409, 'not_possible'],
      expect.stringContaining('the portal has it'),
    ]);
    expect((await bench.stack.person('alice').post(confirm)).status).toBe(403);
    expect((await admin.post('/data-products/nobody/confirm-removal')).status).toBe(404);
    lose(bench, pair.provider);
    await bench.portal.stop();
    expect(problemOf(await admin.post(confirm))).toEqual([503, 'portal_unavailable']);
    await bench.portal.start();
    await expectKept();
    for (let times = 0; times < 2; times += 1) expect((await admin.post(confirm)).status).toBe(202);
    await bench.settle();
    expect((await admin.post(confirm)).status).toBe(202);
    await bench.settle();
    expect(await bench.shown(pair.provider)).toMatchObject({
      state: 'deleted',
      principal: null,
      claimed_at: null,
    });
    for (const each of [keys.own, keys.claimed])
      expect(await outcome(() => each.get(BUCKET, 'lost-provider/secret/a'))).toBe('InvalidAccessKeyId');
    expect(await bench.reach('lost-consumer', 'lost-provider')).toBe(REFUSED);
    await waitFor(
      'no data',
      async () => (await bench.stack.rootS3.list(BUCKET, 'lost-provider/')).length === 0,
    );
    expect(existsSync(join(bench.projects, 'lost-provider'))).toBe(false);
    const { items } = (await admin.get('/admin/audit?action=data_product.removal_confirmed')).body;
    expect(items).toMatchObject([{ actor: 'admin', detail: { id: pair.provider } }]);
    // what the portal said to be gone cannot be confirmed
    const [gone = ''] = await bench.products('told');
    await bench.tell(bench.portal.do.deleteProduct(gone));
    await bench.settle();
    expect(problemOf(await admin.post(`/data-products/${gone}/confirm-removal`))).toEqual([
      409,
      'not_possible',
    ]);
  });
});
