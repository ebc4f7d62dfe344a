import type { MadminErrorCode } from './errors.js';

/** One statement of an IAM policy. MinIO returns it normalized: strings become arrays, in any order. */
export interface PolicyStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  /** All actions of one statement must be of one family (`s3:`, `admin:`, `sts:`, `kms:`). */
  Action?: string | readonly string[];
  NotAction?: string | readonly string[];
  /** Ignored by MinIO for `admin:` actions: admin rights cannot be scoped. */
  Resource?: string | readonly string[];
  NotResource?: string | readonly string[];
  /** Operator, condition key, values: `{"StringLike": {"s3:prefix": ["home/alice/*"]}}`. */
  Condition?: { [operator: string]: { [key: string]: ConditionValue | readonly ConditionValue[] } };
}

export type ConditionValue = string | number | boolean;

/** An IAM policy. MinIO refuses a document without `Version`, and any key that is not listed here. */
export interface PolicyDocument {
  ID?: string;
  Version: '2012-10-17';
  Statement: PolicyStatement[];
}

export type Status = 'enabled' | 'disabled';

/** Options that every verb takes as its last argument. */
export interface CallOptions {
  /** Ends the call early; the error then has the code `timeout`. */
  signal?: AbortSignal;
}

/** What {@link MadminOptions.onCall} receives about each finished call. */
export interface CallRecord {
  /** For example `users.add`. */
  verb: string;
  outcome: 'ok' | MadminErrorCode;
  /** It was a write that failed and may have been applied all the same. */
  outcomeUnknown?: true;
  durationMs: number;
}

/** Either a user or a group. */
export type PolicyTarget = { user: string; group?: undefined } | { group: string; user?: undefined };

export interface UserInfo {
  status: Status;
  /** Directly attached policies, not those of the groups. */
  policies: string[];
  groups: string[];
  /** When the *policy mapping* last changed; absent if there was never one. */
  updatedAt?: Date;
}

export interface GroupInfo {
  name: string;
  status: Status;
  members: string[];
  /** MinIO hides the policies of a *disabled* group here; `policies.entities` shows them. */
  policies: string[];
  updatedAt?: Date;
}

export interface PolicyInfo {
  name: string;
  document: PolicyDocument;
  /** Absent for a built-in policy. */
  createdAt?: Date;
  updatedAt?: Date;
}

/** Filter of `policies.entities`; nothing given means every policy with all its users and groups. */
export interface PolicyEntitiesQuery {
  users?: readonly string[];
  groups?: readonly string[];
  policies?: readonly string[];
}

/** Names without a mapping are left out, and so are names that do not exist. */
export interface PolicyEntities {
  timestamp: Date;
  userMappings: UserPolicies[];
  groupMappings: GroupPolicies[];
  policyMappings: { policy: string; users: string[]; groups: string[] }[];
}

export interface GroupPolicies {
  group: string;
  policies: string[];
}

export interface UserPolicies {
  user: string;
  policies: string[];
  memberOfMappings: GroupPolicies[];
}

/** A new access key (MinIO: service account). Key and secret are chosen by the caller, so a retry makes no second key. */
export interface NewAccessKey {
  /** The user that owns the key, or the root user. */
  targetUser: string;
  /** 3 to 20 bytes. */
  accessKey: string;
  /** 8 to 40 bytes. */
  secretKey: string;
  /** At most 32 bytes, the first one a letter. */
  name?: string;
  /** At most 256 bytes. */
  description?: string;
  /** 15 minutes to 365 days ahead; MinIO cuts it to whole seconds. Absent: the key does not expire. */
  expiration?: Date;
  /** At most 4,096 bytes as JSON; narrows the user's own rights. Absent: exactly the user's rights. */
  policy?: PolicyDocument;
}

/** Changes to an access key. Absent fields stay, except the policy, which is therefore required. */
export interface AccessKeyUpdate {
  /**
   * The embedded policy after the update. `inherit` removes it: the key then has all rights of its user. MinIO removes an embedded policy
   * that is not sent again, so there is no "leave as it is".
   */
  policy: PolicyDocument | 'inherit';
  secretKey?: string;
  status?: Status;
  /** Cannot be cleared. */
  name?: string;
  /** Cannot be cleared. */
  description?: string;
  expiration?: Date;
}

export interface AccessKeyItem {
  accessKey: string;
  parentUser: string;
  status: Status;
  /** True: no embedded policy, the key has its user's rights. */
  impliedPolicy: boolean;
  name?: string;
  description?: string;
  /** Absent: the key does not expire. */
  expiration?: Date;
}

export interface AccessKeyInfo extends AccessKeyItem {
  /** With `impliedPolicy` this is the user's merged policy: never write it back. */
  policy?: PolicyDocument;
}

export interface AnyAccessKeyInfo extends AccessKeyInfo {
  userType: 'STS' | 'Service Account';
  /** `builtin`, `ldap` or `openid`. */
  userProvider: string;
}

/** Which keys `accessKeys.listBulk` returns. Neither `users` nor `all`: those of the caller itself. */
export interface BulkListQuery {
  /** Default `all`. */
  listType?: 'all' | 'svcacc-only' | 'sts-only' | 'users-only';
  /** Names that do not exist are left out of the answer. Not together with `all`. */
  users?: readonly string[];
  /** Every user. Costs MinIO users x keys. */
  all?: boolean;
}

export interface BulkKey {
  accessKey: string;
  expiration?: Date;
}

export interface UserKeys {
  serviceAccounts: BulkKey[];
  stsKeys: BulkKey[];
}

/** Long-term keys of a user. */
export interface Credentials {
  accessKey: string;
  secretKey: string;
}

export interface SessionRequest {
  /** 900 to 31,536,000 seconds; default 3,600. A server started with MINIO_STS_DURATION ignores it. */
  durationSeconds?: number;
  /** Session policy, at most 2,048 bytes as JSON: narrows the user's own rights. */
  policy?: PolicyDocument;
  /** Marks the session, so that `sts.revokeTokens` can end only the sessions with this mark. */
  tokenRevokeType?: string;
}

export interface Session extends Credentials {
  sessionToken: string;
  expiration: Date;
}

export type Revocation =
  { tokenRevokeType: string; fullRevoke?: undefined } | { fullRevoke?: true; tokenRevokeType?: undefined };

/** The part of MinIO's answer that is stable between versions; the rest is passed through unchanged. */
export interface ServerInfo {
  /** Which server it is, by the form of its answer. Every fork of MinIO answers as MinIO. */
  product: 'MinIO' | 'RustFS';
  /** `online`, `initializing` or `offline`. */
  mode: string;
  deploymentID: string;
  region?: string;
  servers: ServerNode[];
  [key: string]: unknown;
}

export interface ServerNode {
  state: string;
  endpoint: string;
  /** Seconds. */
  uptime: number;
  /** `DEVELOPMENT.GOGET` when built by `go install`: do not parse it. */
  version: string;
  [key: string]: unknown;
}

export type HealthCheck = 'live' | 'ready' | 'cluster' | 'cluster/read';

export interface Health {
  /** Status 200 and no complaint in `serverStatus`. */
  ok: boolean;
  status: number;
  /** `offline`, `iam-offline` or `bucket-metadata-offline`: `live` and `ready` say so with a status 200. */
  serverStatus?: string;
}

export interface AccountInfo {
  accountName: string;
  /** The merged policy of the caller. */
  policy?: PolicyDocument;
  /** Buckets the caller may read or write. */
  buckets: { name: string; read: boolean; write: boolean }[];
}
