import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { BUCKET, type Pair, PortalBench } from '../../support/portal/bench.js';
import { exchange } from '../../support/portal/deliveries.js';
import { startPortalStub } from '../../support/portal/stub.js';
import { problemOf } from '../../support/problems.js';
import { outcome, type S3 } from '../../support/s3.js';
import { START_MS } from '../../support/stack.js';

const SECRET = 'a-secret-of-the-webhooks';
const REFUSED = 'AccessDenied';
const DELETE = { PRODUCTS_ON_DELETE: 'delete' };
const NOT_FOUND = JSON.stringify({ detail: 'Data Product not found' });

/** What a database that was restored from an older dump does: the product is not there, nor anything of it. */
function lose(bench: PortalBench, ...ids: string[]): () => void {
  const { world } = bench.portal;
  const before = {
    products: new Map(world.products),
    ports: new Map(world.ports),
    links: new Map(world.links),
  };
  for (const id of ids) {
    for (const port of world.portsOf(id)) world.deletePort(port.id);
    for (const link of [...world.links.values()]) if (link.consumerId === id) world.links.delete(link.id);
    world.products.delete(id);
  }
  return () => {
    for (const [id, product] of before.products) if (ids.includes(id)) world.products.set(id, product);
    for (const [id, port] of before.ports) world.ports.set(id, port);
    for (const [id, link] of before.links) world.links.set(id, link);
  };
}

/** A look at everything: what an old portal says without naming anybody leads to one. */
async function resync(bench: PortalBench): Promise<any> {
  const method = 'POST';
  await bench.tell([exchange({ method, url: '/api/data_product_dataset_links/remove/x' }, SECRET)]);
  await bench.settle();
  const done = (await bench.provisions('completed')).filter(({ kind }) => kind === 'data_product.resync');
  const latest = done.sort((one, other) => (one.created_at < other.created_at ? 1 : -1))[0];
  return (await bench.stack.admin.get(`/provisions/${latest.id ?? latest.taskId}`)).body.result;
}

async function portalCheck(bench: PortalBench): Promise<any> {
  const { checks } = (await bench.stack.admin.get('/admin/doctor')).body;
  return checks.find(({ name }: { name: string }) => name === 'portal');
}

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

describe('a portal 0.5.1, which knows no finalizers', () => {
  let bench: PortalBench;
  beforeAll(async () => {
    bench = await PortalBench.start({ version: '0.5.1', secret: SECRET, env: DELETE });
    await bench.products('one', 'two', 'three');
    await resync(bench);
  }, START_MS);
  afterAll(() => bench?.stop());
  const read = async (name: string, keys: S3) => outcome(() => keys.get(BUCKET, `${name}/a`));

  it('ends access by a deletion that it tells and confirms; data wait for an administrator', async () => {
    const { admin, rootS3 } = bench.stack;
    const [id = ''] = await bench.products('gone');
    const keys = await bench.keysOf('gone');
    // told, but not so
    await bench.tell([signedDeletion(id)]);
    await bench.settle();
    expect([(await bench.shown(id)).state, await read('gone', keys)]).toEqual(['ready', 'ok']);
    await bench.tell(bench.portal.do.deleteProduct(id));
    await bench.settle();
    expect(await bench.shown(id)).toMatchObject({ state: 'deleted', data_waits: true, data_deletion: null });
    expect(await read('gone', keys)).toBe('InvalidAccessKeyId');
    expect(await rootS3.list(BUCKET, 'gone/')).toHaveLength(5);
    expect(existsSync(join(bench.projects, 'gone'))).toBe(true);
    expect(await portalCheck(bench)).toMatchObject({ verdict: 'warning' });
    expect((await admin.post(`/data-products/${id}/confirm-removal`)).status).toBe(202);
    await waitFor('no data', async () => (await rootS3.list(BUCKET, 'gone/')).length === 0);
    await bench.settle();
    expect(existsSync(join(bench.projects, 'gone'))).toBe(false);
    expect(await bench.shown(id)).toMatchObject({ data_waits: false });
    expect((await portalCheck(bench)).verdict).toBe('ok');
  });

  it('takes nothing by what only a look at everything misses, or anybody may have told', async () => {
    const id = bench.idOf('one');
    const keys = await bench.keysOf('one');
    lose(bench, id);
    expect((await bench.send({ ...signedDeletion(id), headers: {} })).status).toBe(401);
    await resync(bench);
    expect([(await bench.shown(id)).state, await read('one', keys)]).toEqual(['missing', 'ok']);
  });
});
