import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { outcome, type S3 } from '../access/s3.js';
import type { Answer } from '../service/service.js';
import { NO_LIMITS } from '../access/sharing.js';
import { type Stack, type StackOptions, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import type { PortalDelivery } from './deliveries.js';
import { type PortalStub, type PortalStubOptions, startPortalStub } from './stub/stub.js';

export const BUCKET = 'data-products';
const KEY = 'the-key-of-the-portal';
const SECRET = 'the-secret-of-the-webhooks';
/** What there is of each product. */
const DATA = ['staging/a', 'data_mart/a', 'secret/a', 'a'];
/** One after the other, and twice: what goes from one to the other between two looks would not be seen. */
const WAITING = ['pending', 'processing', 'pending', 'processing'];

/** A consumer and a provider with an output port, all of one test. */
export interface Pair {
  provider: string;
  consumer: string;
  port: string;
}

/** A service with its MinIO, and a portal that it asks. What the portal sends goes to the service, the echoes of the service's own calls included. */
export class PortalBench {
  /** What deliveries carry as `?token=`, if anything. */
  token = '';

  private constructor(
    readonly stack: Stack,
    readonly portal: PortalStub,
    readonly projects: string,
  ) {}

  static async start(options: PortalStubOptions & StackOptions = {}): Promise<PortalBench> {
    const { env, proxied, embedded, ...portalOptions } = options;
    const portal = await startPortalStub({ key: KEY, secret: SECRET, ...portalOptions });
    const projects = tempDir('projects');
    const stack = await startStack({
      ...(proxied ? { proxied } : {}),
      ...(embedded ? { embedded } : {}),
      env: {
        ...NO_LIMITS,
        PORTAL_API_URL: portal.url,
        PORTAL_API_KEY: KEY,
        WEBHOOK_SECRET: options.secret ?? SECRET,
        PROV_TEMPLATE_OUTPUT_PATH: projects,
        PORTAL_DEBOUNCE_MS: '50',
        PORTAL_RESYNC_SECONDS: '0',
        ...env,
      },
    });
    return new PortalBench(stack, portal, projects);
  }

  /** Portals after 0.7 send events only. */
  private get way(): '/' | undefined {
    return this.portal.world.version === 'main' ? undefined : '/';
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.portal.stop();
  }

  send({
    path,
    headers,
    raw,
  }: {
    path: string;
    headers: Record<string, string>;
    raw: string;
  }): Promise<Answer> {
    const to = path === '/v2' ? '/webhooks/data-product-portal' : '/';
    const query = this.token === '' ? '' : `?token=${this.token}`;
    const sign = headers['Sign'] ?? headers['sign'];
    return this.stack.service.request('POST', `${to}${query}`, {
      body: raw,
      headers: { 'content-type': 'application/json', ...(sign === undefined ? {} : { sign }) },
    });
  }

  /** Delivers what an action has made; `only` one of the two webhooks is configured in the portal. */
  async tell(deliveries: PortalDelivery[], only?: PortalDelivery['path']): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const delivery of deliveries)
      if (only === undefined || delivery.path === only) answers.push(await this.send(delivery));
    return answers;
  }

  /** Until nothing waits to be done any more, nothing has failed, and the portal has nothing more to say. */
  async settle(): Promise<void> {
    await waitFor(
      'rest',
      async () => {
        await this.tell(this.portal.echoes.splice(0));
        for (const status of WAITING) if ((await this.provisions(status, 1)).length > 0) return false;
        return this.portal.echoes.length === 0;
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
    // a deletion that an obstacle stopped is a failure that the test expects
    const failed = await this.provisions('failed');
    expect(failed.filter(({ kind }) => kind !== 'data.deletion')).toEqual([]);
  }

  async provisions(status: string, limit = 500): Promise<any[]> {
    return (await this.stack.admin.get(`/provisions?limit=${limit}&status=${status}`)).body.items;
  }

  /** Products that are made, with data in every part of them. */
  async products(...namespaces: string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const namespace of namespaces) {
      await this.tell(this.portal.do.createProduct({ namespace }), this.way);
      ids.push(this.idOf(namespace));
    }
    await this.settle();
    const keys = namespaces.flatMap((each) => DATA.map((key) => `${each}/${key}`));
    await Promise.all(keys.map((key) => this.stack.rootS3.put(BUCKET, key)));
    return ids;
  }

  async pair(name: string, unrestricted = false): Promise<Pair> {
    const [provider = '', consumer = ''] = await this.products(`${name}-provider`, `${name}-consumer`);
    return { provider, consumer, port: await this.port(provider, unrestricted) };
  }

  async port(provider: string, unrestricted = false): Promise<string> {
    await this.tell(this.portal.do.createOutputPort({ providerId: provider, unrestricted }));
    return this.portal.world.portsOf(provider).at(-1)?.id ?? '';
  }

  /** Asked for and approved. */
  async grant(
    { consumer, port }: Pick<Pair, 'consumer' | 'port'>,
    only?: PortalDelivery['path'],
  ): Promise<void> {
    await this.tell(this.portal.do.requestAccess(consumer, port), only);
    await this.tell(this.portal.do.approve(consumer, port), only);
  }

  idOf(namespace: string): string {
    const found = [...this.portal.world.products.values()].find((each) => each.namespace === namespace);
    if (!found) throw new Error(`no product ${namespace}`);
    return found.id;
  }

  async shown(id: string): Promise<any> {
    return (await this.stack.admin.get(`/data-products/${id}`)).body;
  }

  /** An S3 client with the keys that the project of the product has now. */
  async keysOf(name: string): Promise<S3> {
    const text = await readFile(join(this.projects, name, '.env'), 'utf8');
    const value = (variable: string) => new RegExp(`^${variable}=(.*)$`, 'm').exec(text)?.[1] ?? '';
    return this.stack.s3({ access_key: value('S3_ACCESS_KEY'), secret_key: value('S3_SECRET_KEY') });
  }

  /** What the keys of one product may do with the published data of another: `ok`, or the refusal. */
  async reach(reader: string, provider: string): Promise<string> {
    const keys = await this.keysOf(reader);
    return outcome(() => keys.get(BUCKET, `${provider}/staging/a`));
  }

  /** Names of the providers that a project is told of. */
  async told(name: string): Promise<string[]> {
    const file = join(this.projects, name, 'ACCESSIBLE_DATA_PRODUCTS.txt');
    if (!existsSync(file)) return [];
    const found = (await readFile(file, 'utf8')).matchAll(/# Approved access: (\S+)\n# S3 Path: (\S+)/g);
    return [...found].map(([, provider = '']) => provider);
  }
}
