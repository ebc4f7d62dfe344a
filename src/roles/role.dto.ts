import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsString, MaxLength, ValidateNested } from 'class-validator';
import { NoNul, Optional, TEXT } from '../common/http/validation.js';

/** The maximum number of entitlements of one role. */
const MAX_ENTITLEMENTS = 200;

/** One entitlement of a role; its fields depend on `type`. */
export class EntitlementDto {
  /** `group`: membership in a group; `path`: access to a path */
  @IsIn(['group', 'path'])
  type!: 'group' | 'path';

  /**
   * The group, for type `group`
   * @example "KBase"
   */
  @Optional()
  @IsString()
  @MaxLength(63)
  group?: string;

  /** The role in the group, for type `group`; `member` by default */
  @Optional()
  @IsIn(['member', 'reader', 'owner'])
  role?: 'member' | 'reader' | 'owner';

  /**
   * Any path with at least one segment in a bucket of GRANTABLE_BUCKETS, for type `path`. A final `*` means every key that starts so.
   * `{user}` is the name of each user who has the role: `s3a://cdm-lake/team/u_{user}__*`
   * @example "s3a://cdm-lake/reference/"
   */
  @Optional()
  @IsString()
  @MaxLength(4096)
  path?: string;

  /** `write` means read, write and delete; for type `path` */
  @Optional()
  @IsIn(['read', 'write'])
  permission?: 'read' | 'write';
}

/** The entitlements of a role. */
export class RoleRequestDto {
  /**
   * What the role is for; at most 500 characters
   * @example "Works with KBase and reads the reference data"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(500)
  @NoNul()
  description?: string;

  /**
   * All entitlements of the role; users with the role receive them, and lose those that are no longer listed
   * @example [{ "type": "group", "group": "KBase", "role": "member" }, { "type": "path", "path": "s3a://cdm-lake/reference/", "permission": "read" }]
   */
  @IsArray()
  @ArrayMaxSize(MAX_ENTITLEMENTS)
  @ValidateNested({ each: true })
  @Type(() => EntitlementDto)
  entitlements!: EntitlementDto[];
}

/** Membership in a group. */
export class GroupEntitlementDto {
  /** Always `group` */
  @ApiProperty({ enum: ['group'] })
  type!: 'group';

  /**
   * The group
   * @example "KBase"
   */
  group!: string;

  /** The role in the group */
  role!: 'member' | 'reader' | 'owner';
}

/** Access to a path. */
export class PathEntitlementDto {
  /** Always `path` */
  @ApiProperty({ enum: ['path'] })
  type!: 'path';

  /**
   * The path
   * @example "s3a://cdm-lake/reference/"
   */
  path!: string;

  /** `write` means read, write and delete */
  permission!: 'read' | 'write';
}

const ENTITLEMENT = {
  oneOf: [{ $ref: getSchemaPath(GroupEntitlementDto) }, { $ref: getSchemaPath(PathEntitlementDto) }],
};

/** A role. */
@ApiExtraModels(GroupEntitlementDto, PathEntitlementDto)
export class RoleDto {
  /**
   * Name of the role
   * @example "analyst"
   */
  role!: string;

  /**
   * What the role is for
   * @example "Works with KBase and reads the reference data"
   */
  description!: string | null;

  /** All entitlements of the role */
  @ApiProperty({ type: 'array', items: ENTITLEMENT })
  entitlements!: (GroupEntitlementDto | PathEntitlementDto)[];

  /** When it was last changed, RFC 3339 */
  updated_at!: string;
}

/** A page of roles. */
export class RolePageDto {
  /** Roles by name */
  items!: RoleDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}
