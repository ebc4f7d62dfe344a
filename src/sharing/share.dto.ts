import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { INSTANT } from '../common/expiry.js';
import { NoNul, Optional, StringList, TEXT } from '../common/http/validation.js';

/** Maximum number of names in one request; use more requests for more. */
const MAX_NAMES = 100;

/** Request to share a path with users and groups. */
export class ShareRequestDto {
  /**
   * The path: a folder (with a final slash), or an object and the folder of that name, at least one segment below the home
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /**
   * Users who get access
   * @example ["bob"]
   */
  @StringList(MAX_NAMES)
  with_users: string[] = [];

  /**
   * Groups whose members get access; `everyone` is all users
   * @example ["KBase"]
   */
  @StringList(MAX_NAMES)
  with_groups: string[] = [];

  /** `write` allows reading, writing and deleting; readers of a group can only read */
  @Optional()
  @IsIn(['read', 'write'])
  permission: 'read' | 'write' = 'read';

  /**
   * When the share expires, RFC 3339, in the future; in whole seconds
   * @example "2035-01-01T00:00:00Z"
   */
  @Optional()
  @IsString()
  @Matches(INSTANT, { message: 'expires_at must be an RFC 3339 time with a time zone' })
  expires_at?: string;

  /**
   * The reason, for later readers; at most 500 characters
   * @example "For the review of the March run"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(500)
  @NoNul()
  reason?: string;

  /**
   * Users who have not logged in yet get it at the first login, if they log in within 90 days and the owner is active then. Without it they
   * are refused
   */
  @Optional()
  @IsBoolean()
  await_login: boolean = false;
}

/** Request to end a share. */
export class UnshareRequestDto {
  /**
   * The path as it was shared, with or without the final slash
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /**
   * Users who lose access; with neither users nor groups, everyone with whom exactly this path is shared
   * @example ["bob"]
   */
  @StringList(MAX_NAMES)
  from_users: string[] = [];

  /**
   * Groups that lose access
   * @example ["KBase"]
   */
  @StringList(MAX_NAMES)
  from_groups: string[] = [];
}

/** Why a user or group reaches a path. */
export class ReasonDto {
  /**
   * Source of the access: `user bob`, `group KBase`, `everyone`; `foreign_policy`: a foreign policy in MinIO
   * @example "group KBase"
   */
  via!: string;

  /**
   * The granted path; for a foreign policy, the path that was asked about
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  path!: string;

  /** What it allows; `perhaps`: it depends on what only a request has, or MinIO does not answer now */
  permission!: 'read' | 'write' | 'perhaps';

  /**
   * The foreign policy; absent if MinIO does not answer now
   * @example "readwrite"
   */
  policy_name?: string;

  /** The MinIO group that has the policy; absent if it is attached to the target */
  group?: string;
}

/** The result for one target. */
export class TargetResultDto {
  /** Kind of the target */
  kind!: 'user' | 'group' | 'data_product';

  /**
   * Name of the target
   * @example "bob"
   */
  name!: string;

  /** What was done; `waiting`: the user gets it at the first login */
  status!: 'granted' | 'changed' | 'unchanged' | 'waiting' | 'revoked' | 'not_shared' | 'refused';

  /**
   * Why it was refused: `unknown_user`, `unknown_group`, `invalid_name`, `own_path`, `too_many_grants`
   * @example "unknown_user"
   */
  code?: string;

  /**
   * A sentence for people: why the target was refused; until when the share waits for the first login; or, if the bucket has versions, that old and deleted objects become readable too
   * @example "bob can also read earlier versions of these objects, and objects that were deleted before."
   */
  message?: string;

  /** The other sources by which the target still reaches the path */
  still_reachable_through?: ReasonDto[];
}

/** The result of a share or of its end. */
export class ShareResultDto {
  /**
   * The path
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** The shared permission; null for the end of a share */
  @ApiProperty({ enum: ['read', 'write'], nullable: true, type: String })
  permission!: 'read' | 'write' | null;

  /** MinIO holds it; false: MinIO will hold it when it is reachable */
  enforced!: boolean;

  /**
   * The result for each target
   * @example [{ "kind": "user", "name": "bob", "status": "granted" }, { "kind": "group", "name": "KBase", "status": "unchanged" }]
   */
  results!: TargetResultDto[];
}
