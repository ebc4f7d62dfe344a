import type { Json } from '../../documents/model.js';
import type { KubernetesHttp } from './kubernetes-http.js';

/** How objects of one kind are reached. */
export interface ApiResource {
  /** Such as `/apis/apps/v1`. */
  root: string;
  /** Such as `deployments`. */
  plural: string;
  kind: string;
  namespaced: boolean;
  verbs: readonly string[];
}

/** What is known of a version of an API is asked again after this time, in milliseconds: somebody may have changed it. */
const KNOWN_MS = 60_000;

/** Which kinds of objects there are. */
export class Discovery {
  readonly #known = new Map<string, { until: number; resources: readonly ApiResource[] }>();

  constructor(private readonly http: KubernetesHttp) {}

  /** Undefined: the server has no such kind. */
  async find(apiVersion: string, kind: string): Promise<ApiResource | undefined> {
    const isOf = (each: ApiResource): boolean => each.kind === kind;
    const known = this.#known.get(apiVersion);
    if (known && performance.now() < known.until && known.resources.some(isOf))
      return known.resources.find(isOf);
    const resources = await this.read(apiVersion);
    this.#known.set(apiVersion, { until: performance.now() + KNOWN_MS, resources });
    return resources.find(isOf);
  }

  /** Every kind of objects that a namespace can have, in one version each. */
  async inNamespaces(): Promise<ApiResource[]> {
    const { body } = await this.http.call({ method: 'GET', path: '/apis', doing: 'listing its APIs' });
    const groups = (body['groups'] ?? []) as { preferredVersion: { groupVersion: string } }[];
    const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
    const resources: ApiResource[] = [];
    for (const version of versions) resources.push(...(await this.read(version)));
    return resources.filter(({ namespaced, verbs }) => namespaced && verbs.includes('list'));
  }

  private async read(apiVersion: string): Promise<ApiResource[]> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const call = { method: 'GET', path: root, doing: `reading the API ${apiVersion}`, also: [404] } as const;
    const { status, body } = await this.http.call(call);
    if (status === 404) return [];
    return ((body['resources'] ?? []) as unknown as RawResource[])
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced, verbs = [] }) => ({ root, plural: name, kind, namespaced, verbs }));
  }
}

interface RawResource {
  [more: string]: Json | undefined | string[];
  name: string;
  kind: string;
  namespaced: boolean;
  verbs?: string[];
}
