/** What a grant that reads gives on objects. */
export const READ_ACTIONS = ['s3:GetObject', 's3:GetObjectTagging'];

/** What a grant that writes gives on objects in addition. */
export const WRITE_ACTIONS = [
  's3:PutObject',
  's3:DeleteObject',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
  's3:PutObjectTagging',
  's3:DeleteObjectTagging',
];

/** What only the owner of a prefix may do to objects in addition. */
export const OWNER_ACTION = 's3:DeleteObjectVersion';

/** Every holder of a grant may ask where its bucket is, and whether it keeps versions. */
export const BUCKET_PROBES = ['s3:GetBucketLocation', 's3:HeadBucket', 's3:GetBucketVersioning'];

/** Actions on objects that no grant gives. */
const OTHER_OBJECT_ACTIONS = [
  's3:BypassGovernanceRetention',
  's3:DeleteObjectVersionTagging',
  's3:GetObjectAttributes',
  's3:GetObjectLegalHold',
  's3:GetObjectRetention',
  's3:GetObjectVersion',
  's3:GetObjectVersionAttributes',
  's3:GetObjectVersionForReplication',
  's3:GetObjectVersionTagging',
  's3:PutObjectFanOut',
  's3:PutObjectLegalHold',
  's3:PutObjectRetention',
  's3:PutObjectVersionTagging',
  's3:ReplicateDelete',
  's3:ReplicateObject',
  's3:ReplicateTags',
  's3:RestoreObject',
  's3:SelectObjectContent',
];

/** MinIO asks these about a bucket, without a key. */
export const BUCKET_ACTIONS: ReadonlySet<string> = new Set([
  ...BUCKET_PROBES,
  's3:CreateBucket',
  's3:DeleteBucket',
  's3:DeleteBucketPolicy',
  's3:ForceDeleteBucket',
  's3:GetBucketCORS',
  's3:GetBucketNotification',
  's3:GetBucketObjectLockConfiguration',
  's3:GetBucketPolicy',
  's3:GetBucketPolicyStatus',
  's3:GetBucketTagging',
  's3:GetEncryptionConfiguration',
  's3:GetLifecycleConfiguration',
  's3:GetReplicationConfiguration',
  's3:ListAllMyBuckets',
  's3:ListBucket',
  's3:ListBucketMultipartUploads',
  's3:ListBucketVersions',
  's3:ListenBucketNotification',
  's3:ListenNotification',
  's3:PutBucketCORS',
  's3:PutBucketNotification',
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketPolicy',
  's3:PutBucketTagging',
  's3:PutBucketVersioning',
  's3:PutEncryptionConfiguration',
  's3:PutLifecycleConfiguration',
  's3:PutReplicationConfiguration',
  's3:ResetBucketReplicationState',
]);

export const OBJECT_ACTIONS: ReadonlySet<string> = new Set([
  ...READ_ACTIONS,
  ...WRITE_ACTIONS,
  OWNER_ACTION,
  ...OTHER_OBJECT_ACTIONS,
]);

/** MinIO grants these to every user about themselves unless they are denied. */
export const SELF_SERVICE_ACTIONS = ['admin:CreateUser', 'admin:CreateServiceAccount'];

/** Rights over the server that no document of this service gives. */
export const SERVER_ACTIONS = [
  ...SELF_SERVICE_ACTIONS,
  'admin:ServerInfo',
  'admin:ListUsers',
  'admin:AttachUserOrGroupPolicy',
  'sts:AssumeRole',
];
