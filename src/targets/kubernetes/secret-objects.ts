import type { JsonObject } from '../../documents/model.js';
import type { KubernetesHttp } from './kubernetes-http.js';
import { FIELD_MANAGER, foreignFields, type KubernetesObject } from './object.js';

/** A Secret without its values. */
export interface SecretState {
  uid: string;
  /** Changes with each write. */
  version: string;
  keys: string[];
  /** The keys that somebody else manages. */
  foreign: string[];
  annotations: Readonly<Record<string, string>>;
}

/** Where a Secret is. */
export interface SecretPlace {
  namespace: string;
  name: string;
}

/** What is written: keys with values, and annotations; null removes one. */
export interface SecretChange {
  values: Readonly<Record<string, string | null>>;
  annotations: Readonly<Record<string, string | null>>;
}

/** Writes Secrets. What is in them is never given back. */
export class SecretObjects {
  constructor(private readonly http: KubernetesHttp) {}

  /** Undefined: it does not exist. */
  async stateOf(place: SecretPlace): Promise<SecretState | undefined> {
    const doing = `reading Secret ${shown(place)}`;
    const call = { method: 'GET', path: pathOf(place), doing, also: [404], secret: true } as const;
    const { status, body } = await this.http.call(call);
    return status === 404 ? undefined : stateOf(body);
  }

  /** Undefined: there is one by now. */
  async create(place: SecretPlace, { values, annotations }: SecretChange): Promise<SecretState | undefined> {
    const { namespace, name } = place;
    const { status, body } = await this.http.call({
      ...{ method: 'POST', path: `${folderOf(namespace)}?fieldManager=${FIELD_MANAGER}` },
      ...{ doing: `writing Secret ${shown(place)}`, also: [409], secret: true },
      body: { metadata: { name, namespace, annotations }, type: 'Opaque', data: encoded(values) },
    });
    return status === 409 ? undefined : stateOf(body);
  }

  /** Changes the version that was read, and keeps its other keys. Undefined: there is another one by now. */
  async merge(
    place: SecretPlace,
    resourceVersion: string,
    { values, annotations }: SecretChange,
  ): Promise<SecretState | undefined> {
    const { status, body } = await this.http.call({
      ...{ method: 'PATCH', path: `${pathOf(place)}?fieldManager=${FIELD_MANAGER}` },
      ...{ doing: `writing Secret ${shown(place)}`, also: [404, 409], secret: true },
      ...{ type: 'application/merge-patch+json' },
      body: { metadata: { resourceVersion, annotations }, data: encoded(values) },
    });
    return status === 404 || status === 409 ? undefined : stateOf(body);
  }

  /** Removes the version that was read; false: there is another one by now. */
  async remove(place: SecretPlace, { uid, version }: SecretState): Promise<boolean> {
    const { status } = await this.http.call({
      ...{ method: 'DELETE', path: pathOf(place), doing: `removing Secret ${shown(place)}` },
      ...{ also: [404, 409], secret: true },
      body: { preconditions: { uid, resourceVersion: version } },
    });
    return status !== 409;
  }
}

const shown = ({ namespace, name }: SecretPlace): string => `${namespace}/${name}`;
const folderOf = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
const pathOf = ({ namespace, name }: SecretPlace): string =>
  `${folderOf(namespace)}/${encodeURIComponent(name)}`;

function encoded(values: SecretChange['values']): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, value && Buffer.from(value).toString('base64')]),
  );
}

function stateOf(body: JsonObject): SecretState {
  const object = body as unknown as KubernetesObject & { data?: Record<string, string> };
  const { uid, resourceVersion, annotations = {} } = object.metadata;
  const keys = Object.keys(object.data ?? {});
  return { uid, version: resourceVersion, keys, foreign: foreignFields(object, 'data'), annotations };
}
