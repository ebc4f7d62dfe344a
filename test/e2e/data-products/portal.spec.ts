import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { BUCKET, type Pair, PortalBench } from '../../support/portal/bench.js';
import type { PortalDelivery } from '../../support/portal/deliveries.js';
import { outcome } from '../../support/access/s3.js';
import { START_MS } from '../../support/service/stack.js';

const WAYS = { exchanges: '/', events: '/v2' } as const;
const REFUSED = 'AccessDenied';
const TOKEN = 'a-token-of-the-portal';
const LONG_MS = 180_000;

describe('a portal that is asked', () => {
  let bench: PortalBench;
  beforeAll(async () => {
    bench = await PortalBench.start({
      embedded: true,
      env: { PORTAL_RESYNC_SECONDS: '1', WEBHOOK_TOKEN: TOKEN },
    });
    bench.token = TOKEN;
  }, START_MS);
  afterAll(() => bench?.stop());
  afterEach(() => {
    bench.portal.faults = [];
    expect(bench.portal.problems).toEqual([]);
  });

  // first: there is little yet that each resync looks at, and all others go without
  it(
    'a token is asked for; what nobody told is found; what was approved is revoked after a restart',
    async () => {
      const { portal, stack } = bench;
      const [told, missed] = [await bench.pair('again'), await bench.pair('missed')];
      for (const pair of [told, missed]) await bench.grant(pair);
      const reach = (name: string) => bench.reach(`${name}-consumer`, `${name}-provider`);
      await bench.settle();
      expect([await reach('again'), await reach('missed')]).toEqual(['ok', 'ok']);
      portal.do.expire(missed.consumer, missed.port);
      await waitFor('no access', async () => (await reach('missed')) === REFUSED, { timeoutMs: 60_000 });

      const [revoked] = portal.do.revoke(told.consumer, told.port);
      for (const token of ['', 'a-token-of-the-portax']) {
        bench.token = token;
        expect((await bench.send(revoked!)).status).toBe(401);
      }
      delete stack.env['WEBHOOK_TOKEN'];
      await stack.restart({ PORTAL_RESYNC_SECONDS: '0' });
      expect((await bench.send(revoked!)).status).toBe(200);
      await bench.settle();
      expect(await reach('again')).toBe(REFUSED);
    },
    LONG_MS,
  );

  it('makes all of a product, once, when its creation is told three times at once', async () => {
    const { portal, stack } = bench;
    const told = portal.do.createProduct({ namespace: 'sales' });
    const id = bench.idOf('sales');
    await Promise.all([told, told, told].map((each) => bench.tell(each)));
    await bench.settle();
    const made = await bench.shown(id);
    expect(made).toMatchObject({ state: 'ready', enforced: true, home_path: `s3a://${BUCKET}/sales/` });
    expect(await stack.rootS3.list(BUCKET, 'sales/')).toEqual(['sales/.keep']);
    expect(
      [...Object.keys(await stack.root.users.list())].filter((each) => each.includes('-sales-')),
    ).toHaveLength(1);
    expect(portal.lifecycleWrites(id)).toBe(1);
    expect(portal.world.product(id)).toMatchObject({
      lifecycleId: portal.world.readyId,
      finalizers: ['minio-manager'],
      description: 'All about sales',
    });
    const env = await readFile(join(bench.projects, 'sales', '.env'), 'utf8');
    expect((await stat(join(bench.projects, 'sales', 'run.sh'))).mode & 0o100).toBe(0o100);
    const keys = await bench.keysOf('sales');
    await keys.put(BUCKET, 'sales/x');
    expect(await outcome(() => keys.list(BUCKET, ''))).toBe(REFUSED);

    // somebody takes the product back to work: another look changes neither that nor the keys
    portal.world.product(id).lifecycleId = portal.world.lifecycles[0]!.id;
    expect((await stack.admin.post(`/data-products/${id}/reconcile`)).status).toBe(202);
    await bench.settle();
    expect(portal.lifecycleWrites(id)).toBe(1);
    expect(await readFile(join(bench.projects, 'sales', '.env'), 'utf8')).toBe(env);
  });

  describe.each(Object.entries(WAYS))('told by %s alone', (form, way) => {
    const name = (what: string) => `${form}-${what}`;

    it('access is given, and ends in any of the ways there are', async () => {
      const ends: Record<string, (pair: Pair) => PortalDelivery[]> = {
        revoked: ({ consumer, port }) => bench.portal.do.revoke(consumer, port),
        removed: ({ consumer, port }) => bench.portal.do.remove(consumer, port),
        given: ({ consumer, port }) => bench.portal.do.revokeAsConsumer(consumer, port),
        deleted: ({ consumer, port }) => bench.portal.do.removeAsConsumer(consumer, port),
        portless: ({ port }) => bench.portal.do.deleteOutputPort(port),
      };
      const all = Object.keys(ends).map((end) => ({
        end,
        reader: name(`${end}-consumer`),
        provider: name(`${end}-provider`),
      }));
      await bench.products(...all.flatMap(({ reader, provider }) => [reader, provider]));
      const pairs = new Map<string, Pair>();
      for (const { end, reader, provider } of all) {
        const [from, to] = [bench.idOf(provider), bench.idOf(reader)];
        pairs.set(end, { provider: from, consumer: to, port: await bench.port(from) });
        await bench.grant(pairs.get(end)!, way);
      }
      await bench.settle();
      for (const { reader, provider } of all) {
        const keys = await bench.keysOf(reader);
        expect([reader, await bench.reach(reader, provider)]).toEqual([reader, 'ok']);
        expect(await keys.list(BUCKET, `${provider}/data_mart/`)).toEqual([`${provider}/data_mart/a`]);
        for (const key of ['secret/a', 'a'])
          expect(await outcome(() => keys.get(BUCKET, `${provider}/${key}`))).toBe(REFUSED);
        expect(await outcome(() => keys.put(BUCKET, `${provider}/staging/b`))).toBe(REFUSED);
        expect(await bench.told(reader)).toEqual([provider]);
      }
      for (const { end } of all) await bench.tell(ends[end]!(pairs.get(end)!), way);
      await bench.settle();
      for (const { reader, provider } of all) {
        expect([reader, await bench.reach(reader, provider)]).toEqual([reader, REFUSED]);
        expect(await bench.told(reader)).toEqual([]);
        await (await bench.keysOf(reader)).put(BUCKET, `${reader}/x`);
      }
    });

    it('a denied request gives nothing, a denied renewal takes nothing', async () => {
      const { portal } = bench;
      const { consumer, port } = await bench.pair(name('deny'));
      const reach = () => bench.reach(name('deny-consumer'), name('deny-provider'));
      await bench.tell(portal.do.requestAccess(consumer, port), way);
      await bench.tell(portal.do.deny(consumer, port), way);
      await bench.settle();
      expect(await reach()).toBe(REFUSED);
      await bench.grant({ consumer, port }, way);
      await bench.tell(portal.do.renew(consumer, port), way);
      await bench.tell(portal.do.denyRenewal(consumer, port), way);
      await bench.settle();
      expect(await reach()).toBe('ok');
      expect(
        (await bench.tell(portal.do.approve(consumer, port), way)).map(({ body }) => body.status),
      ).not.toContain('accepted');
    });

    it('two consumers of one port, approved one after the other, have it both; two ports of one provider, until both are gone', async () => {
      const { provider, consumer, port } = await bench.pair(name('two'));
      const [second = ''] = await bench.products(name('two-second'));
      const other = await bench.port(provider);
      for (const who of [consumer, second]) await bench.tell(bench.portal.do.requestAccess(who, port), way);
      for (const who of [consumer, second]) {
        await bench.tell(bench.portal.do.approve(who, port), way);
        await bench.settle();
      }
      const reach = () =>
        Promise.all(
          [name('two-consumer'), name('two-second')].map((each) => bench.reach(each, name('two-provider'))),
        );
      expect(await reach()).toEqual(['ok', 'ok']);
      await bench.grant({ consumer, port: other }, way);
      for (const who of [consumer, second]) {
        await bench.tell(bench.portal.do.remove(who, port), way);
        await bench.settle();
      }
      expect(await reach()).toEqual(['ok', REFUSED]);
      await bench.tell(bench.portal.do.remove(consumer, other), way);
      await bench.settle();
      expect(await reach()).toEqual([REFUSED, REFUSED]);
    });

    it('a port that needs no approval, and a consumer that is an exploration', async () => {
      const { portal, stack } = bench;
      const { provider, consumer, port } = await bench.pair(name('open'), true);
      await bench.tell(portal.do.requestAccess(consumer, port), way);
      await bench.tell(portal.do.createExploration({ namespace: name('look') }), way);
      const exploration = bench.idOf(name('look'));
      await bench.tell(portal.do.requestAccess(exploration, port), way);
      await bench.settle();
      expect(await bench.reach(name('open-consumer'), name('open-provider'))).toBe('ok');
      const shown = await bench.shown(exploration);
      expect(shown).toMatchObject({ kind: 'exploration', state: 'ready', home_path: null, project: null });
      expect(shown.reads.map(({ path }: any) => path)).toHaveLength(2);
      const keys = stack.s3((await stack.admin.post(`/data-products/${exploration}/claim`)).body);
      const read = () => outcome(() => keys.get(BUCKET, `${name('open-provider')}/staging/a`));
      expect(await read()).toBe('ok');
      expect(await outcome(() => keys.put(BUCKET, `${name('look')}/x`))).toBe(REFUSED);
      expect((await bench.shown(provider)).read_by).toHaveLength(4);
      await bench.tell(portal.do.revokeAsConsumer(exploration, port), way);
      await bench.settle();
      expect(await read()).toBe(REFUSED);
    });

    it('a provider goes: its keys are dead and its consumers read nothing of it; then a consumer; the portal waits for both', async () => {
      const { portal } = bench;
      const { provider, consumer, port } = await bench.pair(name('end'));
      const [ten = ''] = await bench.products(name('end-provider0'));
      for (const id of [port, await bench.port(ten)]) await bench.grant({ consumer, port: id }, way);
      await bench.settle();
      const reader = await bench.keysOf(name('end-consumer'));
      const [one, zero] = [
        await bench.keysOf(name('end-provider')),
        await bench.keysOf(name('end-provider0')),
      ];
      const read = (of: string) => outcome(() => reader.get(BUCKET, `${of}/staging/a`));
      expect([await read(name('end-provider')), await read(name('end-provider0'))]).toEqual(['ok', 'ok']);
      const told = portal.do.deleteProduct(provider);
      expect(portal.world.product(provider).status).toBe('deleting');
      await bench.tell(told, way);
      await bench.settle();
      expect([await read(name('end-provider')), await read(name('end-provider0'))]).toEqual([REFUSED, 'ok']);
      expect(await outcome(() => one.get(BUCKET, `${name('end-provider')}/a`))).toBe('InvalidAccessKeyId');
      await zero.put(BUCKET, `${name('end-provider0')}/x`);
      expect(await bench.told(name('end-consumer'))).toEqual([name('end-provider0')]);
      expect(await bench.shown(provider)).toMatchObject({
        state: 'deleted',
        principal: null,
        enforced: true,
      });
      expect(portal.world.products.has(provider)).toBe(false);

      await bench.tell(portal.do.deleteProduct(consumer), way);
      await bench.settle();
      expect(await read(name('end-provider0'))).toBe('InvalidAccessKeyId');
      expect((await bench.shown(ten)).read_by).toEqual([]);
      expect(portal.world.products.has(consumer)).toBe(false);
      await bench.tell(portal.do.deleteProduct(consumer), way);
      await bench.settle();
      expect(await bench.shown(consumer)).toMatchObject({ state: 'deleted' });
    });

    it('approved before anything was created; deleted before it was created', async () => {
      const { portal } = bench;
      const late = [
        ...portal.do.createProduct({ namespace: name('late-provider') }),
        ...portal.do.createProduct({ namespace: name('late-consumer') }),
      ];
      const [provider, consumer] = [bench.idOf(name('late-provider')), bench.idOf(name('late-consumer'))];
      portal.do.createOutputPort({ providerId: provider });
      const port = portal.world.portsOf(provider)[0]!.id;
      portal.do.requestAccess(consumer, port);
      await bench.tell(portal.do.approve(consumer, port), way);
      await bench.settle();
      await bench.tell(late, way);
      await bench.settle();
      await bench.stack.rootS3.put(BUCKET, `${name('late-provider')}/staging/a`);
      expect(await bench.reach(name('late-consumer'), name('late-provider'))).toBe('ok');
      expect((await bench.shown(provider)).read_by).toHaveLength(2);
      await bench.tell(portal.do.remove(consumer, port), way);
      await bench.settle();
      expect(await bench.reach(name('late-consumer'), name('late-provider'))).toBe(REFUSED);

      const created = portal.do.createProduct({ namespace: name('short') });
      const id = bench.idOf(name('short'));
      await bench.tell(portal.do.deleteProduct(id), way);
      await bench.tell(created, way);
      await bench.settle();
      expect((await bench.stack.admin.get(`/data-products/${id}`)).status).toBe(404);
    });
  });

  it('a product that is renamed keeps its first namespace; who takes the old name gets nothing of it', async () => {
    const { portal } = bench;
    const { provider, consumer, port } = await bench.pair('name');
    await bench.grant({ consumer, port });
    for (const namespace of ['name-new', 'name-newer']) {
      await bench.tell(portal.do.rename(provider, namespace), '/');
      await bench.settle();
    }
    expect(await bench.shown(provider)).toMatchObject({
      ...{ namespace: 'name-provider', portal_namespace: 'name-newer', state: 'ready' },
      home_path: `s3a://${BUCKET}/name-provider/`,
    });
    expect(await bench.reach('name-consumer', 'name-provider')).toBe('ok');
    const [taker = ''] = await bench.products('name-provider');
    const { principal } = await bench.shown(provider);
    expect(principal).toMatch(/^dp-name-provider-/);
    const shown = await bench.shown(taker);
    expect(shown).toMatchObject({ state: 'ready', namespace: 'name-provider', last_error: null });
    const prefix = /^s3a:\/\/data-products\/(name-provider-[0-9a-f]{6})\/$/.exec(shown.home_path)?.[1] ?? '';
    expect(shown.principal).not.toBe(principal);
    const keys = await bench.keysOf(prefix);
    await keys.put(BUCKET, `${prefix}/staging/a`);
    expect(await outcome(() => keys.get(BUCKET, 'name-provider/staging/a'))).toBe(REFUSED);
    await bench.grant({ consumer, port: await bench.port(taker) });
    await bench.settle();
    expect(await bench.reach('name-consumer', prefix)).toBe('ok');
    expect(await bench.told('name-consumer')).toEqual(['name-provider', prefix]);
    // who is called as that prefix was made up gets another one, too
    const [third = ''] = await bench.products(prefix);
    expect((await bench.shown(third)).home_path).toMatch(
      new RegExp(`^s3a://data-products/${prefix}-[0-9a-f]{6}/$`),
    );
  });

  it('the end of a grant by its date: told by an event, or found by a look at the product', async () => {
    const { portal, stack } = bench;
    for (const [name, find] of Object.entries({
      told: (_: string, events: any) => bench.tell(events),
      found: (id: string) => stack.admin.post(`/data-products/${id}/reconcile`),
    })) {
      const { consumer, port } = await bench.pair(`date-${name}`);
      await bench.grant({ consumer, port });
      await bench.settle();
      expect(await bench.reach(`date-${name}-consumer`, `date-${name}-provider`)).toBe('ok');
      await find(consumer, portal.do.expire(consumer, port));
      await bench.settle();
      expect(await bench.reach(`date-${name}-consumer`, `date-${name}-provider`)).toBe(REFUSED);
    }
  });

  it('a portal that is away when access is approved, or hangs, is asked again; the sender is answered at once', async () => {
    const { portal } = bench;
    const { consumer, port } = await bench.pair('away');
    portal.faults = [{ on: /./, hang: true }];
    await bench.grant({ consumer, port }, '/');
    const asked = portal.requests.length;
    // the answers came although nothing that was asked since has been answered
    await waitFor('a call', () => portal.requests.length > asked);
    expect(await bench.reach('away-consumer', 'away-provider')).toBe(REFUSED);
    await portal.stop();
    portal.faults = [];
    const tried = async () => (await bench.provisions('pending')).filter((each) => each.attempts > 0);
    await waitFor('a failed attempt', async () => (await tried()).length > 0);
    await portal.start();
    await bench.settle();
    expect(await bench.reach('away-consumer', 'away-provider')).toBe('ok');
  });

  it.each<[string, (headers: Record<string, string>) => Record<string, string>, number]>([
    ['right', (headers) => headers, 200],
    ['missing', ({ Sign: _, ...headers }) => headers, 401],
    ['another', (headers) => ({ ...headers, Sign: 'a'.repeat(128) }), 401],
  ])('a signature that is %s', async (name, change, status) => {
    const [told] = bench.portal.do.createProduct({ namespace: `sign-${name}`, description: 'é🎉' });
    const answer = await bench.send({ ...told!, headers: change(told!.headers) });
    expect(answer.status).toBe(status);
    await bench.settle();
    const { status: shown } = await bench.stack.admin.get(`/data-products/${bench.idOf(`sign-${name}`)}`);
    expect(shown).toBe(status === 200 ? 200 : 404);
  });
});
