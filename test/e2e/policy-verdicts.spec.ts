import { readFileSync } from 'node:fs';
import * as s3 from '@aws-sdk/client-s3';
import { MadminClient } from '../../src/madmin/client.js';
import { equals, normalise } from '../../src/policy/documents.js';
import { type AccessRequest, evaluate } from '../../src/policy/evaluate.js';
import { homePolicy } from '../../src/policy/home-policy.js';
import { type MinioServer, startMinio } from '../support/minio.js';
import { S3 } from '../support/s3.js';

/** A request that somebody makes: an S3 operation, not yet the questions that MinIO asks about it. */
interface Request {
  operation: string;
  key?: string;
  /** The object that is copied. */
  source?: string;
  prefix?: string;
  delimiter?: string;
}

interface Table {
  bucket: string;
  objects: string[];
  /** The documents each one holds, in canonical form. */
  principals: Record<string, ReturnType<typeof normalise>[]>;
  cases: { principal: string; case: string; allowed: boolean; request: Request }[];
}

const fixture = new URL('../fixtures/policy/verdicts.json', import.meta.url);
const { bucket, objects, principals, cases } = JSON.parse(readFileSync(fixture, 'utf8')) as Table;
const names = Object.keys(principals);
const secretKey = 'a-secret-of-the-table';

/** An operation as the stock client sends it, and the questions that MinIO asks: any one of a group must be answered yes, in each group. */
interface Operation {
  send: (client: s3.S3Client, request: Request) => Promise<unknown>;
  asks: (request: Request) => { action: string; key?: string; prefix?: string; delimiter?: string }[][];
}

const upload = ({ key }: Request) => ({ Bucket: bucket, Key: key, UploadId: 'bm90LWFuLXVwbG9hZA' });
const object = ({ key }: Request) => ({ Bucket: bucket, Key: key });
const listing = ({ prefix, delimiter }: Request) => ({
  Bucket: bucket,
  Prefix: prefix,
  Delimiter: delimiter,
});
const onKey = (action: string) => (request: Request) => [[{ action, key: request.key }]];
const onBucket =
  (...actions: string[]) =>
  ({ prefix, delimiter }: Request) => [actions.map((action) => ({ action, prefix, delimiter }))];

const OPERATIONS: Record<string, Operation> = {
  GetObject: { send: (c, r) => c.send(new s3.GetObjectCommand(object(r))), asks: onKey('s3:GetObject') },
  HeadObject: { send: (c, r) => c.send(new s3.HeadObjectCommand(object(r))), asks: onKey('s3:GetObject') },
  PutObject: {
    send: (c, r) => c.send(new s3.PutObjectCommand({ ...object(r), Body: 'x' })),
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
      const { Errors } = await c.send(new s3.DeleteObjectsCommand({ Bucket: bucket, Delete }));
      const code = Errors?.[0]?.Code;
      if (code)
        throw Object.assign(new Error(code), {
          $metadata: { httpStatusCode: code === 'AccessDenied' ? 403 : 500 },
        });
    },
    asks: onKey('s3:DeleteObject'),
  },
  CopyObject: {
    send: (c, r) => c.send(new s3.CopyObjectCommand({ ...object(r), CopySource: `${bucket}/${r.source}` })),
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
  CreateMultipartUpload: {
    send: (c, r) => c.send(new s3.CreateMultipartUploadCommand(object(r))),
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
    send: (c, r) => c.send(new s3.ListMultipartUploadsCommand(listing(r))),
    asks: onBucket('s3:ListBucketMultipartUploads'),
  },
  ListObjectsV2: {
    send: (c, r) => c.send(new s3.ListObjectsV2Command(listing(r))),
    asks: onBucket('s3:ListBucket'),
  },
  ListObjects: {
    send: (c, r) => c.send(new s3.ListObjectsCommand(listing(r))),
    asks: onBucket('s3:ListBucket'),
  },
  ListObjectVersions: {
    send: (c, r) => c.send(new s3.ListObjectVersionsCommand(listing(r))),
    asks: onBucket('s3:ListBucketVersions', 's3:ListBucket'),
  },
  HeadBucket: {
    send: (c) => c.send(new s3.HeadBucketCommand({ Bucket: bucket })),
    asks: onBucket('s3:HeadBucket'),
  },
  GetBucketLocation: {
    send: (c) => c.send(new s3.GetBucketLocationCommand({ Bucket: bucket })),
    asks: onBucket('s3:GetBucketLocation'),
  },
  ListBuckets: {
    send: (c) => c.send(new s3.ListBucketsCommand({})),
    // Asked of each bucket in the name of a listing of its root.
    asks: () =>
      onBucket('s3:ListBucket', 's3:GetBucketLocation')({ operation: '', prefix: '', delimiter: '/' }),
  },
  GetBucketPolicy: {
    send: (c) => c.send(new s3.GetBucketPolicyCommand({ Bucket: bucket })),
    asks: onBucket('s3:GetBucketPolicy'),
  },
  PutBucketPolicy: {
    send: (c) => c.send(new s3.PutBucketPolicyCommand({ Bucket: bucket, Policy: '{}' })),
    asks: onBucket('s3:PutBucketPolicy'),
  },
  DeleteBucket: {
    send: (c) => c.send(new s3.DeleteBucketCommand({ Bucket: bucket })),
    asks: onBucket('s3:DeleteBucket'),
  },
};

function operationOf(request: Request): Operation {
  const operation = OPERATIONS[request.operation];
  if (!operation) throw new Error(`the table names an unknown operation ${request.operation}`);
  return operation;
}

/** What our evaluator says to everything that MinIO asks about the request. */
function evaluated(principal: string, request: Request): boolean {
  const documents = principals[principal] ?? [];
  const now = new Date().toISOString();
  const asked = ({
    action,
    key,
    prefix,
    delimiter,
  }: {
    action: string;
    key?: string;
    prefix?: string;
    delimiter?: string;
  }) => {
    const conditions = { 's3:prefix': prefix, 's3:delimiter': delimiter, 'aws:CurrentTime': now };
    const question: AccessRequest = { action, bucket, conditions, ...(key === undefined ? {} : { key }) };
    return evaluate(documents, question).allowed;
  };
  return operationOf(request)
    .asks(request)
    .every((group) => group.some(asked));
}

/** What the server says. Once a request is allowed, what it names may still not exist; anything else is a fault of the table. */
async function served(client: s3.S3Client, request: Request): Promise<boolean> {
  try {
    await operationOf(request).send(client, request);
    return true;
  } catch (error) {
    const status = (error as s3.S3ServiceException).$metadata?.httpStatusCode;
    if (status === 403) return false;
    if (status === 404) return true;
    throw error;
  }
}

describe('the verdicts of a real MinIO', () => {
  let minio: MinioServer;
  let admin: MadminClient;
  const clients = new Map<string, S3>();

  beforeAll(async () => {
    minio = await startMinio();
    admin = new MadminClient(minio);
    const root = new S3(minio);
    await root.createBucket(bucket);
    for (const key of objects) await root.put(bucket, key);
    root.close();
    for (const name of names) await admit(name);
  }, 60_000);

  afterAll(async () => {
    for (const client of clients.values()) client.close();
    await admin?.close();
    await minio?.remove();
  });

  async function admit(name: string): Promise<void> {
    await admin.users.add(name, { secretKey });
    const documents = principals[name] ?? [];
    const policies = documents.map((_, index) => `table:${name}:${index}`);
    for (const [index, document] of documents.entries())
      await admin.policies.put(policies[index] as string, document);
    if (policies.length > 0) await admin.policies.set(policies, { user: name });
    clients.set(name, new S3({ endpoint: minio.endpoint, accessKey: name, secretKey }));
  }

  it('are about the home policy as it is made now', () => {
    for (const userName of ['alice', 'alice2']) {
      expect(principals[userName]).toEqual([
        homePolicy({ bucket, usersPrefix: 'users-warehouse', userName }),
      ]);
    }
  });

  it.each(cases)('$principal: $case', async ({ principal, allowed, request }) => {
    const client = clients.get(principal)?.client as s3.S3Client;
    const server = await served(client, request);
    expect({ server, evaluated: evaluated(principal, request) }).toEqual({
      server: allowed,
      evaluated: allowed,
    });
  });

  it('hold for documents that come back from the server meaning what was sent', async () => {
    for (const name of names) {
      for (const [index, sent] of (principals[name] ?? []).entries()) {
        const { document } = await admin.policies.info(`table:${name}:${index}`);
        expect(equals(document, sent)).toBe(true);
        expect(normalise(document)).toEqual(normalise(sent));
      }
    }
  });

  it('give a session of the user the same home and no more', async () => {
    const session = await admin.sts.assumeRole({ accessKey: 'alice', secretKey });
    const client = new S3({ endpoint: minio.endpoint, ...session });
    const home = { operation: 'ListObjectsV2', prefix: 'users-warehouse/alice/' };
    expect(await served(client.client, home)).toBe(true);
    expect(await served(client.client, { ...home, prefix: 'users-warehouse/bob/' })).toBe(false);
    client.close();
  });

  it('let the user into the console', async () => {
    const login = (secret: string) =>
      fetch(`${minio.consoleEndpoint}/api/v1/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ accessKey: 'alice', secretKey: secret }),
      });
    expect((await login(secretKey)).status).toBe(204);
    expect((await login(`${secretKey}!`)).status).toBe(401);
  });

  // The second user shows that it is the Deny that refuses: without one, MinIO lets users do this to themselves.
  it.each([
    ['alice', 'denied'],
    ['list-anything', 'done'],
  ])('on self-service: the secret and an access key of %s are %s', async (accessKey, expected) => {
    const self = new MadminClient({ endpoint: minio.endpoint, accessKey, secretKey });
    const key = { targetUser: accessKey, accessKey: `OWN${accessKey.length}`, secretKey };
    const outcome = (call: Promise<void>) =>
      call.then(() => 'done').catch((error: { code: string }) => error.code);
    expect(await outcome(self.accessKeys.add(key))).toBe(expected);
    expect(await outcome(self.users.add(accessKey, { secretKey }))).toBe(expected);
    await self.close();
  });
});
