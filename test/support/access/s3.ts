import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** Idle connections are closed before MinIO closes them, which it may do at the moment of the next request; no call here is silent so long. */
const IDLE_MS = 20_000;

export interface S3Access {
  endpoint: string;
  accessKey: string;
  secretKey: string;
  sessionToken?: string;
  region?: string;
}

/** The stock AWS client, as a person's notebook would use it, with one line a call. */
export class S3 {
  readonly client: S3Client;

  constructor({ endpoint, accessKey, secretKey, sessionToken, region = 'us-east-1' }: S3Access) {
    this.client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      maxAttempts: 1,
      requestHandler: { httpAgent: { keepAlive: true, maxSockets: 50, timeout: IDLE_MS } },
      credentials: {
        accessKeyId: accessKey,
        secretAccessKey: secretKey,
        ...(sessionToken ? { sessionToken } : {}),
      },
    });
  }

  async createBucket(bucket: string): Promise<void> {
    await this.client.send(new CreateBucketCommand({ Bucket: bucket }));
  }

  async headBucket(bucket: string): Promise<void> {
    await this.client.send(new HeadBucketCommand({ Bucket: bucket }));
  }

  async buckets(): Promise<string[]> {
    const { Buckets = [] } = await this.client.send(new ListBucketsCommand({}));
    return Buckets.map(({ Name }) => Name ?? '');
  }

  async put(bucket: string, key: string, body: string | Uint8Array = 'x'): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  }

  async get(bucket: string, key: string): Promise<string> {
    const answer = await this.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await answer.Body?.transformToString()) ?? '';
  }

  async head(bucket: string, key: string): Promise<void> {
    await this.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  }

  /** All keys below the prefix (one level with a delimiter: then the common prefixes are in it, too). */
  async list(bucket: string, prefix: string, delimiter?: string): Promise<string[]> {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...(delimiter ? { Delimiter: delimiter } : {}),
          ...(token ? { ContinuationToken: token } : {}),
        }),
      );
      for (const { Key } of page.Contents ?? []) found.push(Key ?? '');
      for (const { Prefix } of page.CommonPrefixes ?? []) found.push(Prefix ?? '');
      token = page.NextContinuationToken;
    } while (token);
    return found;
  }

  async delete(bucket: string, key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }

  /** Uploads the parts (each but the last at least 5 MiB) and completes, or aborts when told to. */
  async multipart(bucket: string, key: string, parts: Uint8Array[], end: 'complete' | 'abort' = 'complete') {
    const target = { Bucket: bucket, Key: key };
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand(target));
    const upload = { ...target, UploadId };
    const sent: { PartNumber: number; ETag: string | undefined }[] = [];
    for (const [index, Body] of parts.entries()) {
      const PartNumber = index + 1;
      const { ETag } = await this.client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
      sent.push({ PartNumber, ETag });
    }
    if (end === 'abort') await this.client.send(new AbortMultipartUploadCommand(upload));
    else
      await this.client.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: sent } }),
      );
  }

  close(): void {
    this.client.destroy();
  }
}

/** 'ok', or the code of the error that S3 (or the network) gave, so a test can say what it expects in one line. */
export async function outcome(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
    return 'ok';
  } catch (error) {
    const { name = '', message = '', Code, code, $metadata } = error as S3Failure;
    // A HEAD has no body, hence no code: MinIO's 403 then comes as the SDK's "Unknown" or a bare status.
    if ($metadata?.httpStatusCode === 403 && ['Unknown', 'UnknownError', '403'].includes(name))
      return 'AccessDenied';
    return Code ?? code ?? networkCode(message) ?? (name || String(error));
  }
}

interface S3Failure {
  name?: string;
  message?: string;
  Code?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/** In Jest's sandbox the SDK does not recognise Node's errors and wraps them: only the text is left. */
function networkCode(message: string): string | undefined {
  return /socket hang up/.test(message) ? 'ECONNRESET' : /\bE[A-Z]{4,}\b/.exec(message)?.[0];
}
