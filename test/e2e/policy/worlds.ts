import type { PolicyDocument, PolicyStatement } from '../../../src/madmin/types.js';
import { groupBaseDocument, type PolicyGrant, shardDocument } from '../../../src/policy/grants/grants.js';
import { guarded } from '../../../src/policy/guards.js';
import { homePolicy } from '../../../src/policy/home-policy.js';
import type { Chance } from './chance.js';
import type { Request } from './operations.js';

export const BUCKETS = ['cdm-lake', 'cdm-lake2'];
const USERS_PREFIX = 'users-warehouse';
const DAY_MS = 86_400_000;

/** What one user holds. */
export interface World {
  user: string;
  /** The user's own documents: home, shards, now and then one that somebody else wrote. */
  own: PolicyDocument[];
  /** The documents of each group. */
  groups: PolicyDocument[][];
  /** All of them. */
  documents: PolicyDocument[];
  /** Where it gets interesting. */
  paths: { bucket: string; prefix: string }[];
  /** Whether the user comes with a session rather than with the pair. */
  session: boolean;
}

const SEGMENTS = [
  ...[
    'a',
    'a2',
    'ab',
    'a b',
    'a.b',
    'day=2026-01-01',
    'x%20y',
    'p+q',
    'é',
    '語',
    'Ünï',
    '😀',
    "it's",
    'a..b',
    '~',
  ],
  ...['a&b', 'a"b', 'a<b', 'a;b', 'a,b', 'a@b', 'a:b', '(a)', '[a]', 'a#b', "a'b", 'a^b'],
];

/** Few different ones, so that grants are nested in one another and beside one another. */
function prefixOf(chance: Chance, user: string): string {
  const start = chance.of([
    `${USERS_PREFIX}/owner`,
    `${USERS_PREFIX}/owner2`,
    `${USERS_PREFIX}/${user}2`,
    'shared',
  ]);
  const parts = Array.from({ length: chance.below(3) + 1 }, (_, depth) =>
    chance.of(SEGMENTS.slice(0, depth ? 5 : undefined)),
  );
  return [start, ...parts].join('/');
}

function grantsOf(chance: Chance, user: string, count: number): PolicyGrant[] {
  const now = Date.now();
  const grants: PolicyGrant[] = [];
  for (let n = 0; n < count; n++) {
    const before = chance.yes(0.3) && grants.length > 0 ? startOf(chance.of(grants).prefix) : undefined;
    const plain =
      before === undefined ? prefixOf(chance, user) : chance.of([before, `${before}2`, `${before}/in`]);
    // as administrators give them: every name that starts so
    const prefix = chance.yes(0.2) ? `${plain}*` : plain;
    const days = chance.of([undefined, undefined, -1, -2, 1, 2]);
    grants.push({
      bucket: chance.yes(0.8) ? 'cdm-lake' : 'cdm-lake2',
      prefix,
      folder: prefix === plain && chance.yes(),
      permission: chance.yes() ? 'read' : 'write',
      ...(days === undefined ? {} : { expiresAt: new Date(now + days * DAY_MS) }),
    });
  }
  return grants;
}

/** What each key of a name prefix starts with. */
function startOf(prefix: string): string {
  return prefix.replace(/\*$/, '');
}

function shardsOf(
  chance: Chance,
  name: string,
  grants: readonly PolicyGrant[],
  lower = false,
): PolicyDocument[] {
  const said = guarded(grants);
  const half = chance.below(grants.length + 1);
  return [said.slice(0, half), said.slice(half)]
    .filter((part) => part.length > 0)
    .map((part, shard) => shardDocument(part, { lower, tag: `${name}:${shard + 1}`, base: 'cdm-lake' }));
}

/** Statements as others write them, with everything that is supported and never written here. */
function foreignDocument(
  chance: Chance,
  paths: readonly { bucket: string; prefix: string }[],
): PolicyDocument {
  const { bucket, prefix } = chance.of(paths);
  const arn = (path: string) => `arn:aws:s3:::${path}`;
  const denyExcept = (Condition: NonNullable<PolicyStatement['Condition']>): PolicyStatement[] => [
    { Effect: 'Deny', Action: ['s3:ListBucket'], Resource: [arn(bucket)], Condition },
  ];
  const Statement = chance.of<PolicyStatement[]>([
    [{ Effect: 'Deny', Action: ['s3:GetObject', 's3:PutObject'], Resource: [arn(`${bucket}/${prefix}/x*`)] }],
    [{ Effect: 'Deny', Action: ['s3:Delete*'], Resource: [arn(`${bucket}/${prefix}/*`)] }],
    [
      {
        Effect: 'Deny',
        NotAction: ['s3:Get*', 's3:List*', 's3:HeadBucket'],
        Resource: [arn(`${bucket}/${prefix}/*`)],
      },
    ],
    [
      {
        Effect: 'Deny',
        Action: ['s3:PutObject'],
        NotResource: [arn(`${bucket}/${prefix}/*`), arn(`${bucket}/${USERS_PREFIX}/*`)],
      },
    ],
    [
      {
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: [arn(`${bucket}/${USERS_PREFIX}/\${aws:username}2/*`)],
      },
    ],
    [{ Effect: 'Allow', Action: ['s3:*'], Resource: [arn(`${bucket}/${shortened(prefix)}?/*`)] }],
    denyExcept({ StringNotLike: { 's3:prefix': [`${prefix}/*`] } }),
    denyExcept({ StringEqualsIgnoreCase: { 's3:prefix': [`${prefix}/`.toUpperCase()] } }),
    denyExcept({ 'ForAllValues:StringNotLike': { 's3:prefix': [`${prefix}/x*`, `${parentOf(prefix)}/`] } }),
    denyExcept({ 'ForAnyValue:StringEquals': { 's3:prefix': [`${prefix}/`, ''] } }),
    denyExcept({ StringNotEquals: { 's3:delimiter': ['/'] } }),
    denyExcept({ Null: { 's3:delimiter': 'true' } }),
    denyExcept({
      DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' },
      StringLike: { 's3:prefix': '*2/*' },
    }),
  ]);
  return { Version: '2012-10-17', Statement };
}

/** So many that a list statement says them in one of its operators only. */
function moreThanShown(): PolicyGrant[] {
  return Array.from({ length: 20 }, (_, n) => ({
    bucket: 'cdm-lake',
    prefix: `shared/${'a-long-name-'.repeat(5)}${n}`,
    folder: true,
    permission: 'read' as const,
  }));
}

export function worldOf(chance: Chance, n: number): World {
  const user = `user${n}`;
  const shares = [
    ...grantsOf(chance, user, 1 + chance.below(8)),
    ...(chance.yes(0.2) ? moreThanShown() : []),
  ];
  const groups = Array.from({ length: chance.below(3) }, () => grantsOf(chance, user, 1 + chance.below(4)));
  const paths = [
    { bucket: 'cdm-lake', prefix: `${USERS_PREFIX}/${user}` },
    ...[...shares, ...groups.flat()].map(({ bucket, prefix }) => ({ bucket, prefix: startOf(prefix) })),
  ];
  const own = [
    homePolicy({ bucket: 'cdm-lake', usersPrefix: USERS_PREFIX, userName: user }),
    ...shardsOf(chance, `mgr:user:${user}`, shares),
    ...(chance.yes(0.4) ? [foreignDocument(chance, paths)] : []),
  ];
  const ofGroups = groups.map((grants, group) => [
    groupBaseDocument('cdm-lake'),
    ...shardsOf(chance, `mgr:group:${user}-group${group}`, grants, chance.yes()),
  ]);
  return {
    user,
    own,
    groups: ofGroups,
    documents: [...own, ...ofGroups.flat()],
    paths,
    session: chance.yes(),
  };
}

// Not the tag operations that read or delete: MinIO looks for the object before it asks whether that is allowed (404 to anybody).
const ON_KEYS = [
  ...[
    'GetObject',
    'GetObject',
    'HeadObject',
    'PutObject',
    'PutObject',
    'DeleteObject',
    'DeleteObjects',
    'CopyObject',
    'PutObjectTagging',
  ],
  ...['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'AbortMultipartUpload', 'ListParts'],
];
const ON_BUCKETS = [
  'HeadBucket',
  'GetBucketLocation',
  'GetBucketVersioning',
  'ListMultipartUploads',
  'GetBucketPolicy',
];
const LISTINGS = ['ListObjectsV2', 'ListObjectsV2', 'ListObjects', 'ListObjectVersions'];

/** A request on the border of something that the user holds. */
export function requestNear(chance: Chance, { paths }: World): Request {
  const place = chance.of(paths);
  const bucket = chance.yes(0.9) ? place.bucket : chance.of(BUCKETS);
  const kind = chance.below(10);
  if (kind === 0) return { operation: chance.of(ON_BUCKETS), bucket };
  if (kind < 4) {
    const near = prefixNear(chance, place.prefix);
    const prefixes = [near, prefixNear(chance, chance.of(paths).prefix)];
    const prefix = chance.yes(0.9) ? { prefix: chance.yes(0.3) ? prefixes : near } : {};
    return { operation: chance.of(LISTINGS), bucket, ...prefix, ...(chance.yes() ? { delimiter: '/' } : {}) };
  }
  const operation = chance.of(ON_KEYS);
  const source = operation === 'CopyObject' ? { source: `${chance.of(paths).prefix}/source` } : {};
  return { operation, bucket, key: keyNear(chance, place.prefix), ...source };
}

function parentOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/'));
}

function shortened(prefix: string): string {
  return [...prefix].slice(0, -1).join('');
}

function keyNear(chance: Chance, prefix: string): string {
  const below = [
    `${prefix}/x`,
    `${prefix}/x`,
    `${prefix}/a b/é+%20`,
    `${prefix}/day=1/p.parquet`,
    `${prefix}/`,
  ];
  const beside = [
    prefix,
    prefix,
    `${prefix}2`,
    `${prefix}2/x`,
    `${prefix}.x`,
    `${parentOf(prefix)}/x`,
    parentOf(prefix),
  ];
  return chance.of([...below, ...beside]);
}

function prefixNear(chance: Chance, prefix: string): string {
  const below = [`${prefix}/`, `${prefix}/`, `${prefix}/x`, `${prefix}/a b/é`];
  const beside = [
    prefix,
    `${prefix}2`,
    `${prefix}2/`,
    shortened(prefix),
    `${parentOf(prefix)}/`,
    parentOf(prefix),
    '',
  ];
  return chance.of([...below, ...beside]);
}
