import { randomBytes } from 'node:crypto';
import { MadminClient } from '../../../src/madmin/client.js';
import { normalise } from '../../../src/policy/documents.js';
import { type KbaseStub, startKbaseStub } from '../people/kbase.js';
import { type MinioOptions, type MinioServer, startMinio } from '../servers/minio.js';
import { type Proxy, startProxy } from '../network/proxy.js';
import { S3 } from '../access/s3.js';
import { SecretFinder } from './secrets.js';
import { type Answer, type RequestOptions, type Service, startService } from './service.js';
import { type Rabbitmq, startRabbitmq } from '../servers/rabbitmq.js';
import { newDatabase, type NewDatabase } from '../servers/worker-postgres.js';

export const ADMIN_ROLE = 'MINIO_ADMIN';
export const BUCKET = 'cdm-lake';
/** A limit for beforeAll: the first suite of a run also makes the embedded database that all others copy. */
export const START_MS = 120_000;
export const homeOf = (user: string) => `users-warehouse/${user}/`;

export interface StackOptions {
  /** On top of what the service needs to run. */
  env?: Record<string, string>;
  /** URL of a PostgreSQL database; without it a new one of its own. */
  database?: string;
  /** Whether the new database is PGlite or on PostgreSQL, where that is the point. */
  embedded?: boolean;
  /** Puts a recording proxy between the service and MinIO; S3 clients do not go through it. */
  proxied?: boolean;
  minio?: MinioOptions;
  /** Provisions go through a RabbitMQ of its own. TEST_AMQP=1 does so for every suite that does not say it. */
  broker?: boolean;
}

/** What the service keeps its work in. */
interface Keeping extends NewDatabase {
  broker?: Rabbitmq;
}

/** MinIO, a stub auth service and one service on them, all of this suite's own. Stop it in afterAll. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const [minio, kbase, database] = await Promise.all([
    startMinio(options.minio),
    startKbaseStub(),
    keeping(options),
  ]);
  const proxy = options.proxied ? await startProxy(minio.endpoint) : undefined;
  const stack = new Stack(minio, kbase, proxy, database, options.env);
  try {
    await stack.startService();
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function keeping({ database: url, embedded, broker: isAsked }: StackOptions): Promise<Keeping> {
  const database = url ? broughtAlong(url) : await newDatabase(embedded);
  if (!(isAsked ?? process.env.TEST_AMQP === '1')) return database;
  const broker = await startRabbitmq();
  const remove = async () => void (await Promise.all([database.remove(), broker.stop()]));
  return { env: { ...database.env, AMQP_URL: broker.url }, remove, broker };
}

function broughtAlong(url: string): NewDatabase {
  return { env: { DATABASE_URL: url }, remove: () => Promise.resolve() };
}

export class Stack {
  /** MinIO's administrator, past the service. */
  readonly root: MadminClient;
  /** The environment of the service; a change counts from its next start. */
  readonly env: Record<string, string>;
  /** Tokens of the people that were asked for, by name. */
  readonly tokens = new Map<string, string>();
  /** Every secret that this stack has met: at its end none may be in a log. */
  readonly secrets = new SecretFinder();
  private readonly logs: string[] = [];
  private running: Service | undefined;
  private readonly clients = new Map<string, S3>();

  constructor(
    readonly minio: MinioServer,
    readonly kbase: KbaseStub,
    private readonly recorder: Proxy | undefined,
    private readonly keeping: Keeping,
    env: Record<string, string> = {},
  ) {
    this.root = new MadminClient(minio);
    this.secrets.add("MinIO's root secret", minio.secretKey);
    if (keeping.broker) this.secrets.add("the broker's password", keeping.broker.password);
    this.env = {
      MINIO_ENDPOINT: recorder?.endpoint ?? minio.endpoint,
      MINIO_PUBLIC_ENDPOINT: minio.endpoint,
      MINIO_ROOT_USER: minio.accessKey,
      MINIO_ROOT_PASSWORD: minio.secretKey,
      KBASE_AUTH_URL: kbase.url,
      KBASE_ADMIN_ROLES: ADMIN_ROLE,
      ...keeping.env,
      ...env,
    };
  }

  get service(): Service {
    if (!this.running) throw new Error('the service is not running');
    return this.running;
  }

  get proxy(): Proxy {
    if (!this.recorder) throw new Error('this stack has no proxy');
    return this.recorder;
  }

  get broker(): Rabbitmq {
    if (!this.keeping.broker) throw new Error('this stack has no broker');
    return this.keeping.broker;
  }

  get admin(): Caller {
    return this.person('admin', [ADMIN_ROLE]);
  }

  /** Somebody with a valid token; the same one each time. */
  person(name: string, customroles: string[] = []): Caller {
    const token = this.tokens.get(name) ?? randomBytes(16).toString('hex').toUpperCase();
    if (!this.tokens.has(name)) this.kbase.setToken(token, { user: name, customroles });
    this.tokens.set(name, token);
    return this.caller(token);
  }

  caller(token: string): Caller {
    this.secrets.add('a token', token);
    return new Caller(() => this.service, token, this.secrets);
  }

  /** A stock S3 client with the credentials of an answer: a pair, a session or an access key. The same one each time: making one is slow. */
  s3(credentials: { access_key: string; secret_key: string; session_token?: string }): S3 {
    const { access_key: accessKey, secret_key: secretKey, session_token: sessionToken } = credentials;
    const known = JSON.stringify([accessKey, secretKey, sessionToken]);
    const client =
      this.clients.get(known) ??
      new S3({
        endpoint: this.minio.endpoint,
        accessKey,
        secretKey,
        ...(sessionToken ? { sessionToken } : {}),
      });
    this.clients.set(known, client);
    return client;
  }

  get rootS3(): S3 {
    return this.s3({ access_key: this.minio.accessKey, secret_key: this.minio.secretKey });
  }

  async startService(): Promise<void> {
    this.keepLogs();
    this.running = await startService({ env: this.env, readyTimeoutMs: START_MS - 20_000 });
  }

  async stopService(): Promise<void> {
    await this.running?.stop();
    this.keepLogs();
    this.running = undefined;
  }

  async restart(env: Record<string, string> = {}): Promise<void> {
    await this.stopService();
    Object.assign(this.env, env);
    await this.startService();
  }

  /** What the service and MinIO hold, to be compared before and after a request that must change nothing. */
  async state(): Promise<unknown> {
    const [held, objects, known, groups, events] = await Promise.all([
      this.held(),
      this.rootS3.list(BUCKET, '').catch(() => []),
      this.admin.get('/admin/users?limit=500'),
      this.groups(),
      this.admin.get('/admin/audit?limit=500'),
    ]);
    // logins are recorded some time later
    const users = known.body.items.map(({ last_seen_at: _, ...user }: any) => user);
    return { held, objects, users, groups, events: events.body };
  }

  /** What MinIO holds of users, policies and groups. */
  async held(): Promise<unknown> {
    const [users, policies, groups] = await Promise.all([
      this.root.users.list(),
      this.root.policies.list(),
      this.root.groups.list(),
    ]);
    const infos = await Promise.all(groups.sort().map((group) => this.root.groups.info(group)));
    // not every server returns its policies in order
    const documents = Object.keys(policies)
      .sort()
      .map((name) => [name, normalise(policies[name]!)]);
    return [users, documents, infos.map(({ updatedAt: _, ...info }) => info)];
  }

  /** Every group with its tag, which any change of it changes. */
  private async groups(): Promise<unknown[]> {
    const { items } = (await this.admin.get('/admin/groups?limit=500')).body;
    const answers = await Promise.all(
      items.map(({ group_name }: { group_name: string }) => this.admin.get(`/groups/${group_name}`)),
    );
    return answers.map(({ headers, body }) => [headers.etag, body]);
  }

  /** Everything that services of this stack have logged. */
  allLogs(): string {
    return [...this.logs, this.running?.logs() ?? ''].join('\n');
  }

  private keepLogs(): void {
    if (this.running) this.logs.push(this.running.logs());
  }

  async stop(): Promise<void> {
    for (const client of this.clients.values()) client.close();
    await this.running?.kill();
    const leaked = this.secrets.findIn('the log', this.allLogs());
    await Promise.all([this.root.close(), this.recorder?.stop(), this.kbase.stop(), this.keeping.remove()]);
    await this.minio.remove();
    if (leaked.length > 0) throw new Error(`secrets were logged: ${leaked.join('; ')}`);
  }
}

/** Requests with one token. */
export class Caller {
  constructor(
    private readonly service: () => Service,
    readonly token: string,
    private readonly secrets: SecretFinder,
  ) {}

  get(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request('GET', path, options);
  }

  post(path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.request('POST', path, { ...options, ...(body === undefined ? {} : { body }) });
  }

  put(path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.request('PUT', path, { ...options, body });
  }

  delete(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request('DELETE', path, options);
  }

  private async request(method: string, path: string, options: RequestOptions): Promise<Answer> {
    const answer = await this.service().request(method, path, { token: `Bearer ${this.token}`, ...options });
    this.secrets.note(`${method} ${path}`, answer.body);
    return answer;
  }
}
