import { Secret } from '../../common/secret.js';
import type { StoredSecret } from '../stored-secret.js';
import type { VaultHttp } from './vault-http.js';

/** What is known of a path without reading its secret. */
export interface PathState {
  /** The newest version; 0: there was none yet. */
  version: number;
  /** The newest version can be read: it is neither deleted nor destroyed. */
  live: boolean;
  /** Notes that writers keep beside the secret. */
  notes: Record<string, string>;
}

/** The metadata of a path, as the engine answers. */
interface Metadata {
  current_version: number;
  versions: Record<string, { destroyed: boolean; deletion_time: string }>;
  custom_metadata: Record<string, string> | null;
}

const NOTHING: PathState = { version: 0, live: false, notes: {} };

/**
 * The KV engine, version 2. The token of the service may write secrets and need not read them, but for those that a step copies: what is there
 * is known from metadata and from the names of keys.
 */
export class KvEngine {
  constructor(
    private readonly http: VaultHttp,
    private readonly mount: string,
  ) {}

  async stateOf(path: string): Promise<PathState> {
    const call = { method: 'GET', path: this.at('metadata', path), doing: 'reading metadata' } as const;
    const { status, data } = await this.http.call({ ...call, also: [404] });
    if (status === 404) return NOTHING;
    const { current_version: version, versions, custom_metadata: notes } = data as unknown as Metadata;
    const newest = versions[String(version)];
    const live = newest !== undefined && !newest.destroyed && newest.deletion_time === '';
    return { version, live, notes: notes ?? {} };
  }

  /** The names of the keys of the newest version. */
  async keysOf(path: string): Promise<string[]> {
    const call = {
      method: 'GET',
      path: this.at('subkeys', path),
      doing: 'reading the names of keys',
    } as const;
    const { status, data } = await this.http.call({ ...call, also: [404] });
    return status === 404 ? [] : Object.keys((data['subkeys'] as object | null) ?? {});
  }

  /** What these keys have in the newest version, if the token may read it. Undefined: there is no such version. */
  async valuesOf(path: string, keys: readonly string[]): Promise<StoredSecret | undefined> {
    const call = { method: 'GET', path: this.at('data', path), doing: 'reading a secret' } as const;
    const { status, data } = await this.http.call({ ...call, also: [404] });
    if (status === 404) return undefined;
    const { data: stored, metadata } = data as unknown as {
      data: Record<string, unknown> | null;
      metadata: { version: number };
    };
    const texts = keys.flatMap((key) => {
      const value = stored?.[key];
      return typeof value === 'string' ? [[key, new Secret(value)] as const] : [];
    });
    return { version: String(metadata.version), values: new Map(texts) };
  }

  /** Replaces the notes of a path. */
  async note(path: string, notes: Record<string, string>): Promise<void> {
    await this.http.call({
      method: 'POST',
      path: this.at('metadata', path),
      doing: 'writing metadata',
      body: { custom_metadata: notes },
    });
  }

  /** Writes a new version after `version`; undefined: it is not the newest any more. Returns the new version. */
  write(path: string, version: number, secret: Record<string, string>): Promise<number | undefined> {
    return this.put('POST', path, version, secret, 'writing a secret');
  }

  /** Like {@link write}, with all other keys of the present version, which is live; null removes a key. */
  merge(path: string, version: number, secret: Record<string, string | null>): Promise<number | undefined> {
    return this.put('PATCH', path, version, secret, 'adding keys to a secret');
  }

  /** Destroys a version for good. Repeating it changes nothing more. */
  async destroy(path: string, version: number): Promise<void> {
    await this.http.call({
      method: 'PUT',
      path: this.at('destroy', path),
      doing: 'destroying a version',
      body: { versions: [version] },
    });
  }

  private async put(
    method: 'POST' | 'PATCH',
    path: string,
    cas: number,
    data: Record<string, string | null>,
    doing: string,
  ): Promise<number | undefined> {
    const call = { method, path: this.at('data', path), doing, body: { options: { cas }, data } };
    const answer = await this.http.call({ ...call, also: [400, 404] });
    if (answer.status === 200) return answer.data['version'] as number;
    if (answer.status === 404 && method === 'PATCH') return undefined;
    if (answer.errors.some((each) => each.includes('check-and-set'))) return undefined;
    throw this.http.refused(doing, answer.status);
  }

  private at(what: string, path: string): string {
    return `${this.mount}/${what}/${path.split('/').map(encodeURIComponent).join('/')}`;
  }
}
