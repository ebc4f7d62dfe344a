import { Caller } from './call.js';
import { MadminError } from './errors.js';
import type { CallOptions, CallRecord } from './types.js';
import { AccessKeys } from './verbs/access-keys.js';
import { Buckets } from './verbs/buckets.js';
import { Groups } from './verbs/groups.js';
import { Policies } from './verbs/policies.js';
import { Server } from './verbs/server.js';
import { checkCredentials, Sts } from './verbs/sts.js';
import { Users } from './verbs/users.js';

export { MadminError, type MadminErrorCode } from './errors.js';
export type * from './types.js';

export interface MadminOptions {
  /** `http(s)://host:port` of MinIO's API (not of its console), without a path. */
  endpoint: string;
  /** Keys of root, or of a user with the `admin:` actions that the verbs need. */
  accessKey: string;
  secretKey: string;
  /** The server's region, if it has one configured. Default `us-east-1`. */
  region?: string;
  /** Limit for each call from start to end, retries included. Default 2,000. */
  timeoutMs?: number;
  /** Instead of `timeoutMs` for calls whose answer MinIO encrypts by Argon2id, and `policies.list`. Default 10,000. */
  slowTimeoutMs?: number;
  /** Maximum number of connections; further calls wait. Default 64. */
  connections?: number;
  /** How request bodies are encrypted. `argon2id` costs 64 MiB and 50 ms on each side. Default `pbkdf2`. */
  encryption?: 'pbkdf2' | 'argon2id';
  /** Called after each finished call, also a failed one; for metrics. */
  onCall?: (call: CallRecord) => void;
}

/**
 * Client of MinIO's admin API (v3, community builds) and of STS AssumeRole. Every verb throws {@link MadminError} only,
 * and takes `{ signal }` as its last argument. Reads are repeated when the connection failed, writes never after a
 * byte of them was sent.
 */
export class MadminClient {
  readonly users: Users;
  readonly policies: Policies;
  readonly groups: Groups;
  readonly accessKeys: AccessKeys;
  readonly buckets: Buckets;
  readonly sts: Sts;
  readonly server: Server;
  readonly #caller: Caller;

  constructor(options: MadminOptions) {
    const { accessKey, secretKey, encryption = 'pbkdf2' } = options;
    checkCredentials('new MadminClient', { accessKey, secretKey });
    this.#caller = new Caller({
      endpoint: parseEndpoint(options.endpoint),
      credentials: { accessKey, secretKey },
      region: options.region ?? 'us-east-1',
      timeoutMs: options.timeoutMs ?? 2_000,
      slowTimeoutMs: options.slowTimeoutMs ?? 10_000,
      connections: options.connections ?? 64,
      algorithm: encryption === 'pbkdf2' ? 'pbkdf2-aes' : 'argon2id-aes',
      onCall: options.onCall,
    });
    this.users = new Users(this.#caller);
    this.policies = new Policies(this.#caller);
    this.groups = new Groups(this.#caller);
    this.accessKeys = new AccessKeys(this.#caller);
    this.buckets = new Buckets(this.#caller);
    this.sts = new Sts(this.#caller);
    this.server = new Server(this.#caller);
  }

  /** Calls that have started and not ended yet. */
  get pending(): number {
    return this.#caller.pending;
  }

  /**
   * Resolves when the server has read its identities since its start; at once if that is known. Every call waits for that by itself, except
   * `sts.assumeRole`, `server.info` and `server.health`.
   */
  whenLoaded(options?: CallOptions): Promise<void> {
    return this.#caller.whenLoaded(options);
  }

  /** Waits for the calls under way and closes the connections; later calls fail with `unavailable`. */
  close(): Promise<void> {
    return this.#caller.close();
  }
}

function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash;
  if (!bare || url.username || url.password) {
    throw new MadminError('invalid', 'new MadminClient: invalid (endpoint must be http(s)://host:port)');
  }
  return url;
}
