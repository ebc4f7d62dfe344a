import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { PortalHttp } from '../../../../src/data-products/portal/http.js';
import type { PortalClient } from '../../../../src/data-products/portal/portal.client.js';
import {
  addressOf,
  clientOf,
  failure,
  KEY,
  listening,
  NOBODY,
  peopled,
  portal,
  tidy,
} from '../../../support/portal/client.js';

afterEach(tidy);

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
    () => client.consumersOfOutputPort(id, id),
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

  const good = {
    id: NOBODY,
    status: 'approved',
    current_request: { valid_until: null },
    output_port_id: NOBODY,
    output_port: { id: NOBODY, data_product_id: NOBODY },
  };
  const listed = async (item: object) => {
    const { stub, client, consumer } = await peopled('0.7.0');
    stub.faults = [{ on: /./, body: JSON.stringify({ input_ports: [item] }) }];
    return client.inputPortsOf({ kind: 'data_product', id: consumer.id });
  };

  it.each([
    ['a status that is new', { status: 'lent' }],
    ['no status', { status: undefined }],
    ['no id', { id: undefined }],
    ['an id that is none', { output_port_id: 'a/b' }],
    ['a provider that is none', { output_port: { data_product_id: 7 } }],
    ['a port that is none', { output_port: 'x' }],
    ['an end that is no date', { current_request: { valid_until: 7 } }],
    ['an access mode without a name', { current_request: { valid_until: null, access_mode: {} } }],
  ])('that has input ports with %s is not understood', async (_, spoiled) => {
    expect(await listed(good)).toHaveLength(1);
    expect(await failure(listed({ ...good, ...spoiled }))).toMatchObject({ retryable: false });
  });

  it.each([
    ['its provider', { output_port: {} }, NOBODY],
    ['its port', { output_port: null }, NOBODY],
    ['its port and the id', { output_port: null, output_port_id: null }, ''],
  ])('that keeps back of an input port %s is understood', async (_, kept, outputPortId) => {
    expect(await listed({ ...good, ...kept })).toMatchObject([{ outputPortId, providerId: null }]);
  });

  it.each([
    ['no consumer', { consuming_abstract_data_product_id: null }, []],
    [
      'one of a kind that is not known',
      { consuming_abstract_data_product: { abstract_data_product_type: 'unknown' } },
      [{ id: NOBODY, kind: undefined }],
    ],
  ])('that lists at an output port %s stops nobody else', async (_, spoiled, left) => {
    const { stub, client, provider, port } = await peopled('0.7.0');
    const consumer = {
      consuming_abstract_data_product_id: NOBODY,
      consuming_abstract_data_product: { abstract_data_product_type: 'data_products' },
    };
    const body = JSON.stringify({ input_ports: [{ ...consumer, ...spoiled }, consumer] });
    stub.faults = [{ on: /./, body }];
    expect(await client.consumersOfOutputPort(provider.id, port.id)).toEqual([
      ...left,
      { id: NOBODY, kind: 'data_product' },
    ]);
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

it('a connection that the portal closed between two requests costs nothing, but for what must not be sent twice', async () => {
  const used = new WeakSet<Socket>();
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const stale = used.has(request.socket);
    used.add(request.socket);
    seen.push(`${request.method}${stale ? ' stale' : ''}`);
    if (stale) return void request.socket.destroy();
    response.end('{"data_products":[]}');
  });
  await listening(server);
  const http = new PortalHttp({ baseUrl: addressOf(server) });
  const call = (method: 'GET' | 'POST') => http.call({ method, path: '/', doing: 'trying' });
  expect([(await call('GET')).status, (await call('GET')).status]).toEqual([200, 200]);
  expect((await call('POST')).status).toBe(200);
  expect(await failure(call('POST'))).toMatchObject({ retryable: true });
  expect(seen).toEqual(['GET', 'GET stale', 'GET', 'POST', 'POST stale']);
  http.close();
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
