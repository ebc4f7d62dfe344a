import { type PortalActions } from './actions.js';
import { PortalAnswers } from './answers.js';
import type { StubAnswer, StubRequest } from './calls.js';
import { PortRoutes } from './port-routes.js';
import { Refused } from './world.js';

type Handler = (request: StubRequest, ids: string[]) => StubAnswer;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const WRITTEN = ['name', 'namespace', 'description', 'type_id', 'domain_id', 'lifecycle_id'];
const ASSET = [
  ...['name', 'description', 'namespace', 'platform_id', 'service_id', 'configuration'],
  ...['technical_mapping', 'access_mode_ids', 'tag_ids', 'sourceAligned'],
];
/** What the configuration of each type must say. */
const PLACES: Record<string, string[]> = {
  S3TechnicalAssetConfiguration: ['bucket', 'suffix', 'path'],
  PostgreSQLTechnicalAssetConfiguration: ['database', 'schema', 'table', 'access_granularity'],
};
const notFound = (problem?: string): StubAnswer => ({
  status: 404,
  body: { correlation_id: '0'.repeat(32), detail: 'Not Found' },
  ...(problem !== undefined && { problem }),
});
const refused = (status: number, detail: unknown, problem?: string): StubAnswer => ({
  status,
  body: { correlation_id: '0'.repeat(32), detail },
  ...(problem !== undefined && { problem }),
});
const ok = (body: unknown = null): StubAnswer => ({ status: 200, body });

/** The part of the portal's API that a provisioner uses, strict about everything else. */
export class PortalRoutes {
  readonly #answers: PortalAnswers;
  readonly #routes: [string, RegExp, Handler][];

  constructor(private readonly actions: PortalActions) {
    this.#answers = new PortalAnswers(actions.world);
    const ports = new PortRoutes(actions);
    const route = (method: string, path: string, handler: Handler): [string, RegExp, Handler] => [
      method,
      new RegExp(`^/api/v2${path.replaceAll(':id', '([^/]+)').replaceAll(':action', '\\d+')}$`),
      handler,
    ];
    this.#routes = [
      route('GET', '/data_products', () => ok({ data_products: this.list('data_product') })),
      route('GET', '/data_products/:id', (_, [id]) => this.read(id!, 'data_product')),
      route('PUT', '/data_products/:id', (request, [id]) => this.write(request, id!)),
      route('GET', '/data_products/:id/input_ports', (_, [id]) => this.inputPorts(id!)),
      route('GET', '/data_products/:id/output_ports/:id/input_ports', (_, [, port]) => this.consumers(port!)),
      route('GET', '/configuration/data_product_lifecycles', () =>
        ok({ data_product_life_cycles: actions.world.lifecycles }),
      ),
      route('GET', '/configuration/platforms/configs', () =>
        ok({ platform_service_configurations: this.#answers.platforms() }),
      ),
      route('GET', '/data_products/:id/technical_assets', (_, [id]) =>
        ok({ technical_assets: actions.world.assetsOf(id!).map((each) => this.#answers.asset(each)) }),
      ),
      route('POST', '/data_products/:id/technical_assets', (request, [id]) => this.addAsset(request, id!)),
      route('PUT', '/data_products/:id/technical_assets/:id/status', (request, ids) =>
        this.setStatus(request, ids),
      ),
      route('GET', '/data_products/:id/output_ports', (_, [id]) => ports.list(id!)),
      route('POST', '/data_products/:id/output_ports', (request, [id]) => ports.create(request, id!)),
      route('POST', '/data_products/:id/output_ports/:id/technical_assets/add', (request, ids) =>
        ports.requestLink(request, ids),
      ),
      route(
        'POST',
        '/data_products/:id/output_ports/:id/technical_assets/approve_link_request',
        (request, ids) => ports.approveLink(request, ids),
      ),
      route('GET', '/authz/access/:action', ({ path }) =>
        ok({ allowed: !actions.world.denied.has(Number(path.split('/').at(-1))) }),
      ),
      route('GET', '/explorations', () => ok({ explorations: this.list('exploration') })),
      route('GET', '/authz/role_assignments/data_product', (request) => this.roles(request)),
      route('GET', '/explorations/:id', (_, [id]) => this.read(id!, 'exploration')),
      route('GET', '/explorations/:id/input_ports', (_, [id]) => this.inputPorts(id!)),
      route('POST', '/(?:data_products|explorations)/:id/finalizers', (request, [id]) =>
        this.addFinalizer(request, id!),
      ),
      route('DELETE', '/(?:data_products|explorations)/:id/finalizers/:id', (_, ids) =>
        this.removeFinalizer(ids),
      ),
    ];
  }

  answer(request: StubRequest): StubAnswer {
    const { method, path } = request;
    const redirect = this.redirect(path);
    if (redirect !== undefined) return { status: 307, location: redirect };
    const plain = path.replace(/\/$/, '');
    const newer = /\/(finalizers|explorations|technical_assets|access|platforms)(\/|$)/.test(plain);
    if (newer && this.actions.world.version === '0.5.1') return notFound();
    const matching = this.#routes.filter(([, pattern]) => pattern.test(plain));
    const found = matching.find(([verb]) => verb === method);
    if (!found)
      return matching.length > 0 ? refused(405, 'Method Not Allowed', 'method') : notFound('unknown route');
    if (request.query.size > 0 && !plain.endsWith('role_assignments/data_product'))
      return refused(422, 'query', 'a query that the portal does not know');
    const ids = (found[1].exec(plain) ?? []).slice(1).map(decodeURIComponent);
    const unknown = ids
      .slice(0, plain.includes('/finalizers/') ? 1 : undefined)
      .some((id) => !this.wellFormed(id));
    if (unknown) return refused(422, [{ type: 'uuid_parsing', loc: ['path', 'id'] }]);
    try {
      return found[2](request, ids);
    } catch (error) {
      if (error instanceof Refused) return refused(error.status, error.message);
      throw error;
    }
  }

  /** The list of an output port's consumers has a slash at its end in 0.7, and none in 0.5; no other address has one. */
  private redirect(path: string): string | undefined {
    const slash = path.endsWith('/');
    const { version } = this.actions.world;
    const due =
      (version !== '0.5.1' && /\/output_ports\/[^/]+\/input_ports\/?$/.test(path)) ||
      (version === 'main' && /\/technical_assets\/?$/.test(path));
    if (slash === due) return undefined;
    return slash ? path.slice(0, -1) : `${path}/`;
  }

  /** Ids are UUIDs to the portal; those of the first documentation, which are none, are taken if the world has them. */
  private wellFormed(id: string): boolean {
    const { products, ports } = this.actions.world;
    return UUID.test(id) || products.has(id) || ports.has(id);
  }

  private list(wanted: string): object[] {
    const products = [...this.actions.world.products.values()].filter(({ kind }) => kind === wanted);
    return products.map((each) => this.#answers.listed(each));
  }

  private read(id: string, kind: string): StubAnswer {
    const product = this.actions.world.product(id.toLowerCase());
    if (product.kind !== kind) throw new Refused(404, 'Data Product not found');
    return ok(this.#answers.product(product));
  }

  private write({ body }: StubRequest, id: string): StubAnswer {
    const given = (body ?? {}) as Record<string, unknown>;
    const missing = WRITTEN.filter((name) => typeof given[name] !== 'string');
    const foreign = Object.keys(given).filter((name) => ![...WRITTEN, 'tag_ids', 'about'].includes(name));
    const { lifecycles } = this.actions.world;
    const lifecycleId = given['lifecycle_id'] as string;
    if (missing.length > 0 || foreign.length > 0 || !Array.isArray(given['tag_ids'] ?? []))
      return refused(422, [], `a product written without ${missing.join()} or with ${foreign.join()}`);
    if (!lifecycles.some((each) => each.id === lifecycleId))
      return refused(404, 'Lifecycle not found', 'lifecycle');
    // as the portal does it: what is empty is left as it was
    const changes = {
      ...(given['name'] !== '' && { name: given['name'] as string }),
      ...(given['namespace'] !== '' && { namespace: given['namespace'] as string }),
      ...(given['description'] !== '' && { description: given['description'] as string }),
      typeId: given['type_id'] as string,
      domainId: given['domain_id'] as string,
      tagIds: (given['tag_ids'] ?? []) as string[],
      lifecycleId,
    };
    this.actions.world.product(id);
    return { ...ok({ id }), deliveries: this.actions.update(id, changes) };
  }

  private inputPorts(id: string): StubAnswer {
    const { links } = this.actions.world;
    this.actions.world.product(id);
    const own = [...links.values()].filter(({ consumerId }) => consumerId === id);
    return ok({ input_ports: own.map((each) => this.#answers.ofConsumer(each)) });
  }

  private consumers(portId: string): StubAnswer {
    const { world } = this.actions;
    world.port(portId);
    return ok({ input_ports: world.linksOf(portId).map((each) => this.#answers.ofPort(each)) });
  }

  private roles({ query }: StubRequest): StubAnswer {
    const known = ['data_product_id', 'user_id', 'role_id', 'decision'];
    if ([...query.keys()].some((key) => !known.includes(key))) return refused(422, [], 'an unknown filter');
    const product = this.actions.world.products.get(query.get('data_product_id') ?? '');
    const all = product ? this.#answers.roles(product) : [];
    const decision = query.get('decision');
    return ok({ role_assignments: all.filter((each) => !decision || (each as any).decision === decision) });
  }

  private addAsset({ body }: StubRequest, productId: string): StubAnswer {
    const given = (body ?? {}) as Record<string, any>;
    const { world } = this.actions;
    const place = given['configuration'] ?? {};
    const missing = ['name', 'description', 'namespace'].filter((name) => typeof given[name] !== 'string');
    const foreign = Object.keys(given).filter((name) => !ASSET.includes(name));
    const parts = PLACES[place.configuration_type as string];
    const placed = parts?.every((name) => typeof place[name] === 'string');
    const service = world.services.find(({ id }) => id === given['service_id'])?.name;
    if (missing.length + foreign.length > 0 || !placed || !place.configuration_type.startsWith(service))
      return refused(422, [], `an asset without ${missing.join()} or with ${foreign.join()}`);
    if (service === 'PostgreSQL') return this.addSchema(given, productId);
    const { bucket, suffix, path } = place;
    const { deliveries, asset } = this.actions.addAsset({
      productId,
      namespace: given['namespace'],
      bucket,
      suffix,
      path,
    });
    return { ...ok({ id: asset.id }), deliveries };
  }

  /** A default one must be in a database that is called like the product; a custom one is activated by somebody. */
  private addSchema(given: Record<string, any>, productId: string): StubAnswer {
    const { configuration_type: type, ...place } = given['configuration'];
    const isCustom = given['technical_mapping'] === 'custom';
    const { namespace } = this.actions.world.product(productId);
    if (!isCustom && !place.database.startsWith(namespace))
      return { status: 500, body: 'Internal Server Error' };
    const { deliveries, asset } = this.actions.addAsset({
      ...{ productId, namespace: given['namespace'], path: '', type, place },
      status: isCustom ? 'pending' : 'active',
    });
    return { ...ok({ id: asset.id }), deliveries };
  }

  private setStatus({ body }: StubRequest, [productId, id]: string[]): StubAnswer {
    const asset = this.actions.world.assets.get(id ?? '');
    if (asset?.productId !== productId) throw new Refused(404, 'Technical asset not found');
    const { status, ...rest } = (body ?? {}) as { status?: string };
    if (Object.keys(rest).length > 0 || !['pending', 'active', 'archived'].includes(status ?? ''))
      return refused(422, [], 'a status that there is not');
    return { ...ok(), deliveries: this.actions.setAssetStatus(asset!, status as 'active') };
  }

  private addFinalizer({ body }: StubRequest, id: string): StubAnswer {
    const { finalizer, ...rest } = (body ?? {}) as Record<string, unknown>;
    if (typeof finalizer !== 'string' || Object.keys(rest).length > 0)
      return refused(422, [], 'a finalizer without name');
    const { world } = this.actions;
    if (world.product(id).status === 'deleting') throw new Refused(409, 'Data product is being deleted');
    return { ...ok(), deliveries: this.actions.addFinalizer(id, finalizer) };
  }

  private removeFinalizer([id, name]: string[]): StubAnswer {
    if (!this.actions.world.product(id!).finalizers.includes(name!))
      throw new Refused(404, `Finalizer '${name}' not found`);
    return { ...ok(), deliveries: this.actions.removeFinalizer(id!, name!) };
  }
}
