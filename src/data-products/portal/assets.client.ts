import type { Asset } from '../approved/port-access.js';
import { API, hasNoSuchRoute, PRODUCTS, saysWhatIsMissing, segment, succeeded } from './answers.js';
import type { PortalAnswer, PortalHttp } from './http.js';
import { PortalError } from './portal-error.js';
import { type PortalAsset, POSTGRES_ASSET, S3_ASSET, Shapes } from './shapes.js';

/** A service of the portal that technical assets are of, and its platform. */
export interface PlatformService {
  platformId: string;
  serviceId: string;
}

/** A technical asset to create. */
export interface NewAsset {
  name: string;
  description: string;
  /** Unique within the product. */
  namespace: string;
  place: Asset;
}

/** Technical assets of data products. Throws {@link PortalError}. */
export class AssetsClient {
  /** Portals after 0.7 end the path with a slash, 0.7 does not. After a redirect, the form that the portal asked for is used first. */
  #slash = true;

  constructor(private readonly http: PortalHttp) {}

  /** The assets of types S3 and PostgreSQL; null if this portal does not support technical assets. */
  async of(productId: string): Promise<PortalAsset[] | null> {
    const doing = "reading a data product's technical assets";
    const answer = await this.call(productId, { method: 'GET', doing });
    if (hasNoSuchRoute(answer)) return null;
    // not an empty list: the portal answers the same for a hidden product
    if (saysWhatIsMissing(answer))
      throw new PortalError(`The portal does not show the product (404) for ${doing}`, false, answer.status);
    const shapes = new Shapes(doing);
    return shapes
      .list(shapes.object(succeeded(answer, doing))['technical_assets'])
      .flatMap((each) => shapes.asset(each) ?? []);
  }

  /** The service and platform ids for assets of a type; null if this portal offers none. */
  async service(type: 'S3' | 'PostgreSQL'): Promise<PlatformService | null> {
    const doing = 'listing the platforms of technical assets';
    const path = `${API}/configuration/platforms/configs`;
    const answer = await this.http.call({ method: 'GET', path, doing });
    if (hasNoSuchRoute(answer)) return null;
    const shapes = new Shapes(doing);
    const all = shapes.list(shapes.object(succeeded(answer, doing))['platform_service_configurations']);
    for (const each of all) {
      const { platform, service } = shapes.object(each);
      const { id, name } = shapes.object(service);
      if (shapes.text(name).toLowerCase() === type.toLowerCase())
        return { platformId: shapes.id(shapes.object(platform)['id']), serviceId: shapes.id(id) };
    }
    return null;
  }

  /** Creates an asset and returns its id. One of type S3 can be linked immediately, one of type PostgreSQL once it is active. */
  async create(
    productId: string,
    asset: NewAsset,
    { platformId, serviceId }: PlatformService,
  ): Promise<string> {
    const doing = 'registering a technical asset';
    const { name, description, namespace, place } = asset;
    const body = {
      ...{ name, description, namespace, platform_id: platformId, service_id: serviceId },
      configuration:
        'bucket' in place
          ? { configuration_type: S3_ASSET, ...place }
          : { configuration_type: POSTGRES_ASSET, ...place, access_granularity: 'schema' },
      // a default one of type PostgreSQL would need a database that is called like the product
      technical_mapping: 'bucket' in place ? 'default' : 'custom',
      tag_ids: [],
    };
    const answer = succeeded(await this.call(productId, { method: 'POST', doing, body }), doing);
    const shapes = new Shapes(doing);
    return shapes.id(shapes.object(answer)['id']);
  }

  /** Makes an asset one that can be linked. */
  async activate(productId: string, assetId: string): Promise<void> {
    const doing = 'activating a technical asset';
    const path = `${PRODUCTS}/${segment(productId)}/technical_assets/${segment(assetId)}/status`;
    succeeded(await this.http.call({ method: 'PUT', path, doing, body: { status: 'active' } }), doing);
  }

  private async call(
    productId: string,
    call: { method: 'GET' | 'POST'; doing: string; body?: object },
  ): Promise<PortalAnswer> {
    const path = `${PRODUCTS}/${segment(productId)}/technical_assets${this.#slash ? '/' : ''}`;
    const answer = await this.http.call({ ...call, path });
    if (answer.redirected) this.#slash = !this.#slash;
    return answer;
  }
}
