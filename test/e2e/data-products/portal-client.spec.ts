import { TODAY } from '../../support/portal/stub/world.js';
import { failure, NOBODY, peopled, tidy } from '../../support/portal/client.js';

afterEach(tidy);

describe.each(['0.5.1', '0.7.0'] as const)('a portal %s', (version) => {
  const newer = version === '0.7.0';

  it('tells a data product', async () => {
    const { client, provider, world } = await peopled(version);
    expect(await client.product(provider.id)).toEqual({
      id: provider.id,
      name: 'sales',
      description: 'All about sales',
      namespace: 'sales',
      status: 'active',
      finalizers: newer ? [] : null,
      lifecycle: { id: world.lifecycles[0]!.id, name: 'Draft' },
      typeId: provider.typeId,
      domainId: provider.domainId,
      tagIds: [NOBODY],
    });
    expect((await client.product(provider.id.toUpperCase()))?.id).toBe(provider.id);
    expect(await client.product(NOBODY)).toBeNull();
    expect(await client.product('test-uuid')).toBeNull();
    expect(await client.exploration(provider.id)).toBeNull();
    expect((await client.productIds()).sort()).toEqual([...world.products.keys()].sort());
  });

  it('tells who consumes what', async () => {
    const { stub, client, provider, consumer, port, world } = await peopled(version);
    stub.do.requestAccess(consumer.id, port.id);
    const ref = { kind: 'data_product' as const, id: consumer.id };
    const { id } = world.link(consumer.id, port.id);
    const end = newer ? { validUntil: null } : {};
    const asked = { id, consumer: ref, outputPortId: port.id, providerId: provider.id, ...end };
    for (const status of ['pending', 'approved'] as const) {
      if (status === 'approved') stub.do.approve(consumer.id, port.id);
      const decided = newer && status === 'approved' ? { decidedOn: TODAY } : {};
      expect(await client.inputPortsOf(ref)).toEqual([{ ...asked, status, ...decided }]);
      expect(await client.consumersOfOutputPort(provider.id, port.id)).toEqual([ref]);
    }
    stub.do.remove(consumer.id, port.id);
    expect(await client.inputPortsOf(ref)).toEqual([]);
    expect(await client.consumersOfOutputPort(provider.id, port.id)).toEqual([]);
    stub.do.deleteOutputPort(port.id);
    expect(await client.consumersOfOutputPort(provider.id, port.id)).toEqual([]);
    expect(await client.inputPortsOf({ ...ref, id: NOBODY })).toEqual([]);
    // the list of consumers has its slash in one version only: a redirect is followed
    expect(stub.count(/\/output_ports\/[^/]+\/input_ports/)).toBe(newer ? 4 : 8);
  });

  it('is told that a product is ready, once', async () => {
    const { stub, client, provider, world } = await peopled(version);
    const ready = await client.readyLifecycleId();
    expect(ready).toBe(world.readyId);
    const before = { ...provider };
    const known = await client.product(provider.id);
    stub.do.rename(provider.id, 'sales-renamed');
    expect(await client.setLifecycle(known!, ready!)).toBe(true);
    expect(world.product(provider.id)).toEqual({ ...before, namespace: 'sales-renamed', lifecycleId: ready });
    expect(await client.setLifecycle(known!, ready!)).toBe(false);
    expect(stub.lifecycleWrites()).toBe(1);
    expect(stub.echoes.filter(({ path }) => path === '/').map(({ raw }) => JSON.parse(raw).method)).toEqual([
      'PUT',
    ]);
    expect(await client.setLifecycle({ id: NOBODY }, ready!)).toBe(false);
    world.lifecycles.length = 1;
    expect(await client.readyLifecycleId()).toBeNull();
  });

  it('tells the owners, and nobody else', async () => {
    const { stub, client, provider } = await peopled(version);
    const ref = { kind: 'data_product' as const, id: provider.id };
    expect(await client.owners(ref)).toEqual(['ann@example.org', 'bob@example.org']);
    expect(await client.owners({ ...ref, id: NOBODY })).toEqual([]);
    // of a portal that filters nothing
    const role = { prototype: 2 };
    const of = (id: string, decision: string) => ({
      data_product: { id },
      user: { email: decision },
      role,
      decision,
    });
    const all = [
      of(NOBODY, 'approved'),
      of(provider.id, 'pending'),
      { ...of(provider.id, 'approved'), role: null },
    ];
    stub.faults = [{ on: /./, body: JSON.stringify({ role_assignments: all }) }];
    expect(await client.owners(ref)).toEqual([]);
  });

  it('takes finalizers, if it knows any', async () => {
    const { stub, client, provider } = await peopled(version);
    const ref = { kind: 'data_product' as const, id: provider.id };
    expect(await client.addFinalizer(ref, 'minio')).toBe(newer);
    expect(await client.addFinalizer(ref, 'minio')).toBe(newer);
    stub.do.deleteProduct(provider.id);
    expect((await client.product(provider.id))?.status).toBe(newer ? 'deleting' : undefined);
    // too late for another, but the one that stands, stands
    expect(await client.addFinalizer(ref, 'another')).toBe(false);
    expect(await client.addFinalizer(ref, 'minio')).toBe(newer);
    expect(await client.setLifecycle(provider, stub.world.readyId)).toBe(false);
    expect(await client.removeFinalizer(ref, 'another')).toBe(false);
    expect(await client.removeFinalizer(ref, 'minio')).toBe(newer);
    expect(await client.product(provider.id)).toBeNull();
    expect(await client.removeFinalizer(ref, 'minio')).toBe(false);
    expect(await client.addFinalizer(ref, 'minio')).toBe(false);
  });
});

describe('a portal as it is today', () => {
  it('tells the mode of access, when it was decided and what is linked; hidden consumers are left out', async () => {
    const { stub, client, world, provider, consumer, port } = await peopled('main');
    stub.do.requestAccess(consumer.id, port.id);
    stub.do.approve(consumer.id, port.id);
    world.link(consumer.id, port.id).mode = 's3-write';
    const ref = { kind: 'data_product' as const, id: consumer.id };
    expect(await client.inputPortsOf(ref)).toMatchObject([{ mode: 's3-write', decidedOn: TODAY }]);
    expect(await client.consumersOfOutputPort(provider.id, port.id)).toEqual([ref]);
    world.hidden.add(consumer.id);
    expect(await client.consumersOfOutputPort(provider.id, port.id)).toEqual([
      { id: ref.id, kind: undefined },
    ]);
    const { asset } = stub.do.addAsset({ productId: provider.id, path: 'raw' });
    stub.do.linkAsset(asset, port.id);
    stub.do.addAsset({ productId: provider.id, path: 'x', type: 'GlueTechnicalAssetConfiguration' });
    expect(await client.assets.of(provider.id)).toEqual([
      {
        ...{ id: asset.id, bucket: 'data-products', suffix: 'sales', path: 'raw' },
        ...{ active: true, ports: [port.id], links: [{ port: port.id, status: 'approved' }] },
      },
    ]);
    expect(await client.explorationIds()).toEqual([]);

    const item = { id: NOBODY, status: 'approved', output_port: { id: NOBODY, data_product_id: NOBODY } };
    const told = async (request: object) => {
      const body = JSON.stringify({ input_ports: [{ ...item, current_request: request }] });
      stub.faults = [{ on: /input_ports/, body }];
      return (await client.inputPortsOf(ref))[0];
    };
    const moment = { decided_on: '2026-08-21T10:00:00', valid_from: '2026-08-20', valid_until: '2026-12-31' };
    expect(await told(moment)).toMatchObject({
      decidedOn: '2026-08-21T10:00:00.000Z',
      validUntil: '2026-12-31',
    });
    expect(await told({ ...moment, decided_on: 'soon' })).toMatchObject({ decidedOn: '2026-08-20' });
    expect(await failure(told({ valid_until: 'for ever' }))).toMatchObject({ retryable: false });
    stub.faults = [];
  });

  it('says what the key may do; one that cannot be asked is not believed to refuse', async () => {
    const { stub, client } = await peopled('main');
    stub.world.denied.add(304);
    expect([await client.rights.allows(301), await client.rights.allows(304)]).toEqual([true, false]);
    expect(await (await peopled('0.5.1')).client.rights.allows(304)).toBeUndefined();
    expect(stub.done).toEqual([]);
  });
});

describe('explorations', () => {
  it('consume like data products', async () => {
    const { stub, client, world, port, provider, consumer } = await peopled('0.7.0');
    stub.do.createExploration({ namespace: 'look', owners: ['Eve@example.org'] });
    const exploration = [...world.products.values()].at(-1)!;
    const ref = { kind: 'exploration' as const, id: exploration.id };
    expect(await client.exploration(ref.id)).toMatchObject({
      namespace: 'look',
      typeId: '',
      lifecycle: null,
    });
    expect(await client.product(ref.id)).toBeNull();
    expect(await client.productIds()).not.toContain(ref.id);
    expect(await client.owners(ref)).toEqual(['eve@example.org']);
    stub.do.requestAccess(ref.id, port.id);
    stub.do.requestAccess(consumer.id, port.id);
    stub.do.approve(ref.id, port.id);
    world.link(ref.id, port.id).validUntil = '2026-12-31';
    expect(await client.inputPortsOf(ref)).toMatchObject([{ status: 'approved', validUntil: '2026-12-31' }]);
    expect(await client.consumersOfOutputPort(provider.id, port.id)).toEqual([
      ref,
      { kind: 'data_product', id: consumer.id },
    ]);
    expect(await client.addFinalizer(ref, 'minio')).toBe(true);
    expect(await client.removeFinalizer(ref, 'minio')).toBe(true);
  });
});
