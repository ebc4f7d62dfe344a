import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUCKET, PortalBench } from '../../support/portal/bench.js';
import { recorded } from '../../support/portal/recorded.js';
import { replay } from '../../support/portal/replay.js';
import { type Asset, TODAY } from '../../support/portal/stub/world.js';
import { outcome } from '../../support/access/s3.js';
import { START_MS } from '../../support/service/stack.js';

const REFUSED = 'AccessDenied';
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

/** It sends events only; ports give what is linked to them, in the mode that was chosen. */
describe('a portal as it is today', () => {
  let bench: PortalBench;
  beforeAll(async () => {
    bench = await PortalBench.start({ version: 'main' });
  }, START_MS);
  afterAll(() => bench?.stop());
  afterEach(() => {
    bench.portal.faults = [];
    expect(bench.portal.problems).toEqual([]);
  });

  const file = (name: string) => readFile(join(bench.projects, name, 'ACCESSIBLE_DATA_PRODUCTS.txt'), 'utf8');
  const get = async (reader: string, key: string) => {
    const keys = await bench.keysOf(reader);
    return outcome(() => keys.get(BUCKET, key));
  };
  const put = async (writer: string, key: string) => {
    const keys = await bench.keysOf(writer);
    return outcome(() => keys.put(BUCKET, key, 'x'));
  };
  const look = async (id: string) => {
    expect((await bench.stack.admin.post(`/data-products/${id}/reconcile`)).status).toBe(202);
    await bench.settle();
  };

  it('everything that it was recorded to send is followed, and once more in another order changes nothing', async () => {
    const { portal } = bench;
    const all = recorded('main');
    const before = new Set(portal.world.products.keys());
    for (const delivery of replay('main', portal.world))
      expect((await bench.send(delivery)).status).toBe(200);
    await bench.settle();
    const made = [...portal.world.products.keys()].filter((id) => !before.has(id));
    expect(made.length).toBeGreaterThan(20);
    const state = async () => {
      const shown = await Promise.all(made.map((id) => bench.shown(id)));
      return shown.map(({ last_reconciled_at: _, ...rest }) => rest);
    };
    const inOrder = await state();
    expect(new Set(inOrder.map((each) => each.state))).toEqual(new Set(['ready']));
    const consumer = inOrder.find(({ id }) => id.startsWith('8429ecaf'));
    expect(consumer.approvals).toHaveLength(3);
    expect(consumer.reads.map(({ path }: any) => path).sort()).toEqual([
      `s3a://${BUCKET}/ns-b5c189e0/data_mart/`,
      `s3a://${BUCKET}/ns-b5c189e0/staging/`,
    ]);
    await bench.stack.rootS3.put(BUCKET, 'ns-b5c189e0/staging/a');
    expect(await get('ns-8429ecaf', 'ns-b5c189e0/staging/a')).toBe('ok');
    for (const delivery of [...all].reverse()) await bench.send(delivery);
    await bench.settle();
    expect(await state()).toEqual(inOrder);
  }, 240_000);

  it('the portal knows what a product publishes, once', async () => {
    const { portal } = bench;
    const [id = ''] = await bench.products('known');
    const place = {
      type: 'S3TechnicalAssetConfiguration',
      bucket: BUCKET,
      suffix: 'known',
      status: 'active',
    };
    expect(portal.world.assetsOf(id)).toMatchObject([
      { ...place, path: 'staging' },
      { ...place, path: 'data_mart' },
    ]);
    expect(await bench.shown(id)).toMatchObject({ assets_registered: true, assets_problem: null });
    portal.requests.length = 0;
    await look(id);
    expect(portal.requests.filter((each) => each.includes('technical_assets'))).toEqual([]);
    // one look at a product in sync that reads nothing
    expect(portal.requests).toHaveLength(2);
  });

  it.each([
    ['refuses them', { on: /^POST .*technical_assets/, status: 403 }, 'forbids registering'],
    [
      'has no address for them',
      { on: /technical_assets/, status: 404, body: '{"detail":"Not Found"}' },
      'does not support',
    ],
    ['offers no S3', { on: /platforms/, body: '{"platform_service_configurations":[]}' }, 'type S3'],
  ])('a portal that %s stops no product, and it is said', async (what, fault, said) => {
    bench.portal.faults = [fault];
    const [id = ''] = await bench.products(`unwanted-${what.replaceAll(' ', '-').toLowerCase()}`);
    expect(await bench.shown(id)).toMatchObject({
      state: 'ready',
      assets_registered: false,
      assets_problem: expect.stringContaining(said),
    });
  });

  it('an approved port gives what is linked to it, and nothing else; without a link what is published', async () => {
    const { portal } = bench;
    const { provider, consumer, port } = await bench.pair('linked');
    const { asset, deliveries } = portal.do.addAsset({ productId: provider, path: 'raw/2026' });
    await bench.tell([...deliveries, ...portal.do.linkAsset(asset, port, 'pending')]);
    for (const key of ['raw/2026/a', 'raw/a', 'raw/20266/a'])
      await bench.stack.rootS3.put(BUCKET, `linked-provider/${key}`);
    await bench.grant({ consumer, port });
    await bench.settle();
    const reach = (...keys: string[]) =>
      Promise.all(keys.map((key) => get('linked-consumer', `linked-provider/${key}`)));
    const ALL = ['raw/2026/a', 'staging/a', 'raw/a', 'raw/20266/a', 'secret/a'];
    expect(await reach(...ALL)).toEqual([REFUSED, 'ok', REFUSED, REFUSED, REFUSED]);
    await bench.tell(portal.do.linkAsset(asset, port));
    await bench.settle();
    expect(await reach(...ALL)).toEqual(['ok', REFUSED, REFUSED, REFUSED, REFUSED]);
    expect((await bench.shown(consumer)).approvals).toMatchObject([
      { provider_id: provider, output_port_id: port, paths: [`s3a://${BUCKET}/linked-provider/raw/2026/`] },
    ]);
    const text = await file('linked-consumer');
    expect(text).toContain(`# Read from: s3://${BUCKET}/linked-provider/raw/2026/*.parquet`);
    expect(text).toContain(`# Granted: ${TODAY}`);
    expect(text).not.toContain('staging');
    // a second port of the same provider: both together
    const second = await bench.port(provider);
    await bench.grant({ consumer, port: second });
    await bench.settle();
    expect(await reach(...ALL)).toEqual(['ok', 'ok', REFUSED, REFUSED, REFUSED]);
    expect(await bench.told('linked-consumer')).toEqual(['linked-provider']);
    // one look at a product in sync that reads one provider: itself, its ports, the provider's assets
    portal.requests.length = 0;
    await look(consumer);
    expect(portal.requests).toHaveLength(3);
    await bench.tell(portal.do.remove(consumer, second));
    await bench.tell(portal.do.setAssetStatus(asset, 'archived'));
    await bench.settle();
    expect(await reach(...ALL)).toEqual([REFUSED, 'ok', REFUSED, REFUSED, REFUSED]);
    await bench.tell(portal.do.setAssetStatus(asset, 'active'));
    await bench.tell(portal.do.unlinkAsset(asset, port));
    await bench.settle();
    expect(await reach(...ALL)).toEqual([REFUSED, 'ok', REFUSED, REFUSED, REFUSED]);
  });

  it('an asset that lies anywhere else gives nothing, and nothing in its path is decoded', async () => {
    const { portal, stack } = bench;
    const [victim = ''] = await bench.products('victim');
    const { provider, consumer, port } = await bench.pair('evil');
    await stack.rootS3.put(BUCKET, 'evil-provider-2/staging/a');
    const places: Partial<Asset>[] = [
      { suffix: 'victim', path: 'staging/' },
      { suffix: '', path: 'victim/secret' },
      { suffix: '', path: '' },
      { suffix: 'evil-provider', path: '' },
      { suffix: 'evil-provider', path: '/' },
      { suffix: 'evil-provider/..', path: 'victim' },
      { suffix: 'evil-provider', path: '../victim' },
      { suffix: 'evil-provider', path: './../victim/secret' },
      { suffix: 'evil-provider*', path: 'staging' },
      { suffix: 'evil-provider', path: '*' },
      { suffix: 'evil-provider', path: 'secre?' },
      { suffix: 'evil-provider', path: '${aws:username}' },
      { suffix: 'evil-provider-2', path: 'staging' },
      { suffix: 'evil-provider', path: '%2e%2e/victim' },
      { suffix: 'evil-provider', path: 'x\\..\\y' },
      { suffix: 'evil-provider', path: 'x\n/victim' },
      { bucket: 'cdm-lake', suffix: 'evil-provider', path: 'staging' },
      { bucket: 'data-products/victim', suffix: 'evil-provider', path: 'staging' },
    ];
    for (const [at, place] of places.entries()) {
      const asset = portal.world.addAsset({
        productId: provider,
        path: '',
        namespace: `evil-${at}`,
        ...place,
      });
      portal.do.linkAsset(asset, port);
    }
    await bench.grant({ consumer, port });
    await bench.settle();
    const shown = await bench.shown(consumer);
    // a folder of the provider's own, whose name is these characters
    expect(shown.reads.map(({ path }: { path: string }) => path)).toEqual([
      's3a://data-products/evil-provider/%2e%2e/victim/',
    ]);
    expect(shown.approvals[0].ignored.length).toBeGreaterThan(2);
    expect((await bench.shown(victim)).read_by).toEqual([]);
    const keys = await bench.keysOf('evil-consumer');
    const own = 'evil-provider/%2e%2e/victim/a';
    await stack.rootS3.put(BUCKET, own);
    expect(await outcome(() => keys.get(BUCKET, own))).toBe('ok');
    for (const key of ['victim/staging/a', 'victim/secret/a', 'evil-provider/secret/a', 'evil-provider/a'])
      expect([key, await outcome(() => keys.get(BUCKET, key))]).toEqual([key, REFUSED]);
    for (const prefix of ['', 'victim/', 'evil-provider/', 'evil-provider-2/'])
      expect([prefix, await outcome(() => keys.list(BUCKET, prefix))]).toEqual([prefix, REFUSED]);
  });

  it('a mode that means write gives write on what the port covers; one that is not known gives read, and is shown', async () => {
    const { portal } = bench;
    const { provider, consumer, port } = await bench.pair('mode');
    const asset = portal.world.assetsOf(provider).find(({ path }) => path === 'staging')!;
    await bench.tell(portal.do.linkAsset(asset, port));
    await bench.grant({ consumer, port });
    const link = portal.world.link(consumer, port);
    const seen: Record<string, unknown> = {};
    for (const mode of [null, 'read', 's3-write', 'admin', 'Read / Write', 'no write']) {
      link.mode = mode;
      await look(consumer);
      const [{ access_mode, access_mode_known: known, permission }] = (await bench.shown(consumer)).approvals;
      expect(access_mode).toBe(mode);
      const wrote = await put('mode-consumer', 'mode-provider/staging/b');
      expect(await get('mode-consumer', 'mode-provider/staging/a')).toBe('ok');
      expect(await put('mode-consumer', 'mode-provider/data_mart/b')).toBe(REFUSED);
      seen[String(mode)] = [known, permission, wrote];
    }
    expect(seen).toEqual({
      null: [true, 'read', REFUSED],
      read: [true, 'read', REFUSED],
      's3-write': [true, 'write', 'ok'],
      admin: [false, 'read', REFUSED],
      'Read / Write': [true, 'write', 'ok'],
      'no write': [false, 'read', REFUSED],
    });
  });

  it('the last day of access counts, whatever the portal still says; the file and the product tell it', async () => {
    const { portal } = bench;
    const { consumer, port } = await bench.pair('dated');
    await bench.grant({ consumer, port });
    const link = portal.world.link(consumer, port);
    link.validUntil = TODAY;
    await look(consumer);
    expect(await bench.reach('dated-consumer', 'dated-provider')).toBe('ok');
    expect((await bench.shown(consumer)).approvals).toMatchObject([
      { decided_on: TODAY, valid_until: TODAY, waiting: null },
    ]);
    expect(await file('dated-consumer')).toContain(`# Granted: ${TODAY}\n# Until: ${TODAY}\n`);
    link.validUntil = YESTERDAY;
    await look(consumer);
    expect(await bench.reach('dated-consumer', 'dated-provider')).toBe(REFUSED);
    expect(await bench.told('dated-consumer')).toEqual([]);
  });

  it('a consumer that the portal hides does not keep others from being looked at', async () => {
    const { portal } = bench;
    const { provider, consumer, port } = await bench.pair('hidden');
    const [other = ''] = await bench.products('hidden-other');
    for (const who of [consumer, other]) portal.do.requestAccess(who, port);
    portal.do.approve(consumer, port);
    portal.do.approve(other, port);
    portal.world.hidden.add(consumer);
    portal.echoes.length = 0;
    const event = { type: 'output_port.event', data: { id: port, data_product_id: provider } };
    const raw = JSON.stringify({ specversion: '1.0', id: 'e-hidden', source: 'x', ...event });
    for (const type of ['application/cloudevents+json', 'application/cloudevents+json; charset=utf-8']) {
      const answer = await bench.stack.service.request('POST', '/', {
        body: raw,
        headers: { 'content-type': type },
      });
      expect(answer.status).toBe(200);
    }
    await bench.settle();
    expect(await bench.reach('hidden-other', 'hidden-provider')).toBe('ok');
    expect(await bench.reach('hidden-consumer', 'hidden-provider')).toBe('ok');
  });

  it('a namespace without a project says why; a consumer says what it waits for', async () => {
    const [dash = ''] = await bench.products('-rf').catch(() => [bench.idOf('-rf')]);
    expect(await bench.shown(dash)).toMatchObject({
      state: 'ready',
      project: null,
      no_project: expect.stringContaining('first character'),
    });
    const [consumer = ''] = await bench.products('waits');
    expect((await bench.shown(consumer)).no_project).toBeNull();
    await bench.tell(bench.portal.do.createProduct({ namespace: '..' }));
    const port = await bench.port(bench.idOf('..'));
    await bench.grant({ consumer, port });
    await bench.settle();
    const shown = await bench.shown(consumer);
    expect(shown.reads).toEqual([]);
    expect(shown.waiting).toContain('its namespace cannot be a prefix of a bucket');
  });

  it('the doctor says what the key may not do, without changing anything', async () => {
    const { portal, stack } = bench;
    const check = async () => {
      const { checks } = (await stack.admin.get('/admin/doctor')).body;
      return checks.find(({ name }: { name: string }) => name === 'portal');
    };
    expect(await check()).toMatchObject({ verdict: 'ok', remedy: '' });
    portal.world.denied.add(304);
    const done = portal.done.length;
    expect(await check()).toMatchObject({
      verdict: 'failed',
      detail: expect.stringContaining('finalizers'),
      remedy: expect.stringContaining('role_assignments_global'),
    });
    expect(portal.done).toHaveLength(done);
    portal.world.denied.clear();
  });
});
