import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Client, S3Error } from 'minio';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { homePaths } from '../policy/paths.js';
import { MinioAdmin, storageUnavailable } from './minio-admin.js';
import { PrefixData } from './prefix-data.js';

/** How long an S3 call may take before the storage counts as down, in milliseconds. */
const S3_TIMEOUT_MS = 3000;

/** `never`: the bucket has no versions, or does not exist; `suspended`: it creates none now, and old ones stay readable. */
export type Versioning = 'never' | 'enabled' | 'suspended';

/** The data plane: the lake's bucket and the home markers in it. */
@Injectable()
export class Lake implements OnApplicationShutdown {
  readonly #clients = new Map<string, Client>();
  readonly #agents: HttpAgent[] = [];
  readonly #known = new Set<string>();

  constructor(
    private readonly config: AppConfig,
    private readonly minio: MinioAdmin,
  ) {}

  get #client(): Client {
    const endpoint = this.minio.s3Endpoint;
    const client = this.#clients.get(endpoint) ?? this.connect(endpoint);
    this.#clients.set(endpoint, client);
    return client;
  }

  private connect(endpoint: string): Client {
    const { accessKey, secretKey, region } = this.config.minio;
    const url = new URL(endpoint);
    const secure = url.protocol === 'https:';
    const agent = new (secure ? HttpsAgent : HttpAgent)({
      keepAlive: true,
      maxSockets: 64,
      timeout: S3_TIMEOUT_MS,
    });
    this.#agents.push(agent);
    return new Client({
      endPoint: url.hostname,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      useSSL: secure,
      accessKey,
      secretKey: secretKey.reveal(),
      region,
      pathStyle: true,
      transportAgent: agent,
    });
  }

  /** Creates the buckets and markers of the user's homes if they are missing; repeating it changes nothing. */
  async createHome(userName: string): Promise<void> {
    for (const { bucket, prefix } of homePaths(this.config.lake, userName))
      await this.createMarker(bucket, `${prefix}/`);
  }

  /** The same for the prefix of a data product. Its marker is `{prefix}/.keep`, as the provisioners of its portal write it. */
  async createProductPrefix(prefix: string): Promise<void> {
    await this.createMarker(this.config.products.bucket, `${prefix}/.keep`);
  }

  private async createMarker(bucket: string, key: string): Promise<void> {
    await withTimeout(this.ensureBucket(bucket));
    try {
      await withTimeout(this.#client.putObject(bucket, key, Buffer.alloc(0), 0));
    } catch (error) {
      if (!(error instanceof S3Error) || error.code !== 'NoSuchBucket') throw storageProblem(error);
      this.#known.delete(bucket);
      await withTimeout(this.ensureBucket(bucket));
      await withTimeout(this.#client.putObject(bucket, key, Buffer.alloc(0), 0));
    }
  }

  /** Makes an S3 call; throws `storage_unavailable` when there is no answer in time, and otherwise what the client throws. */
  ask<T>(call: (client: Client) => Promise<T>): Promise<T> {
    return withTimeout(call(this.#client));
  }

  /** Throws `storage_unavailable` when MinIO does not answer. */
  async hasBucket(bucket: string): Promise<boolean> {
    try {
      return await withTimeout(this.#client.bucketExists(bucket));
    } catch (error) {
      throw storageUnavailable('MinIO does not say whether the bucket exists', error);
    }
  }

  /** Whether nothing is in the bucket, and no old version either. Throws `storage_unavailable` when MinIO does not answer. */
  async isEmpty(bucket: string): Promise<boolean> {
    const stored = new PrefixData(this.config, this.minio, bucket);
    try {
      for await (const page of stored.versions('')) return page.length === 0;
      return true;
    } catch (error) {
      throw storageUnavailable('MinIO does not list what is in the bucket', error);
    } finally {
      stored.close();
    }
  }

  /** The names of all buckets. Throws `storage_unavailable` when MinIO does not answer. */
  async bucketNames(): Promise<string[]> {
    try {
      return (await withTimeout(this.#client.listBuckets())).map(({ name }) => name);
    } catch (error) {
      throw storageUnavailable('MinIO does not list its buckets', error);
    }
  }

  /** Whether the bucket has versions. Throws `storage_unavailable` when MinIO does not answer. */
  async versioningOf(bucket: string): Promise<Versioning> {
    try {
      const { Status } = (await withTimeout(this.#client.getBucketVersioning(bucket))) || {};
      return Status === 'Enabled' ? 'enabled' : Status === 'Suspended' ? 'suspended' : 'never';
    } catch (error) {
      if (error instanceof S3Error && error.code === 'NoSuchBucket') return 'never';
      throw storageUnavailable('MinIO does not say whether the bucket has versions', error);
    }
  }

  /** Creates a bucket; false: it existed. */
  async createBucket(bucket: string): Promise<boolean> {
    try {
      if (await this.hasBucket(bucket)) return false;
      await withTimeout(this.#client.makeBucket(bucket, this.config.minio.region));
      return true;
    } catch (error) {
      if (error instanceof S3Error && /^BucketAlready/.test(error.code ?? '')) return false;
      throw error instanceof Problem ? error : storageUnavailable('MinIO did not create the bucket', error);
    }
  }

  /** Removes a bucket; false: it is not empty. A missing bucket counts as removed. */
  async removeEmptyBucket(bucket: string): Promise<boolean> {
    try {
      await withTimeout(this.#client.removeBucket(bucket));
    } catch (error) {
      const code = error instanceof S3Error ? error.code : undefined;
      if (code === 'BucketNotEmpty') return false;
      if (code !== 'NoSuchBucket')
        throw error instanceof Problem ? error : storageUnavailable('MinIO did not remove the bucket', error);
    }
    this.#known.delete(bucket);
    return true;
  }

  onApplicationShutdown(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  private async ensureBucket(bucket: string): Promise<void> {
    if (this.#known.has(bucket)) return;
    try {
      if (!(await this.#client.bucketExists(bucket)))
        await this.#client.makeBucket(bucket, this.config.minio.region);
    } catch (error) {
      if (!(error instanceof S3Error) || !/^BucketAlready/.test(error.code ?? ''))
        throw storageProblem(error);
    }
    this.#known.add(bucket);
  }
}

/** minio-js has no overall timeout: a server that accepts and then hangs must not hold a request. */
async function withTimeout<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(storageUnavailable('MinIO does not answer')), S3_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function storageProblem(error: unknown): Error {
  return storageUnavailable('MinIO did not accept the marker of the home', error);
}
