import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { Secret } from '../../../src/common/secret.js';
import { PortalClient } from '../../../src/data-products/portal/portal.client.js';
import { type PortalError } from '../../../src/data-products/portal/portal-error.js';
import { type PortalVersion } from './recorded.js';
import { type PortalStub, type PortalStubOptions, startPortalStub } from './stub/stub.js';

export const KEY = 'key-never-shown';
export const NOBODY = '00000000-0000-4000-8000-000000000000';
const stubs: PortalStub[] = [];
const clients: PortalClient[] = [];
const servers: Server[] = [];

export async function portal(options: PortalStubOptions = {}) {
  const stub = await startPortalStub({ key: KEY, ...options });
  stubs.push(stub);
  return { stub, client: clientOf(stub.url, options.key ?? KEY) };
}

export function clientOf(baseUrl: string, key?: string, timeoutMs = 2000): PortalClient {
  const client = new PortalClient({ baseUrl, timeoutMs, ...(key !== undefined && { key: new Secret(key) }) });
  clients.push(client);
  return client;
}

/** A provider with a port, a consumer and, in newer portals, an exploration. */
export async function peopled(version: PortalVersion) {
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

/** The error of a call that must fail, which tells nobody the key. */
export const failure = (call: Promise<unknown>): Promise<PortalError> =>
  call.then(
    (value) => Promise.reject(new Error(`the call succeeded with ${inspect(value)}`)),
    (error: unknown) => {
      expect(inspect(error, { depth: 9 })).not.toContain(KEY);
      return error as PortalError;
    },
  );

/** After each test; one that made a portal complain has failed. */
export async function tidy(): Promise<void> {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  const problems = stubs.flatMap((stub) => stub.problems);
  await Promise.all(stubs.splice(0).map((stub) => stub.stop()));
  expect(problems).toEqual([]);
}

export async function listening(server: Server): Promise<void> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

export function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
