import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsObject,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { INSTANT } from '../common/expiry.js';
import { NoNul, Optional, TEXT } from '../common/validation.js';

/** Members that one request may name; more are added one by one. */
const MAX_MEMBERS = 1000;

/** A path that a group may reach. */
export class GroupGrantRequestDto {
  /**
   * Any path of at least one segment in a bucket of GRANTABLE_BUCKETS
   * @example "s3a://cdm-lake/reference/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /** `write` is reading, writing and deleting; readers of the group only read */
  @IsIn(['read', 'write'])
  permission!: 'read' | 'write';

  /** When it ends by itself, RFC 3339, in the future */
  @Optional()
  @IsString()
  @Matches(INSTANT, { message: 'expires_at must be a time by RFC 3339, with a zone' })
  expires_at?: string;
}

/** A new group, or what is to change of one. What is left out stays as it is; a list that is given replaces. */
export class GroupRequestDto {
  /** What the group is for; at most 500 characters */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(500)
  @NoNul()
  description?: string;

  /**
   * Users who reach what the group may reach
   * @example ["alice", "bob"]
   */
  @Optional({ maxItems: MAX_MEMBERS })
  @IsArray()
  @ArrayMaxSize(MAX_MEMBERS)
  @IsString({ each: true })
  members?: string[];

  /** Users who may only read it */
  @Optional({ maxItems: MAX_MEMBERS })
  @IsArray()
  @ArrayMaxSize(MAX_MEMBERS)
  @IsString({ each: true })
  readers?: string[];

  /** Members who may change the group */
  @Optional({ maxItems: MAX_MEMBERS })
  @IsArray()
  @ArrayMaxSize(MAX_MEMBERS)
  @IsString({ each: true })
  owners?: string[];

  /** What the group may reach beside what is shared with it; administrators only */
  @Optional()
  @IsArray()
  @ArrayMaxSize(200)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => GroupGrantRequestDto)
  grants?: GroupGrantRequestDto[];
}

/** Somebody who is to be in a group. */
export class MemberRequestDto {
  /**
   * Name of the user
   * @example "bob"
   */
  @IsString()
  @MaxLength(200)
  user_name!: string;

  /** `reader`: only reads; `owner`: also changes the group */
  @IsIn(['member', 'reader', 'owner'])
  role!: 'member' | 'reader' | 'owner';
}

/** Somebody in a group. */
export class MemberDto {
  /**
   * Name of the user
   * @example "bob"
   */
  user_name!: string;

  /** What the person may do in the group */
  role!: 'member' | 'reader' | 'owner';
}

/** A path that a group reaches, and by whom. */
export class GroupGrantDto {
  /**
   * The path
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** What it lets members do */
  permission!: 'read' | 'write';

  /** `share`: an owner of the path shared it; `group`: an administrator gave it */
  origin!: 'share' | 'group' | 'role' | 'data_product';

  /**
   * Who gave it
   * @example "alice"
   */
  granted_by!: string;

  /** Why, as the giver said */
  reason!: string | null;

  /** When it was first given, RFC 3339 */
  created_at!: string;

  /** When it ends by itself, RFC 3339; null: not by itself */
  expires_at!: string | null;
}

/** A policy document and its name in MinIO. */
export class GroupPolicyDto {
  /**
   * Name of the policy
   * @example "mgr:group:KBase:0"
   */
  policy_name!: string;

  /** The document in the language of AWS IAM, as MinIO enforces it */
  document!: Record<string, unknown>;
}

/** A group, as its members and administrators see it. */
export class GroupDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  group_name!: string;

  /** What the group is for */
  description!: string | null;

  /** Everybody in the group, by name */
  members!: MemberDto[];

  /** What the group reaches */
  grants!: GroupGrantDto[];

  /** The documents that members (`mgr:group:…`) and readers (`mgr:readers:…`) have */
  policies!: GroupPolicyDto[];

  /** MinIO holds it, as of `enforced_at`; false: it will as soon as it answers. MinIO is not asked for this answer */
  enforced!: boolean;

  /** When MinIO was last written and seen to hold the group; absent before the first time */
  enforced_at?: string;
}
