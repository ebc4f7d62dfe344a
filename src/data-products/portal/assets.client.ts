import { API, hasNoSuchRoute, PRODUCTS, saysWhatIsMissing, segment, succeeded } from './answers.js';
import type { PortalAnswer, PortalHttp } from './http.js';
import { PortalError } from './portal-error.js';
import { type PortalAsset, S3_ASSET, Shapes } from './shapes.js';

/** The portal's service for S3 storage, and its platform. */
export interface S3Service {
  platformId: string;
  serviceId: string;
}

/** A technical asset of type S3 to create. */
export interface NewAsset {
  name: string;
  description: string;
  /** Unique within the product. */
  namespace: string;
  bucket: string;
  suffix: string;
  path: string;
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

  /** The service and platform ids for S3 assets; null if this portal offers none. */
  async s3Service(): Promise<S3Service | null> {
    const doing = 'listing the platforms of technical assets';
    const path = `${API}/configuration/platforms/configs`;
    const answer = await this.http.call({ method: 'GET', path, doing });
    if (hasNoSuchRoute(answer)) return null;
    const shapes = new Shapes(doing);
    const all = shapes.list(shapes.object(succeeded(answer, doing))['platform_service_configurations']);
    for (const each of all) {
      const { platform, service } = shapes.object(each);
      const { id, name } = shapes.object(service);
      if (shapes.text(name).toLowerCase() === 's3')
        return { platformId: shapes.id(shapes.object(platform)['id']), serviceId: shapes.id(id) };
    }
    return null;
  }

  /** Creates an asset. It can be linked immediately. */
  async create(productId: string, asset: NewAsset, { platformId, serviceId }: S3Service): Promise<void> {
    const doing = 'registering a technical asset';
    const { name, description, namespace, bucket, suffix, path } = asset;
    const body = {
      ...{ name, description, namespace, platform_id: platformId, service_id: serviceId },
      configuration: { configuration_type: S3_ASSET, bucket, suffix, path },
      technical_mapping: 'default',
      tag_ids: [],
    };
    succeeded(await this.call(productId, { method: 'POST', doing, body }), doing);
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
