import { waitFor } from '../../../scripts/child.mjs';
import { NO_LIMITS } from '../access/sharing.js';
import { type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import { type Login, loginOf, SchemaServer } from './schemas.js';

const PORTS = '/api/v2/data_products';
const TOKEN = 'delivered';

/** A service without a portal, whose data products get schemas; what a portal would deliver, a test sends. */
export class SchemaBench {
  private constructor(
    readonly stack: Stack,
    readonly database: SchemaServer,
    readonly projects: string,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<SchemaBench> {
    const database = await SchemaServer.start();
    const projects = tempDir('projects');
    const own = { PROV_TEMPLATE_OUTPUT_PATH: projects, PORTAL_DEBOUNCE_MS: '50', WEBHOOK_TOKEN: TOKEN };
    const stack = await startStack({ env: { ...NO_LIMITS, ...own, ...database.env, ...env } });
    return new SchemaBench(stack, database, projects);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.database.stop();
  }

  async send(body: object): Promise<void> {
    const path = `/webhooks/data-product-portal?token=${TOKEN}`;
    const answer = await this.stack.service.request('POST', path, { body });
    expect(answer.body).toEqual({ status: 'accepted' });
  }

  create(name: string): Promise<void> {
    return this.send({
      ...{ method: 'POST', url: '/api/data_products' },
      response: JSON.stringify({ id: name, namespace: name }),
    });
  }

  /** Products that are ready. */
  async made(...names: string[]): Promise<void> {
    for (const name of names) await this.create(name);
    for (const name of names) await waitFor(name, async () => (await this.shown(name)).state === 'ready');
  }

  access(what: 'approve' | 'revoke', provider: string, consumer: string): Promise<void> {
    return this.send({
      ...{ method: 'POST', url: `${PORTS}/${provider}/output_ports/port-${provider}/input_ports/${what}` },
      ...{ status_code: 200, response: 'null' },
      request: JSON.stringify({ consuming_data_product_id: consumer }),
    });
  }

  remove(id: string): Promise<void> {
    return this.send({ method: 'DELETE', url: `/api/data_products/${id}`, status_code: 200, response: '' });
  }

  async shown(id: string): Promise<any> {
    return (await this.stack.admin.get(`/data-products/${id}`)).body;
  }

  check(id: string): Promise<unknown> {
    return this.stack.admin.post(`/data-products/${id}/reconcile`);
  }

  /** Until nothing waits to be done any more. */
  async settle(): Promise<void> {
    const isAny = async (status: string) =>
      (await this.stack.admin.get(`/provisions?limit=1&status=${status}`)).body.items.length > 0;
    await waitFor(
      'rest',
      async () => {
        for (const status of ['pending', 'processing', 'pending', 'processing'])
          if (await isAny(status)) return false;
        return true;
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
  }

  async login(name: string): Promise<Login> {
    const found = await loginOf(this.projects, name);
    this.stack.secrets.add('a password', found.password);
    return found;
  }

  async readers(provider: string, ...wanted: string[]): Promise<void> {
    await waitFor(
      'the readers',
      async () => String((await this.shown(provider)).database.readers) === String(wanted),
    );
  }

  /** The roles and schemas whose names begin so. */
  async left(prefix: string): Promise<string[]> {
    const rows = await this.database.sql(
      `select rolname::text as name from pg_roles where starts_with(rolname, '${prefix}')
       union all select nspname from pg_namespace where starts_with(nspname, '${prefix}') order by 1`,
    );
    return rows.map(({ name }) => name);
  }
}
