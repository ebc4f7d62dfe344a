import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { PolicyDocument, PolicyStatement } from '../../../../src/madmin/types.js';
import { type AccessRequest, evaluate, UnsupportedPolicyError } from '../../../../src/policy/evaluate.js';
import { importable } from '../../../../src/policy/foreign/importable.js';
import { uncovered } from '../../../../src/policy/foreign/uncovered.js';
import { type PolicyGrant, shardDocument } from '../../../../src/policy/grants/grants.js';
import { homePolicy } from '../../../../src/policy/home-policy.js';

const BUCKET = 'lake';
const PRINCIPAL = 'fred';
const HOME = { bucket: BUCKET, usersPrefix: 'users', userName: PRINCIPAL };
const arn = (place: string) => `arn:aws:s3:::${place}`;

/** Places as people name them: a few names, so that documents, grants and requests meet. */
const path = fc
  .array(fc.constantFrom('users', 'fred', 'fre', 'x', 'fred2', '${aws:username}'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((segments) => segments.join('/'));
const place = fc.oneof(
  { weight: 6, arbitrary: path.map((each) => `${BUCKET}/${each}/*`) },
  { weight: 2, arbitrary: path.map((each) => `${BUCKET}/${each}`) },
  { weight: 1, arbitrary: path.map((each) => `${BUCKET}/${each}*`) },
  { weight: 1, arbitrary: fc.constantFrom(BUCKET, `${BUCKET}/*`, '*', `${BUCKET}/*/x`, `${BUCKET}/?red/*`) },
);
const OBJECT_ACTIONS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];
const actions = fc.oneof(
  { weight: 6, arbitrary: fc.constant(['s3:GetObject']) },
  { weight: 6, arbitrary: fc.constant(OBJECT_ACTIONS) },
  {
    weight: 2,
    arbitrary: fc.subarray(
      [...OBJECT_ACTIONS, 's3:GetObjectTagging', 's3:AbortMultipartUpload', 's3:GetObjectVersion', 's3:Get*'],
      { minLength: 1 },
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(['s3:*'], ['*'], ['admin:ServerInfo']) },
);
const other = fc.constantFrom<PolicyStatement['Condition']>(
  { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } },
  { DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } },
  { StringEquals: { 's3:ExistingObjectTag/team': ['blue'] } },
  { Bool: { 'aws:SecureTransport': 'true' } },
);
const rarely = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 6 });

const onObjects = fc
  .record({
    Action: actions,
    Resource: fc.array(place, { minLength: 1, maxLength: 3 }),
    Condition: rarely(other),
  })
  .map(({ Resource, ...rest }) => ({ ...rest, Resource: Resource.map(arn) }));
const prefixes = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: path.map((each) => `${each}/*`) },
    { weight: 1, arbitrary: path },
    { weight: 1, arbitrary: path.map((each) => `${each}/`) },
    { weight: 1, arbitrary: fc.constantFrom('', '*') },
  ),
  { minLength: 1, maxLength: 4 },
);
const onPrefixes = fc
  .tuple(
    fc.constantFrom('StringLike', 'StringLike', 'StringEquals', 'ForAllValues:StringLike'),
    prefixes,
    rarely(other),
  )
  .map(([operator, values, more]) => ({ [operator]: { 's3:prefix': values }, ...more }));
const lists = fc.record({
  Action: fc.constantFrom(['s3:ListBucket'], ['s3:ListBucket'], ['s3:ListBucket', 's3:GetBucketLocation']),
  Resource: fc.constantFrom([arn(BUCKET)], [arn(BUCKET)], [arn('*')]),
  Condition: fc.option(onPrefixes, { nil: undefined, freq: 8 }),
});
const onBucket = fc.constantFrom(
  { Action: ['s3:GetBucketLocation'], Resource: [arn(BUCKET)], Condition: undefined },
  { Action: ['s3:ListAllMyBuckets'], Resource: [arn('*')], Condition: undefined },
);
const effect = fc.constantFrom(...Array.from({ length: 15 }, () => 'Allow' as const), 'Deny' as const);
/** As people write them: what may be listed, may be read. */
const folders = fc
  .tuple(fc.array(path, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([names, writes]) => [
    {
      Action: ['s3:ListBucket'],
      Resource: [arn(BUCKET)],
      Condition: { StringLike: { 's3:prefix': names.map((each) => `${each}/*`) } },
    },
    {
      Action: writes ? OBJECT_ACTIONS : ['s3:GetObject'],
      Resource: names.map((each) => arn(`${BUCKET}/${each}/*`)),
    },
  ]);
const statement = fc.tuple(effect, fc.oneof(onObjects, lists, onBucket)).map(([Effect, rest]) => {
  const { Condition, ...more } = rest as Omit<PolicyStatement, 'Effect'>;
  return { Effect, ...more, ...(Condition ? { Condition } : {}) };
});
const document = fc
  .tuple(fc.option(folders, { nil: [] }), fc.array(statement, { maxLength: 4 }))
  .map(([typical, more]): PolicyDocument => {
    const allowed = typical.map((each) => ({ Effect: 'Allow' as const, ...each }));
    return { Version: '2012-10-17', Statement: [...allowed, ...more] };
  });

/** Requests that are made without regard to any document. */
const key = fc
  .array(fc.constantFrom('users', 'fred', 'fre', 'x', 'fred2', 'new', 'bred'), { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join('/'));
const request = fc.oneof(
  fc.record({
    action: fc.constantFrom(
      ...OBJECT_ACTIONS,
      ...OBJECT_ACTIONS,
      's3:GetObjectVersion',
      's3:GetObjectTagging',
    ),
    bucket: fc.constantFrom(BUCKET, BUCKET, 'other'),
    key: fc.oneof(
      key,
      key.map((each) => `${each}2`),
      key.map((each) => `${each}/`),
    ),
  }),
  fc
    .tuple(
      fc.constantFrom(BUCKET, BUCKET, 'other'),
      fc.option(
        fc.oneof(
          key,
          key.map((each) => `${each}/`),
          fc.constant(''),
        ),
        { nil: undefined },
      ),
    )
    .map(([bucket, prefix]) => ({ action: 's3:ListBucket', bucket, conditions: { 's3:prefix': prefix } })),
  fc.record({
    action: fc.constantFrom('s3:GetBucketLocation', 's3:ListAllMyBuckets', 's3:PutBucketPolicy'),
    bucket: fc.constant(BUCKET),
  }),
  fc.constant({ action: 'admin:ServerInfo', bucket: '' }),
) as fc.Arbitrary<AccessRequest>;
const requests = fc.array(request, { minLength: 60, maxLength: 60 });

/** What MinIO answers; a statement that depends on an address or on another fact of the request counts as `unsure` says. */
function allows(
  documents: readonly PolicyDocument[],
  asked: AccessRequest,
  unsure: boolean,
  now = '2029-01-01T00:00:00Z',
) {
  const conditions = {
    's3:prefix': undefined,
    ...asked.conditions,
    'aws:username': PRINCIPAL,
    'aws:CurrentTime': now,
  };
  const statements = documents.flatMap(({ Statement }) => Statement);
  const applies = (wanted: 'Allow' | 'Deny', otherwise: boolean) =>
    statements.some((each) => {
      if (each.Effect !== wanted) return false;
      try {
        const one: PolicyDocument = { Version: '2012-10-17', Statement: [{ ...each, Effect: 'Allow' }] };
        return evaluate([one], { ...asked, conditions }).allowed;
      } catch (error) {
        if (error instanceof UnsupportedPolicyError) return otherwise;
        throw error;
      }
    });
  return applies('Allow', unsure) && !applies('Deny', !unsure);
}

/** What belongs to every grant, whatever the document says; the documentation names it. */
function belongsToGrants({ action, key: asked }: AccessRequest, grants: readonly PolicyGrant[]): boolean {
  if (asked === undefined) return action !== 's3:ListBucket';
  if (action === 's3:GetObjectTagging') return true;
  const exact = asked.replace(/\/$/, '');
  return action === 's3:GetObject' && grants.some(({ prefix }) => prefix === exact);
}

describe('a foreign document', () => {
  it('becomes grants that allow no more than it did, at any time', () => {
    let count = 0;
    fc.assert(
      fc.property(document, requests, (doc, asked) => {
        const grants = importable(doc, PRINCIPAL);
        if (grants.length === 0) return;
        count++;
        const ours = [shardDocument(grants, { tag: 'mgr:user:fred:1' })];
        for (const each of asked)
          for (const now of ['1999-01-01T00:00:00Z', '2029-01-01T00:00:00Z', '2059-01-01T00:00:00Z'])
            if (allows(ours, each, false, now) && !belongsToGrants(each, grants))
              expect([each, grants, allows([doc], each, false, now)]).toEqual([each, grants, true]);
      }),
      { numRuns: 3000 },
    );
    expect(count).toBeGreaterThan(500);
  });

  it('that is covered allows nothing that is refused without it', () => {
    let count = 0;
    fc.assert(
      fc.property(document, requests, (doc, asked) => {
        const grants = importable(doc, PRINCIPAL);
        const ours = [
          homePolicy(HOME),
          ...(grants.length > 0 ? [shardDocument(grants, { tag: 't', base: BUCKET })] : []),
        ];
        if (uncovered(doc, ours, PRINCIPAL) !== undefined) return;
        count++;
        for (const each of asked)
          if (allows([doc], each, true)) expect([each, allows(ours, each, false)]).toEqual([each, true]);
      }),
      { numRuns: 3000 },
    );
    expect(count).toBeGreaterThan(200);
  });
});

describe('documents that people have', () => {
  const kbase = JSON.parse(
    readFileSync(new URL('../../../fixtures/policy/kbase-policies.json', import.meta.url), 'utf8'),
  ) as Record<string, PolicyDocument>;
  const of = (name: string) => kbase[name] as PolicyDocument;
  const brief = (grants: readonly PolicyGrant[]) =>
    grants
      .map(
        ({ bucket, prefix, folder, permission }) => `${permission} ${bucket}/${prefix}${folder ? '/' : ''}`,
      )
      .sort();
  const allow = (
    Action: string[],
    Resource: string[],
    Condition?: PolicyStatement['Condition'],
  ): PolicyStatement => ({
    Effect: 'Allow',
    Action,
    Resource,
    ...(Condition ? { Condition } : {}),
  });
  const listing = (...patterns: string[]) =>
    allow(['s3:ListBucket'], [arn(BUCKET)], { StringLike: { 's3:prefix': patterns } });
  const made = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });

  it('of KBase become grants', () => {
    expect(brief(importable(of('user-home-policy-wilma'), 'wilma'))).toEqual([
      'read cdm-lake/users-general-warehouse/fred/shared/report/',
      'read cdm-lake/users-sql-warehouse/wilma/',
      'write cdm-lake/users-general-warehouse/wilma/',
      'write cdm-lake/users-sql-warehouse/fred/u_fred__demo.db/table1/',
      'write cdm-lake/users-sql-warehouse/wilma/iceberg/',
    ]);
    expect(brief(importable(of('user-system-policy-fred'), 'fred'))).toEqual([
      'read cts/logs/',
      'write cdm-spark-job-logs/spark-job-logs/fred/',
      'write cts/io/',
    ]);
    expect(brief(importable(of('group-policy-kbasero')))[0]).toMatch(/^read cdm-lake\//);
  });

  it.each<[string, PolicyDocument, string[]]>([
    ['a folder to read', made(listing('a/*'), allow(['s3:GetObject'], [arn('lake/a/*')])), ['read lake/a/']],
    [
      'the own folder by name',
      made(listing('home/${aws:username}/*'), allow(OBJECT_ACTIONS, [arn('lake/home/${aws:username}/*')])),
      ['write lake/home/fred/'],
    ],
    [
      'everything below a folder',
      made(listing('a/*'), allow(['s3:*'], [arn('lake/a/*')])),
      ['write lake/a/'],
    ],
    [
      'a folder and its object',
      made(listing('a/*'), allow(OBJECT_ACTIONS, [arn('lake/a'), arn('lake/a/*')])),
      ['write lake/a'],
    ],
    ['reading without listing', made(allow(['s3:GetObject'], [arn('lake/a/*')])), []],
    ['listing one level', made(listing('a/'), allow(['s3:GetObject'], [arn('lake/a/*')])), []],
    ['a bucket', made(allow(['s3:ListBucket'], [arn('lake')]), allow(['s3:GetObject'], [arn('lake/*')])), []],
    ['names that begin alike', made(listing('a*'), allow(['s3:GetObject'], [arn('lake/a*')])), []],
    [
      'writing without deleting',
      made(listing('a/*'), allow(['s3:GetObject', 's3:PutObject'], [arn('lake/a/*')])),
      ['read lake/a/'],
    ],
    [
      'for a time',
      made(
        listing('a/*'),
        allow(['s3:GetObject'], [arn('lake/a/*')], {
          DateLessThan: { 'aws:CurrentTime': '2099-01-01T00:00:00Z' },
        }),
      ),
      [],
    ],
  ])('%s', (_, doc, wanted) => {
    expect(brief(importable(doc, PRINCIPAL))).toEqual(wanted);
  });

  it.each<[string, PolicyDocument, RegExp | undefined]>([
    ['a folder to read', made(listing('a/*'), allow(['s3:GetObject'], [arn('lake/a/*')])), undefined],
    [
      'a folder to write, with its bucket',
      made(
        allow(['s3:GetBucketLocation'], [arn('lake')]),
        listing('a/*', 'a/'),
        allow(
          [...OBJECT_ACTIONS, 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
          [arn('lake/a/*')],
        ),
      ),
      undefined,
    ],
    [
      'a folder without its slash',
      made(listing('a', 'a/*'), allow(['s3:GetObject'], [arn('lake/a/*')])),
      /ListBucket on lake with the prefix "a"/,
    ],
    ['a list of all buckets', made(allow(['s3:ListAllMyBuckets'], [arn('*')])), /ListAllMyBuckets/],
    ['everything below a folder', made(listing('a/*'), allow(['s3:*'], [arn('lake/a/*')])), /It also allows/],
    ['a Deny', made({ ...allow(['s3:GetObject'], [arn('lake/a/*')]), Effect: 'Deny' }), /denies/],
    [
      'an exception',
      {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', NotAction: ['s3:PutObject'], Resource: [arn('*')] }],
      },
      /NotAction/,
    ],
    ['a claim', made(allow(['s3:GetObject'], [arn('lake/${jwt:sub}/*')])), /who asks/],
  ])('are covered, or not: %s', (_, doc, why) => {
    const grants = importable(doc, PRINCIPAL);
    const shard = grants.length > 0 ? [shardDocument(grants, { tag: 't', base: BUCKET })] : [];
    const said = uncovered(doc, [homePolicy(HOME), ...shard], PRINCIPAL);
    if (why) expect(said).toMatch(why);
    else expect(said).toBeUndefined();
  });
});
