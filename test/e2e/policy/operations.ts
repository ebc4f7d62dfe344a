import * as s3 from '@aws-sdk/client-s3';
import type { AccessRequest } from '../../../src/policy/evaluate.js';

/** A request that somebody makes: an S3 operation, not yet the questions that MinIO asks about it. */
export interface Request {
  operation: string;
  bucket: string;
  key?: string;
  /** The object that is copied, in the same bucket. */
  source?: string;
  /** Several: the request repeats the key. */
  prefix?: string | string[];
  delimiter?: string;
  /** Tags that an object is written with. */
  tagging?: string;
}

/** An operation as the stock client sends it, and the questions that MinIO asks: any one of a group must be answered yes, in each group. */
interface Operation {
  send: (client: s3.S3Client, request: Request) => Promise<unknown>;
  asks: (
    request: Request,
  ) => { action: string; key?: string; prefix?: Request['prefix']; delimiter?: string }[][];
}

const upload = (request: Request) => ({ ...object(request), UploadId: 'bm90LWFuLXVwbG9hZA' });
const object = ({ bucket, key }: Request) => ({ Bucket: bucket, Key: key });
const listing = ({ bucket, prefix, delimiter }: Request) => ({
  Bucket: bucket,
  Prefix: typeof prefix === 'string' ? prefix : undefined,
  Delimiter: delimiter,
});

const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** A command that says `prefix` as often as the request does: the stock client says it once. */
function repeating<T extends { middlewareStack: unknown }>(command: T, { prefix }: Request): T {
  if (!Array.isArray(prefix)) return command;
  const stack = command.middlewareStack as s3.S3Client['middlewareStack'];
  stack.add(
    (next) => (args) => {
      // in the order that the client signs them in
      (args.request as { query: Record<string, unknown> }).query.prefix = [...prefix].sort((a, b) =>
        encoded(a) < encoded(b) ? -1 : 1,
      );
      return next(args);
    },
    { step: 'build' },
  );
  return command;
}
const onKey = (action: string) => (request: Request) => [[{ action, key: request.key }]];
const onBucket =
  (...actions: string[]) =>
  ({ prefix, delimiter }: Request) => [actions.map((action) => ({ action, prefix, delimiter }))];

const OPERATIONS: Record<string, Operation> = {
  GetObject: { send: (c, r) => c.send(new s3.GetObjectCommand(object(r))), asks: onKey('s3:GetObject') },
  HeadObject: { send: (c, r) => c.send(new s3.HeadObjectCommand(object(r))), asks: onKey('s3:GetObject') },
  PutObject: {
    send: (c, r) => c.send(new s3.PutObjectCommand({ ...object(r), Body: 'x', Tagging: r.tagging })),
    asks: onKey('s3:PutObject'),
  },
  DeleteObject: {
    send: (c, r) => c.send(new s3.DeleteObjectCommand(object(r))),
    asks: onKey('s3:DeleteObject'),
  },
  DeleteObjects: {
    // Answers 200 with a refusal for each object inside.
    send: async (c, r) => {
      const Delete = { Objects: [{ Key: r.key }] };
      const { Errors } = await c.send(new s3.DeleteObjectsCommand({ Bucket: r.bucket, Delete }));
      const code = Errors?.[0]?.Code;
      if (code)
        throw Object.assign(new Error(code), {
          $metadata: { httpStatusCode: code === 'AccessDenied' ? 403 : 500 },
        });
    },
    asks: onKey('s3:DeleteObject'),
  },
  CopyObject: {
    send: (c, r) =>
      c.send(
        new s3.CopyObjectCommand({
          ...object(r),
          CopySource: `${r.bucket}/${encodeURIComponent(r.source ?? '')}`,
        }),
      ),
    asks: ({ key, source }) => [[{ action: 's3:PutObject', key }], [{ action: 's3:GetObject', key: source }]],
  },
  GetObjectTagging: {
    send: (c, r) => c.send(new s3.GetObjectTaggingCommand(object(r))),
    asks: onKey('s3:GetObjectTagging'),
  },
  PutObjectTagging: {
    send: (c, r) => c.send(new s3.PutObjectTaggingCommand({ ...object(r), Tagging: { TagSet: [] } })),
    asks: onKey('s3:PutObjectTagging'),
  },
  DeleteObjectTagging: {
    send: (c, r) => c.send(new s3.DeleteObjectTaggingCommand(object(r))),
    asks: onKey('s3:DeleteObjectTagging'),
  },
  CreateMultipartUpload: {
    send: (c, r) => c.send(new s3.CreateMultipartUploadCommand({ ...object(r), Tagging: r.tagging })),
    asks: onKey('s3:PutObject'),
  },
  UploadPart: {
    send: (c, r) => c.send(new s3.UploadPartCommand({ ...upload(r), PartNumber: 1, Body: 'x' })),
    asks: onKey('s3:PutObject'),
  },
  CompleteMultipartUpload: {
    send: (c, r) => {
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: 'd41d8cd98f00b204e9800998ecf8427e' }] };
      return c.send(new s3.CompleteMultipartUploadCommand({ ...upload(r), MultipartUpload }));
    },
    asks: onKey('s3:PutObject'),
  },
  AbortMultipartUpload: {
    send: (c, r) => c.send(new s3.AbortMultipartUploadCommand(upload(r))),
    asks: onKey('s3:AbortMultipartUpload'),
  },
  ListParts: {
    send: (c, r) => c.send(new s3.ListPartsCommand(upload(r))),
    asks: onKey('s3:ListMultipartUploadParts'),
  },
  ListMultipartUploads: {
    send: (c, r) => c.send(repeating(new s3.ListMultipartUploadsCommand(listing(r)), r)),
    asks: onBucket('s3:ListBucketMultipartUploads'),
  },
  ListObjectsV2: {
    send: (c, r) => c.send(repeating(new s3.ListObjectsV2Command(listing(r)), r)),
    asks: onBucket('s3:ListBucket'),
  },
  ListObjects: {
    send: (c, r) => c.send(repeating(new s3.ListObjectsCommand(listing(r)), r)),
    asks: onBucket('s3:ListBucket'),
  },
  ListObjectVersions: {
    send: (c, r) => c.send(repeating(new s3.ListObjectVersionsCommand(listing(r)), r)),
    asks: onBucket('s3:ListBucketVersions', 's3:ListBucket'),
  },
  HeadBucket: {
    send: (c, r) => c.send(new s3.HeadBucketCommand({ Bucket: r.bucket })),
    asks: onBucket('s3:HeadBucket'),
  },
  GetBucketLocation: {
    send: (c, r) => c.send(new s3.GetBucketLocationCommand({ Bucket: r.bucket })),
    asks: onBucket('s3:GetBucketLocation'),
  },
  ListBuckets: {
    send: (c) => c.send(new s3.ListBucketsCommand({})),
    // Asked of each bucket in the name of a listing of its root.
    asks: () =>
      onBucket(
        's3:ListBucket',
        's3:GetBucketLocation',
      )({ operation: '', bucket: '', prefix: '', delimiter: '/' }),
  },
  GetBucketVersioning: {
    send: (c, r) => c.send(new s3.GetBucketVersioningCommand({ Bucket: r.bucket })),
    asks: onBucket('s3:GetBucketVersioning'),
  },
  PutBucketVersioning: {
    send: (c, r) =>
      c.send(
        new s3.PutBucketVersioningCommand({
          Bucket: r.bucket,
          VersioningConfiguration: { Status: 'Suspended' },
        }),
      ),
    asks: onBucket('s3:PutBucketVersioning'),
  },
  GetBucketPolicy: {
    send: (c, r) => c.send(new s3.GetBucketPolicyCommand({ Bucket: r.bucket })),
    asks: onBucket('s3:GetBucketPolicy'),
  },
  PutBucketPolicy: {
    send: (c, r) => c.send(new s3.PutBucketPolicyCommand({ Bucket: r.bucket, Policy: '{}' })),
    asks: onBucket('s3:PutBucketPolicy'),
  },
  DeleteBucket: {
    send: (c, r) => c.send(new s3.DeleteBucketCommand({ Bucket: r.bucket })),
    asks: onBucket('s3:DeleteBucket'),
  },
};

function operationOf(request: Request): Operation {
  const operation = OPERATIONS[request.operation];
  if (!operation) throw new Error(`the table names an unknown operation ${request.operation}`);
  return operation;
}

/** Everything that MinIO asks its policy engine about a request: one question of each group must be answered yes. */
export function questionsOf(request: Request, context: { now: Date; userName: string }): AccessRequest[][] {
  const { bucket } = request;
  const facts = { 'aws:CurrentTime': context.now.toISOString(), 'aws:username': context.userName };
  return operationOf(request)
    .asks(request)
    .map((group) =>
      group.map(({ action, key, prefix, delimiter }) => {
        const conditions = { ...facts, 's3:prefix': prefix, 's3:delimiter': delimiter };
        return { action, bucket, conditions, ...(key === undefined ? {} : { key }) };
      }),
    );
}

/** Said to what was allowed, and cannot be: a key that ends in a slash has no content, a folder is no object and the reverse. */
const IMPOSSIBLE = ['XMinioInvalidObjectName', 'XMinioParentIsObject', 'XMinioObjectExistsAsDirectory'];

/** What the server says. Once a request is allowed, what it names may still not exist; anything else is a fault of the request. */
export async function served(client: s3.S3Client, request: Request): Promise<boolean> {
  try {
    await operationOf(request).send(client, request);
    return true;
  } catch (error) {
    const status = (error as s3.S3ServiceException).$metadata?.httpStatusCode;
    // no answer to the request, but a mistake of the test
    if ((error as Error).name === 'SignatureDoesNotMatch') throw error;
    if (status === 403) return false;
    // Nobody reaches a bucket that cannot be: MinIO refuses its name before it asks for permission.
    if (status === 400 && request.bucket.length < 3) return false;
    if (status === 404 || IMPOSSIBLE.includes((error as Error).name)) return true;
    throw error;
  }
}
