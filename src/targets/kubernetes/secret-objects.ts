import type { JsonObject } from '../../documents/model.js';
import { isUtf8 } from 'node:buffer';
import { Secret } from '../../common/secret.js';
import type { StoredSecret } from '../stored-secret.js';
import type { KubernetesHttp } from './kubernetes-http.js';
import { FIELD_MANAGER, foreignFields, type KubernetesObject } from './object.js';

/** A Secret without its values. */
export interface SecretState {
  uid: string;
  /** Never changes. */
  type: string;
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

/** Writes Secrets. What is in them is given back to those only who carry it elsewhere. */
export class SecretObjects {
  constructor(private readonly http: KubernetesHttp) {}

  /** Undefined: it does not exist. */
  async stateOf(place: SecretPlace): Promise<SecretState | undefined> {
    const body = await this.read(place);
    return body && stateOf(body);
  }

  /** What these keys have. Undefined: it does not exist. */
  async valuesOf(place: SecretPlace, keys: readonly string[]): Promise<StoredSecret | undefined> {
    const body = await this.read(place);
    if (!body) return undefined;
    const { data } = body as RawSecret;
    const texts = keys.flatMap((key) => {
      const bytes = Buffer.from(data?.[key] ?? '', 'base64');
      return data?.[key] !== undefined && isUtf8(bytes) ? [[key, new Secret(bytes.toString())] as const] : [];
    });
    return { version: versionOf(stateOf(body)), values: new Map(texts) };
  }

  /** Undefined: there is one by now. */
  async create(
    place: SecretPlace,
    { values, annotations }: SecretChange,
    type: string,
  ): Promise<SecretState | undefined> {
    const { namespace, name } = place;
    const { status, body } = await this.http.call({
      ...{ method: 'POST', path: `${folderOf(namespace)}?fieldManager=${FIELD_MANAGER}` },
      ...{ doing: `writing Secret ${shown(place)}`, also: [409], secret: true },
      body: { metadata: { name, namespace, annotations }, type, data: encoded(values) },
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

  private async read(place: SecretPlace): Promise<JsonObject | undefined> {
    const doing = `reading Secret ${shown(place)}`;
    const call = { method: 'GET', path: pathOf(place), doing, also: [404], secret: true } as const;
    const { status, body } = await this.http.call(call);
    return status === 404 ? undefined : body;
  }
}

type RawSecret = { type?: string; data?: Record<string, string> };

/** The version of a Secret, as a copy of it notes from what it was made. */
export function versionOf({ uid, version }: Pick<SecretState, 'uid' | 'version'>): string {
  return `${uid}/${version}`;
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
  const object = body as unknown as KubernetesObject & RawSecret;
  const { uid, resourceVersion: version, annotations = {} } = object.metadata;
  const [keys, type] = [Object.keys(object.data ?? {}), object.type ?? 'Opaque'];
  return { uid, type, version, keys, foreign: foreignFields(object, 'data'), annotations };
}
