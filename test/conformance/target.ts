import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { Client as S3 } from 'minio';
import {
  MadminClient,
  MadminError,
  type Credentials,
  type PolicyDocument,
  type ServerInfo,
} from '../../src/madmin/client.js';
import { type MinioServer, startMinio } from '../support/servers/minio.js';

/** A server of the tester's choice: nothing is started, and everything made there is removed again. */
const external = process.env.MADMIN_ENDPOINT;

export const USER_SECRET = 'conformance-secret-1';

/** The server under test, with names that nobody else uses and that are cleaned up at the end. */
export class Target {
  readonly external = external !== undefined;
  readonly #tag = `t${randomBytes(4).toString('hex')}`;
  readonly #users: string[] = [];
  readonly #groups: string[] = [];
  readonly #policies: string[] = [];
  readonly #buckets: string[] = [];
  #count = 0;
  #client: MadminClient | undefined;
  #server: MinioServer | undefined;
  #product: ServerInfo['product'] = 'MinIO';

  constructor() {
    beforeAll(() => this.#open());
    afterAll(() => this.#close());
  }

  get client(): MadminClient {
    if (!this.#client) throw new Error('the target is not open yet');
    return this.#client;
  }

  /** What is expected where servers differ: as the one that answers does it. docs/servers.md says it in words. */
  by<T>(expected: Record<ServerInfo['product'], T>): T {
    return expected[this.#product];
  }

  get isRustfs(): boolean {
    return this.#product === 'RustFS';
  }

  /** The server's process, unless the tester brought the server. */
  get server(): MinioServer | undefined {
    return this.#server;
  }

  get root(): { endpoint: string } & Credentials {
    const { MADMIN_ACCESS_KEY: accessKey = '', MADMIN_SECRET_KEY: secretKey = '' } = process.env;
    return external ? { endpoint: external, accessKey, secretKey } : this.#own();
  }

  /** A name for something that is to be created. */
  name(): string {
    return `${this.#tag}-${(this.#count += 1)}`;
  }

  userName(): string {
    return this.#keep(this.#users, this.name());
  }

  groupName(): string {
    return this.#keep(this.#groups, this.name());
  }

  policyName(suffix = ''): string {
    return this.#keep(this.#policies, this.name() + suffix);
  }

  /** An enabled user with {@link USER_SECRET}. */
  async user(policies: string[] = []): Promise<string> {
    const user = this.userName();
    await this.client.users.add(user, { secretKey: USER_SECRET });
    if (policies.length > 0) await this.client.policies.set(policies, { user });
    return user;
  }

  async group(members: string[] = []): Promise<string> {
    const group = this.groupName();
    await this.client.groups.addMembers(group, members);
    return group;
  }

  /** A new and empty bucket. */
  async newBucket(): Promise<string> {
    const bucket = this.#keep(this.#buckets, this.name());
    await this.#s3(this.root).makeBucket(bucket);
    return bucket;
  }

  async policy(suffix = ''): Promise<string> {
    const name = this.policyName(suffix);
    await this.client.policies.put(name, readPolicy(this.bucket));
    return name;
  }

  /** Never created: whether a caller may read in it shows in the error code. */
  get bucket(): string {
    return `${this.#tag}-bucket`;
  }

  /** What S3 says to a read in {@link bucket}: NoSuchBucket means allowed, other codes say why not. */
  async read(credentials: Credentials & { sessionToken?: string }): Promise<string> {
    try {
      await this.#s3(credentials).getObject(this.bucket, 'any');
      return 'found';
    } catch (error) {
      return String((error as { code?: string }).code);
    }
  }

  #s3({ accessKey, secretKey, sessionToken }: Credentials & { sessionToken?: string }): S3 {
    const { hostname, port, protocol } = new URL(this.root.endpoint);
    const useSSL = protocol === 'https:';
    const endpoint = { endPoint: hostname, port: Number(port) || (useSSL ? 443 : 80), useSSL };
    return new S3({ ...endpoint, accessKey, secretKey, sessionToken, region: 'us-east-1' });
  }

  #keep(list: string[], name: string): string {
    list.push(name);
    return name;
  }

  #own(): MinioServer {
    if (!this.#server) throw new Error('the target is not open yet');
    return this.#server;
  }

  async #open(): Promise<void> {
    if (!external) this.#server = await startMinio();
    const { endpoint, accessKey, secretKey } = this.root;
    // Generous: the machine may be busy with other suites.
    const patience = { timeoutMs: 10_000, slowTimeoutMs: 30_000 };
    this.#client = new MadminClient({ endpoint, accessKey, secretKey, ...patience });
    this.#product = (await this.#client.server.info()).product;
  }

  async #close(): Promise<void> {
    if (external) await this.#cleanUp();
    await this.#client?.close();
    await this.#server?.remove();
  }

  async #cleanUp(): Promise<void> {
    const { users, groups, policies, sts } = this.client;
    for (const user of this.#users) {
      await sts.revokeTokens(user);
      await gone(users.remove(user));
    }
    for (const group of this.#groups) await gone(groups.remove(group));
    for (const name of this.#policies) await policies.remove(name);
    for (const bucket of this.#buckets) await this.#s3(this.root).removeBucket(bucket);
  }
}

async function gone(removal: Promise<void>): Promise<void> {
  await removal.catch((error: unknown) => {
    if (!(error instanceof MadminError && error.code === 'not_found')) throw error;
  });
}

/** Allows reading of all objects of a bucket. */
export function readPolicy(bucket: string): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${bucket}/*`] }],
  };
}

/** A policy of about so many bytes as JSON. */
export function bigPolicy(bytes: number): PolicyDocument {
  const policy = readPolicy('x');
  const resources: string[] = [];
  policy.Statement[0]!.Resource = resources;
  while (JSON.stringify(policy).length < bytes) resources.push(`arn:aws:s3:::x/${resources.length}/*`);
  return policy;
}
