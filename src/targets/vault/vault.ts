import type { VaultTarget } from '../../config/targets.js';
import { KvEngine } from './kv.js';
import { VaultHttp } from './vault-http.js';

/** A thing in the vault that is written as a whole, such as a policy or a role. */
export interface VaultThing {
  /** Below `/v1/`. */
  path: string;
  /** Such as `policy`, for messages. */
  what: string;
}

/** One Vault or OpenBao, as this service uses it. */
export class Vault {
  readonly name: string;
  /** The mount of its secrets. */
  readonly mount: string;
  readonly kv: KvEngine;
  readonly #http: VaultHttp;

  constructor(target: VaultTarget) {
    this.name = target.name;
    this.mount = target.mount;
    this.#http = new VaultHttp(target);
    this.kv = new KvEngine(this.#http, target.mount);
  }

  isHealthy(): Promise<boolean> {
    return this.#http.isHealthy();
  }

  /** Its fields; undefined: it does not exist. */
  async read({ path, what }: VaultThing): Promise<Record<string, unknown> | undefined> {
    const { status, data } = await this.#http.call({
      method: 'GET',
      path,
      doing: `reading a ${what}`,
      also: [404],
    });
    return status === 404 ? undefined : data;
  }

  /** Creates or replaces it. */
  async write({ path, what }: VaultThing, body: object): Promise<void> {
    await this.#http.call({ method: 'POST', path, doing: `writing a ${what}`, body });
  }

  /** Removes it, if it exists. */
  async remove({ path, what }: VaultThing): Promise<void> {
    await this.#http.call({ method: 'DELETE', path, doing: `removing a ${what}`, also: [404] });
  }

  close(): void {
    this.#http.close();
  }
}
