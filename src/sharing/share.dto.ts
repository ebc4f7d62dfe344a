import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { INSTANT } from '../common/expiry.js';
import { NoNul, Optional, TEXT } from '../common/validation.js';

/** Names that one request may give; more are more requests. */
const MAX_NAMES = 100;

/** A share of a path with people and groups. */
export class ShareRequestDto {
  /**
   * What is shared: a folder (with a final slash), or an object and the folder of that name, at least one segment below the home
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /**
   * Users who get access
   * @example ["bob"]
   */
  @Optional({ maxItems: MAX_NAMES })
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  with_users: string[] = [];

  /**
   * Groups whose members get access; `everyone` is everybody
   * @example ["KBase"]
   */
  @Optional({ maxItems: MAX_NAMES })
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  with_groups: string[] = [];

  /** `write` is reading, writing and deleting; readers of a group only ever read */
  @Optional()
  @IsIn(['read', 'write'])
  permission: 'read' | 'write' = 'read';

  /**
   * When the share ends by itself, RFC 3339, in the future; whole seconds count
   * @example "2030-01-01T00:00:00Z"
   */
  @Optional()
  @IsString()
  @Matches(INSTANT, { message: 'expires_at must be a time by RFC 3339, with a zone' })
  expires_at?: string;

  /** Why, for whoever asks later; at most 500 characters */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(500)
  @NoNul()
  reason?: string;
}

/** A share that is to end. */
export class UnshareRequestDto {
  /**
   * The path as it was shared, with or without the final slash
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /** Users who lose it; neither users nor groups: everybody whom exactly this path is shared with */
  @Optional({ maxItems: MAX_NAMES })
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  from_users: string[] = [];

  /** Groups that lose it */
  @Optional({ maxItems: MAX_NAMES })
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  from_groups: string[] = [];
}

/** Why somebody reaches a path. */
export class ReasonDto {
  /**
   * As whom: `user bob`, `group KBase`, `everyone`; `foreign_policy`: by a policy in MinIO that is not ours
   * @example "group KBase"
   */
  via!: string;

  /**
   * The path that was granted; of a policy that is not ours, the path that was asked for
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  path!: string;

  /** What it lets them do; `perhaps`: that hangs on what only a request has, or MinIO does not say now */
  permission!: 'read' | 'write' | 'perhaps';

  /**
   * The policy that is not ours; absent where MinIO does not say now
   * @example "readwrite"
   */
  policy_name?: string;

  /** The MinIO group that it comes by; absent: it is attached to the target */
  group?: string;
}

/** What became of one target. */
export class TargetResultDto {
  /** What the name is a name of */
  kind!: 'user' | 'group' | 'data_product';

  /**
   * The name
   * @example "bob"
   */
  name!: string;

  /** What was done */
  status!: 'granted' | 'changed' | 'unchanged' | 'revoked' | 'not_shared' | 'refused';

  /**
   * Why it was refused: `unknown_user`, `unknown_group`, `invalid_name`, `own_path`, `too_many_grants`
   * @example "unknown_user"
   */
  code?: string;

  /**
   * What this access reaches beyond what is there now, a sentence for people: where the bucket has versions, old and deleted objects, too
   * @example "bob can also read earlier versions of these objects, and objects that were deleted before."
   */
  message?: string;

  /** By what else the target still reaches the path */
  still_reachable_through?: ReasonDto[];
}

/** What became of a share or of its end. */
export class ShareResultDto {
  /**
   * The path
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** What was shared; null for the end of a share */
  @ApiProperty({ enum: ['read', 'write'], nullable: true, type: String })
  permission!: 'read' | 'write' | null;

  /** MinIO holds it; false: it will as soon as it answers */
  enforced!: boolean;

  /** What became of each target */
  results!: TargetResultDto[];
}
