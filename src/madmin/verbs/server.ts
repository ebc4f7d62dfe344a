import { ADMIN, type Caller } from '../call.js';
import type { AccountInfo, CallOptions, Health, HealthCheck, PolicyDocument, ServerInfo } from '../types.js';

type WireBuckets = { name: string; access: { read: boolean; write: boolean } }[] | null;

interface MinioAccount {
  AccountName: string;
  Policy?: PolicyDocument | null;
  Buckets?: WireBuckets;
}

interface RustfsAccount {
  account_name: string;
  /** JSON in a string. */
  policy: string;
  buckets: WireBuckets;
}

/** The server itself. */
export class Server {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Answers also before the server is initialised. */
  async info(options?: CallOptions): Promise<ServerInfo> {
    const spec = { verb: 'server.info', method: 'GET', path: `${ADMIN}/info`, early: true } as const;
    return this.#caller.json(spec, options, toServerInfo);
  }

  /**
   * Not signed. `live`: the process answers. `ready`: it serves. `cluster`: write quorum and IAM. `cluster/read`: read quorum. The state of
   * a server that answers is returned, whatever it is; one that does not answer throws. Nothing is retried.
   */
  async health(check: HealthCheck, options?: CallOptions): Promise<Health> {
    const path = `/minio/health/${check}`;
    const spec = {
      verb: 'server.health',
      method: 'GET',
      path,
      signer: null,
      retries: 0,
      early: true,
    } as const;
    const read = ({ status, headers }: { status: number; headers: Record<string, unknown> }): Health => {
      const complaint = headers['x-minio-server-status'];
      const serverStatus = typeof complaint === 'string' ? complaint : undefined;
      return { ok: status === 200 && !serverStatus, status, ...(serverStatus && { serverStatus }) };
    };
    return this.#caller.run(spec, options, read, () => true);
  }

  /** Who the client is, and what it may reach. Costs MinIO three policy evaluations for each bucket. */
  async accountInfo(options?: CallOptions): Promise<AccountInfo> {
    const spec = { verb: 'server.accountInfo', method: 'GET', path: `${ADMIN}/accountinfo` } as const;
    return this.#caller.json(spec, options, toAccountInfo);
  }
}

/** RustFS has one more level around it. */
function toServerInfo(wire: Record<string, unknown>): ServerInfo {
  const { info } = wire;
  const isRustfs = typeof info === 'object' && info !== null;
  return (isRustfs ? { ...info, product: 'RustFS' } : { ...wire, product: 'MinIO' }) as ServerInfo;
}

function toAccountInfo(wire: MinioAccount | RustfsAccount): AccountInfo {
  if (!('account_name' in wire)) return accountInfo(wire.AccountName, wire.Policy, wire.Buckets);
  return accountInfo(wire.account_name, JSON.parse(wire.policy) as PolicyDocument | null, wire.buckets);
}

function accountInfo(
  accountName: string,
  policy?: PolicyDocument | null,
  buckets?: WireBuckets,
): AccountInfo {
  return {
    accountName,
    ...(policy && { policy }),
    buckets: (buckets ?? []).map(({ name, access: { read, write } }) => ({ name, read, write })),
  };
}
