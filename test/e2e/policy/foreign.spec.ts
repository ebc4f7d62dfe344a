import { readFileSync } from 'node:fs';
import { MadminClient } from '../../../src/madmin/client.js';
import type { PolicyDocument, PolicyStatement } from '../../../src/madmin/types.js';
import { type AccessQuestion, weighAccess } from '../../../src/policy/access-question.js';
import { type MinioServer, startMinio } from '../../support/servers/minio.js';
import { outcome, S3 } from '../../support/access/s3.js';

const BUCKET = 'cdm-lake';
const ARN = `arn:aws:s3:::${BUCKET}`;
const secretKey = 'a-secret-of-the-shapes';
const USER = 'fred';

const document = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });
const allow = (rest: Partial<PolicyStatement>): PolicyStatement => ({ Effect: 'Allow', ...rest });
const deny = (rest: Partial<PolicyStatement>): PolicyStatement => ({ Effect: 'Deny', ...rest });
const ALL = allow({ Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] });
const READ = { Action: ['s3:GetObject'], Resource: [`${ARN}/*`] };
const when = (Condition: PolicyStatement['Condition']) => document(allow({ ...READ, Condition }));
const denyWhen = (Condition: PolicyStatement['Condition']) =>
  document(ALL, deny({ Action: ['s3:*'], Resource: [`${ARN}/*`], Condition }));

const kbase = JSON.parse(
  readFileSync(new URL('../../fixtures/policy/kbase-policies.json', import.meta.url), 'utf8'),
) as Record<string, PolicyDocument>;

/** Policies as people write them: from the manuals of MinIO and AWS, and those of another service on the same lake. */
const SHAPES: Record<string, PolicyDocument> = {
  'everything on one bucket': document(allow({ Action: ['s3:*'], Resource: [ARN, `${ARN}/*`] })),
  'everything, as one action': document(allow({ Action: ['*'], Resource: [`${ARN}/users/fred/*`] })),
  'read only': document(
    allow({ Action: ['s3:GetBucketLocation', 's3:GetObject'], Resource: ['arn:aws:s3:::*'] }),
  ),
  'write only': document(allow({ Action: ['s3:PutObject'], Resource: ['arn:aws:s3:::*'] })),
  'the own home by name': document(
    allow({
      Action: ['s3:ListBucket'],
      Resource: [ARN],
      Condition: { StringLike: { 's3:prefix': ['users/${aws:username}/*'] } },
    }),
    allow({ Action: ['s3:*'], Resource: [`${ARN}/users/\${aws:username}/*`] }),
  ),
  'the own home by a claim': document(
    allow({ Action: ['s3:*'], Resource: [`${ARN}/users/\${jwt:preferred_username}/*`] }),
  ),
  'listing at the root and in the home': document(
    allow({
      Action: ['s3:ListBucket'],
      Resource: [ARN],
      Condition: { StringEquals: { 's3:prefix': ['', 'users/', 'users/fred/'], 's3:delimiter': ['/'] } },
    }),
  ),
  'all but deleting': document(
    ALL,
    deny({ Action: ['s3:DeleteObject', 's3:DeleteBucket'], Resource: ['arn:aws:s3:::*'] }),
  ),
  'all but one folder': document(ALL, deny({ Action: ['s3:*'], Resource: [`${ARN}/secret/*`] })),
  'everything but one folder, by NotResource': document(
    allow({ Action: ['s3:*'], NotResource: [`${ARN}/secret/*`] }),
  ),
  'nothing outside one folder, by NotResource': document(
    ALL,
    deny({ Action: ['s3:PutObject', 's3:DeleteObject'], NotResource: [`${ARN}/users/fred/*`] }),
  ),
  'everything but writing, by NotAction': document(
    allow({ NotAction: ['s3:Put*', 's3:Delete*'], Resource: ['arn:aws:s3:::*'] }),
  ),
  'only by TLS': denyWhen({ Bool: { 'aws:SecureTransport': 'false' } }),
  'only from an office': when({ IpAddress: { 'aws:SourceIp': ['203.0.113.0/24'] } }),
  'not from outside': denyWhen({ NotIpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '203.0.113.0/24'] } }),
  'only with a referer': when({ StringLike: { 'aws:Referer': ['https://lake.example.org/*'] } }),
  'only with a user agent': when({ StringLike: { 'aws:UserAgent': ['*spark*'] } }),
  'only encrypted': document(
    ALL,
    deny({
      Action: ['s3:PutObject'],
      Resource: [`${ARN}/*`],
      Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
    }),
  ),
  'only tagged': when({ StringEquals: { 's3:ExistingObjectTag/team': 'blue' } }),
  'by name': when({ StringEquals: { 'aws:username': [USER, 'alice'] } }),
  'by name, whatever the case': when({ StringEqualsIgnoreCase: { 'aws:username': ['FRED'] } }),
  'not by name': denyWhen({ StringNotLike: { 'aws:userid': ['fr*'] } }),
  'by any of the names': when({ 'ForAnyValue:StringLike': { 'aws:username': ['a*', 'f?ed'] } }),
  'by all of the names': when({ 'ForAllValues:StringEquals': { 'aws:username': ['bob'] } }),
  'for a time': when({
    DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' },
    DateLessThan: { 'aws:CurrentTime': '2099-01-01T00:00:00Z' },
  }),
  'for a time that is over': when({ NumericLessThan: { 'aws:EpochTime': 1_600_000_000 } }),
  'only signed of late': when({ NumericLessThan: { 's3:signatureAge': 600_000 } }),
  'only by header': when({ StringEquals: { 's3:authType': 'REST-HEADER' } }),
  'only with a name': when({ Null: { 'aws:username': false } }),
  'only without a prefix': when({ Null: { 's3:signatureAge': true } }),
  'some kinds of files': document(allow({ Action: ['s3:Get*'], Resource: [`${ARN}/*/reports/*.csv`] })),
  ...Object.fromEntries(Object.entries(kbase).map(([name, each]) => [`kbase: ${name}`, each])),
};

const KEYS = [
  'users/fred/reports/a.csv',
  'users/fred/b',
  'users/frederick/a.csv',
  'secret/x',
  'users-sql-warehouse/fred/x',
  'users-general-warehouse/fred/y/z',
];
const ACTIONS = ['read', 'write', 'list', 'delete'] as const;

describe('policies that others wrote, and a real MinIO', () => {
  let minio: MinioServer;
  let admin: MadminClient;
  let root: S3;
  let fred: S3;

  beforeAll(async () => {
    minio = await startMinio();
    admin = new MadminClient(minio);
    root = new S3(minio);
    await root.createBucket(BUCKET);
    await admin.users.add(USER, { secretKey });
    fred = new S3({ endpoint: minio.endpoint, accessKey: USER, secretKey });
  });
  afterAll(async () => {
    fred?.close();
    root?.close();
    await admin?.close();
    await minio?.remove();
  });

  const served = async (action: AccessQuestion['action'], key: string): Promise<boolean> => {
    const folder = `${key.slice(0, key.lastIndexOf('/'))}/`;
    if (action === 'read') await root.put(BUCKET, key);
    const said = await outcome(() => {
      if (action === 'read') return fred.get(BUCKET, key);
      if (action === 'write') return fred.put(BUCKET, key);
      if (action === 'delete') return fred.delete(BUCKET, key);
      return fred.list(BUCKET, folder);
    });
    if (said !== 'ok' && said !== 'AccessDenied') throw new Error(`${action} ${key}: ${said}`);
    return said === 'ok';
  };

  const question = (action: AccessQuestion['action'], key: string): AccessQuestion => ({
    ...{ action, bucket: BUCKET, now: new Date(), principal: USER },
    ...(action === 'list'
      ? { prefix: key.slice(0, key.lastIndexOf('/')), folder: true }
      : { prefix: key, folder: false }),
  });

  const decided = new Map<string, number>();

  it.each(Object.keys(SHAPES))('agree: %s', async (name) => {
    await admin.policies.put('shape', SHAPES[name] as PolicyDocument);
    await admin.policies.set(['shape'], { user: USER });
    const held = await admin.policies.info('shape').then(
      (info) => info.document,
      () => null,
    );
    for (const key of KEYS) {
      for (const action of ACTIONS) {
        const { allowed } = weighAccess([held], question(action, key));
        if (allowed === 'unknown') continue;
        decided.set(name, (decided.get(name) ?? 0) + 1);
        expect([action, key, allowed]).toEqual([action, key, await served(action, key)]);
      }
    }
  });

  it('is decided for most of them', () => {
    const all = KEYS.length * ACTIONS.length;
    expect(Object.keys(SHAPES).length).toBeGreaterThan(30);
    expect([...decided.values()].filter((count) => count === all).length).toBeGreaterThan(20);
  });

  it('take a built-in policy as the server has it', async () => {
    for (const name of ['readwrite', 'readonly', 'writeonly', 'diagnostics', 'consoleAdmin']) {
      const { document: held } = await admin.policies.info(name);
      await admin.policies.set([name], { user: USER });
      for (const action of ACTIONS) {
        const { allowed } = weighAccess([held], question(action, 'users/fred/b'));
        expect([name, action, allowed]).toEqual([name, action, await served(action, 'users/fred/b')]);
      }
    }
  });
});
