import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { Secret } from '../../src/common/secret.js';
import { PortalClient } from '../../src/data-products/portal/portal.client.js';
import { type PortalError } from '../../src/data-products/portal/portal-error.js';
import { type PortalVersion } from '../support/portal/recorded.js';
import { TODAY } from '../support/portal/world.js';
import { type PortalStub, type PortalStubOptions, startPortalStub } from '../support/portal/stub.js';

const KEY = 'key-never-shown';
const NOBODY = '00000000-0000-4000-8000-000000000000';
const stubs: PortalStub[] = [];
const clients: PortalClient[] = [];
const servers: Server[] = [];

async function portal(options: PortalStubOptions = {}) {
  const stub = await startPortalStub({ key: KEY, ...options });
  stubs.push(stub);
  return { stub, client: clientOf(stub.url, options.key ?? KEY) };
}

function clientOf(baseUrl: string, key?: string, timeoutMs = 2000): PortalClient {
  const client = new PortalClient({ baseUrl, timeoutMs, ...(key !== undefined && { key: new Secret(key) }) });
  clients.push(client);
  return client;
}

/** A provider with a port, a consumer and, in newer portals, an exploration. */
async function peopled(version: PortalVersion) {
  const { stub, client } = await portal({ version });
  const { world } = stub;
  stub.do.createProduct({
    namespace: 'sales',
    owners: ['Ann@Example.org', 'bob@example.org'],
    tagIds: [NOBODY],
  });
  stub.do.createProduct({ namespace: 'reports' });
  const [provider, consumer] = [...world.products.values()];
  stub.do.createOutputPort({ providerId: provider!.id });
  const [port] = [...world.ports.values()];
  return { stub, client, world, provider: provider!, consumer: consumer!, port: port! };
}

const failure = (call: Promise<unknown>): Promise<PortalError> =>
  call.then(
    (value) => Promise.reject(new Error(`the call succeeded with ${inspect(value)}`)),
    (error: unknown) => {
      expect(inspect(error, { depth: 9 })).not.toContain(KEY);
      return error as PortalError;
    },
  );

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  const problems = stubs.flatMap((stub) => stub.problems);
  await Promise.all(stubs.splice(0).map((stub) => stub.stop()));
  expect(problems).toEqual([]);
});

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
      expect(await client.inputPortsOfOutputPort(provider.id, port.id)).toEqual([
        { ...asked, status, ...decided },
      ]);
    }
    stub.do.remove(consumer.id, port.id);
    expect(await client.inputPortsOf(ref)).toEqual([]);
    expect(await client.inputPortsOfOutputPort(provider.id, port.id)).toEqual([]);
    stub.do.deleteOutputPort(port.id);
    expect(await client.inputPortsOfOutputPort(provider.id, port.id)).toEqual([]);
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
      { bucket: 'data-products', suffix: 'sales', path: 'raw', active: true, ports: [port.id] },
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
    expect(await client.inputPortsOfOutputPort(provider.id, port.id)).toMatchObject([
      { consumer: ref, status: 'approved' },
      { consumer: { kind: 'data_product', id: consumer.id }, status: 'pending' },
    ]);
    expect(await client.addFinalizer(ref, 'minio')).toBe(true);
    expect(await client.removeFinalizer(ref, 'minio')).toBe(true);
  });
});

describe('the key', () => {
  const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln';
  it.each([
    ['static', KEY, 'x-key', KEY],
    ['a JWT', jwt, 'authorization', `Bearer ${jwt}`],
    ['marked as bearer', `Bearer ${KEY}`, 'authorization', `Bearer ${KEY}`],
  ])('that is %s goes where it belongs', async (_, key, header, value) => {
    const seen: Record<string, unknown>[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      response.end('{"data_products":[]}');
    });
    await listening(server);
    await clientOf(addressOf(server), key).productIds();
    await clientOf(`${addressOf(server)}/`).productIds();
    expect(seen[0]).toMatchObject({ [header]: value });
    expect(Object.keys(seen[0]!)).not.toContain(header === 'x-key' ? 'authorization' : 'x-key');
    expect(Object.keys(seen[1]!)).not.toContain('x-key');
  });

  it('that is refused is said to be', async () => {
    const { stub } = await portal();
    for (const key of ['wrong', undefined]) {
      const error = await failure(clientOf(stub.url, key).productIds());
      expect(error).toMatchObject({ name: 'PortalError', retryable: false, status: 401 });
      expect(error.message).toContain('PORTAL_API_KEY');
      expect(error.message).not.toContain('wrong');
    }
  });

  it('is told to nobody that a redirect names', async () => {
    const told: string[] = [];
    const thief = createServer((request, response) => {
      told.push(String(request.headers['x-key']));
      response.end('{}');
    });
    await listening(thief);
    const { stub, client } = await peopled('0.7.0');
    const redirected = async (status: number, location?: string) => {
      stub.faults = [{ on: /./, status, times: 1, ...(location !== undefined && { headers: { location } }) }];
      stub.requests.length = 0;
      expect(await failure(client.productIds())).toMatchObject({ retryable: false });
      return stub.requests;
    };
    const asked = 'GET /api/v2/data_products';
    for (const status of [301, 302, 303, 307, 308])
      for (const location of [addressOf(thief), '/login', '//evil/', 'http://[', undefined])
        expect(await redirected(status, location)).toEqual([asked]);
    // the other spelling of the address is asked for, but at the portal that is configured
    for (const status of [307, 308])
      expect(await redirected(status, `${addressOf(thief)}/api/v2/data_products/`)).toEqual([
        asked,
        `${asked}/`,
      ]);
    expect(told).toEqual([]);
  });
});

describe('a portal in trouble', () => {
  const calls = (client: PortalClient, id: string): (() => Promise<unknown>)[] => [
    () => client.product(id),
    () => client.exploration(id),
    () => client.productIds(),
    () => client.inputPortsOf({ kind: 'data_product', id }),
    () => client.inputPortsOfOutputPort(id, id),
    () => client.readyLifecycleId(),
    () => client.owners({ kind: 'data_product', id }),
    () => client.addFinalizer({ kind: 'data_product', id }, 'minio'),
    () => client.removeFinalizer({ kind: 'data_product', id }, 'minio'),
    () => client.setLifecycle({ id }, id),
  ];

  it.each([
    [401, false],
    [403, false],
    [400, false],
    [418, false],
    [408, true],
    [429, true],
    [500, true],
    [502, true],
    [503, true],
  ])('that answers %i can be asked again: %s', async (status, retryable) => {
    const { stub, client, consumer } = await peopled('0.7.0');
    stub.faults = [{ on: /./, status, body: '{"detail":"inner secret"}' }];
    for (const call of calls(client, consumer.id)) {
      const error = await failure(call());
      expect(error).toMatchObject({ name: 'PortalError', retryable, status });
      expect(error.message).not.toContain('inner');
    }
  });

  it('that hangs, breaks off or is away can be asked again', async () => {
    const { stub, consumer } = await peopled('0.7.0');
    const client = clientOf(stub.url, KEY, 100);
    stub.faults = [{ on: /./, hang: true }];
    for (const call of calls(client, consumer.id))
      expect(await failure(call())).toMatchObject({
        retryable: true,
        message: expect.stringMatching(/within 100 ms/),
      });
    stub.faults = [{ on: /./, delayMs: 10 }];
    const patient = clientOf(stub.url, KEY);
    expect(await patient.product(consumer.id)).toMatchObject({ namespace: 'reports' });
    await stub.stop();
    for (const call of calls(patient, consumer.id)) {
      const error = await failure(call());
      expect(error).toMatchObject({ name: 'PortalError', retryable: true });
      expect(error).not.toHaveProperty('status');
    }
    stub.faults = [];
    await stub.start();
    expect(await patient.product(consumer.id)).toMatchObject({ namespace: 'reports' });
  });

  it('whose answer drips in for longer than it may is given up', async () => {
    const timers: NodeJS.Timeout[] = [];
    const server = createServer(
      (_, response) => void timers.push(setInterval(() => response.write(' '), 20)),
    );
    await listening(server);
    expect(await failure(clientOf(addressOf(server), KEY, 300).productIds())).toMatchObject({
      retryable: true,
    });
    timers.forEach(clearInterval);
  });

  it.each([
    '',
    'null',
    '[]',
    '"x"',
    '<html>',
    '{}',
    '{"data_products":{}}',
    '{"data_products":[{"id":"a/b"}]}',
  ])('that answers %j is not understood', async (body) => {
    const { stub, client, consumer } = await peopled('0.7.0');
    stub.faults = [{ on: /^GET/, body }];
    for (const call of calls(client, consumer.id).slice(0, 7)) {
      const error = await failure(call());
      expect(error).toMatchObject({ name: 'PortalError', retryable: false });
      expect(error.message).toContain('PORTAL_API_URL');
    }
  });

  it.each([
    ['a status that is new', { status: 'lent' }],
    [
      'a consumer of another kind',
      { consuming_abstract_data_product: { abstract_data_product_type: 'unknown' } },
    ],
    ['no consumer', { consuming_abstract_data_product_id: null }],
    ['no id', { id: undefined }],
    ['an end that is no date', { current_request: { valid_until: 7 } }],
  ])('that has input ports with %s is not understood', async (_, spoiled) => {
    const { stub, client, provider, port } = await peopled('0.7.0');
    const good = {
      id: NOBODY,
      status: 'approved',
      current_request: { valid_until: null },
      consuming_abstract_data_product_id: NOBODY,
      consuming_abstract_data_product: { abstract_data_product_type: 'data_products' },
    };
    const answered = (item: object) => {
      stub.faults = [{ on: /./, body: JSON.stringify({ input_ports: [item] }) }];
      return client.inputPortsOfOutputPort(provider.id, port.id);
    };
    expect(await answered(good)).toHaveLength(1);
    expect(await failure(answered({ ...good, ...spoiled }))).toMatchObject({ retryable: false });
  });

  it('that tells another product than the one asked for is not believed', async () => {
    const { stub, client, consumer, provider } = await peopled('0.7.0');
    stub.faults = [
      { on: /./, body: JSON.stringify({ id: provider.id, namespace: 'sales', status: 'active' }) },
    ];
    expect(await failure(client.product(consumer.id))).toMatchObject({ retryable: false });
    expect(await client.product(provider.id)).toMatchObject({
      namespace: 'sales',
      tagIds: [],
      lifecycle: null,
    });
    // what is not told cannot be written back
    expect(await failure(client.setLifecycle({ id: provider.id }, NOBODY))).toMatchObject({
      retryable: false,
    });
  });
});

describe('a product that is not there', () => {
  it.each(['{"detail":"Not Found"}', '<h1>404</h1>', ''])(
    'is not believed of another server, or of one that still lists it: 404 %j',
    async (body) => {
      const { stub, client, consumer } = await peopled('0.7.0');
      const ref = { kind: 'data_product' as const, id: consumer.id };
      stub.faults = [{ on: /./, status: 404, body }];
      const asked = [() => client.product(ref.id), () => client.inputPortsOf(ref), () => client.owners(ref)];
      for (const call of asked) {
        const error = await failure(call());
        expect(error).toMatchObject({ retryable: false, status: 404 });
        expect(error.message).toContain('PORTAL_API_URL');
      }
      stub.faults = [{ on: /^GET (?!\/api\/v2\/data_products$)/, status: 404, body }];
      for (const call of asked) expect(await failure(call())).toMatchObject({ retryable: false });
      stub.do.deleteProduct(consumer.id);
      expect(await Promise.all(asked.map((call) => call()))).toEqual([null, [], []]);
    },
  );

  it('is never looked for under an address that leaves its place', async () => {
    const { stub, client } = await peopled('0.7.0');
    for (const id of ['.', '..', '../users', 'a/b', 'a\\b', '', 'a\n', 'i'.repeat(201), '\ud800'])
      for (const call of [() => client.product(id), () => client.owners({ kind: 'data_product', id })])
        expect(await failure(call())).toMatchObject({ retryable: false });
    expect(stub.requests).toEqual([]);
    expect(await client.product('a b?c=d&e#f%2e')).toBeNull();
    expect(stub.requests[0]).toBe('GET /api/v2/data_products/a%20b%3Fc%3Dd%26e%23f%252e');
  });
});

async function listening(server: Server): Promise<void> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
