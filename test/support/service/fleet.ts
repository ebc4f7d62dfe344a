import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { waitFor } from '../../../scripts/child.mjs';
import { pgliteDir } from '../database/database.js';
import { type KbaseStub, startKbaseStub } from '../people/kbase.js';
import { type MinioServer, startMinio } from '../servers/minio.js';
import { type PostgresServer, startPostgres } from '../servers/postgres.js';
import { type Proxy, startProxy } from '../network/proxy.js';
import { type Answer, type Service, startService } from './service.js';

export const ADMIN_TOKEN = 'token-of-an-administrator';
const MORE_ADMINS = 20;
/** Tokens of administrators, as the auth service has them. */
export const ADMIN_TOKENS = Object.fromEntries(
  [ADMIN_TOKEN, ...Array.from({ length: MORE_ADMINS }, (_, n) => `${ADMIN_TOKEN}-${n}`)].map((token, n) => [
    token,
    { user: `chief${n}`, customroles: ['LAKE_ADMIN'] },
  ]),
);
let asked = 0;
/** Each time another one: a single caller would be at few subjects at once. */
const anAdmin = (): string => `${ADMIN_TOKEN}-${asked++ % MORE_ADMINS}`;

/** One process of the service, and the proxy that all its calls to MinIO pass. */
export interface Replica {
  service: Service;
  proxy: Proxy;
}

/** A real MinIO, an auth service and a database, with as many processes of the service on them as a test starts. */
export class Fleet {
  readonly replicas: Replica[] = [];
  private count = 0;

  private constructor(
    readonly minio: MinioServer,
    readonly kbase: KbaseStub,
    readonly postgres: PostgresServer | undefined,
    private readonly database: Record<string, string>,
  ) {}

  static async start(kind: 'PGlite' | 'PostgreSQL'): Promise<Fleet> {
    const [minio, kbase] = await Promise.all([startMinio(), startKbaseStub({ tokens: ADMIN_TOKENS })]);
    if (kind === 'PGlite') return new Fleet(minio, kbase, undefined, { DATA_DIR: pgliteDir() });
    const postgres = await startPostgres();
    return new Fleet(minio, kbase, postgres, { DATABASE_URL: await postgres.migratedDatabase() });
  }

  get databaseUrl(): string {
    return this.database.DATABASE_URL ?? '';
  }

  /** One more process; with `proxy`, in the place of a dead one. */
  async add(
    options: { proxy?: Proxy; env?: Record<string, string>; waitReady?: boolean } = {},
  ): Promise<Replica> {
    const proxy = options.proxy ?? (await startProxy(this.minio.endpoint));
    const env = { ...this.environment(proxy), ...options.env };
    const service = await startService({ env, waitReady: options.waitReady });
    const replica = { service, proxy };
    this.replicas.push(replica);
    return replica;
  }

  environment(proxy: Proxy): Record<string, string> {
    return {
      ...this.database,
      MINIO_ENDPOINT: proxy.endpoint,
      MINIO_PUBLIC_ENDPOINT: this.minio.endpoint,
      MINIO_ROOT_USER: this.minio.accessKey,
      MINIO_ROOT_PASSWORD: this.minio.secretKey,
      KBASE_AUTH_URL: this.kbase.url,
      KBASE_ADMIN_ROLES: 'LAKE_ADMIN',
      RATE_LIMIT_CREDENTIALS: '0',
      RATE_LIMIT_WRITES: '0',
      LOG_LEVEL: 'warn',
    };
  }

  /** A name that nobody has had yet; the person may log in. */
  person(prefix = 'person'): string {
    const name = `${prefix}_${(this.count += 1)}_${randomBytes(2).toString('hex')}`;
    this.kbase.setToken(`token-of-${name}`, { user: name });
    return name;
  }

  /** Rows of the database, asked without the service in between. */
  async query(sql: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Waits until no process has anything left to do for any user. */
  async quiet(timeoutMs = 20_000): Promise<void> {
    const open = 'select name from subject where due_at is not null or suspect';
    const isQuiet = async () => (await this.query(open)).length === 0;
    await waitFor('the worker to finish', isQuiet, { timeoutMs, everyMs: 100 });
  }

  /** Every process is ended, and everything that was started for it. */
  async stop(): Promise<void> {
    for (const { service } of this.replicas) if (service.isRunning()) await service.kill();
    for (const proxy of new Set(this.replicas.map(({ proxy }) => proxy))) await proxy.stop();
    await Promise.all([this.kbase.stop(), this.postgres?.stop(), this.minio.remove()]);
  }
}

/** What people and administrators ask of one process. */
export const ask = {
  pair: (service: Service, user: string, body?: object): Promise<Answer> =>
    service.request('POST', `/users/${user}`, { token: `token-of-${user}`, body }),
  session: (service: Service, user: string): Promise<Answer> =>
    service.request('POST', `/users/${user}/sessions`, { token: `token-of-${user}` }),
  accessKey: (service: Service, user: string, name = 'spark'): Promise<Answer> =>
    service.request('POST', `/users/${user}/access-keys`, { token: `token-of-${user}`, body: { name } }),
  endSessions: (service: Service, user: string): Promise<Answer> =>
    service.request('DELETE', `/users/${user}/sessions`, { token: `token-of-${user}` }),
  user: (service: Service, user: string): Promise<Answer> =>
    // an administrator asks: the user's own call would make a user who is gone known again
    service.request('GET', `/users/${user}`, { token: anAdmin() }),
  remove: (service: Service, user: string): Promise<Answer> =>
    service.request('DELETE', `/admin/users/${user}`, { token: anAdmin() }),
  disable: (service: Service, user: string): Promise<Answer> =>
    service.request('POST', `/admin/users/${user}/disable`, { token: anAdmin() }),
  enable: (service: Service, user: string): Promise<Answer> =>
    service.request('POST', `/admin/users/${user}/enable`, { token: anAdmin() }),
  share: (service: Service, owner: string, body: object): Promise<Answer> =>
    service.request('POST', `/users/${owner}/share`, { token: `token-of-${owner}`, body }),
  unshare: (service: Service, owner: string, body: object): Promise<Answer> =>
    service.request('POST', `/users/${owner}/unshare`, { token: `token-of-${owner}`, body }),
  group: (service: Service, group: string): Promise<Answer> =>
    service.request('GET', `/groups/${group}`, { token: anAdmin() }),
  saveGroup: (service: Service, group: string, body: object): Promise<Answer> =>
    service.request('POST', `/groups/${group}`, { token: anAdmin(), body }),
  removeGroup: (service: Service, group: string): Promise<Answer> =>
    service.request('DELETE', `/admin/groups/${group}`, { token: anAdmin() }),
  provision: (service: Service, kind: string, input: object): Promise<Answer> =>
    service.request('POST', '/provisions', { token: anAdmin(), body: { kind, input } }),
  audit: (service: Service, query: string): Promise<Answer> =>
    service.request('GET', `/admin/audit?${query}`, { token: anAdmin() }),
};

/** The body of an answer that must have this status. Whoever is told that MinIO was too slow comes again. */
export async function soon(call: () => Promise<Answer>, ...statuses: number[]): Promise<any> {
  let answer: Answer | undefined;
  await waitFor('an answer other than 503', async () => (answer = await call()).status !== 503, {
    timeoutMs: 60_000,
    everyMs: 100,
  });
  return bodyOf(Promise.resolve(answer as Answer), ...statuses);
}

/** The body of an answer that must have this status. */
export async function bodyOf(asked: Promise<Answer>, ...statuses: number[]): Promise<any> {
  const { status, body } = await asked;
  if (!statuses.includes(status))
    throw new Error(`status ${status} instead of ${statuses.join(' or ')}: ${JSON.stringify(body)}`);
  return body;
}
