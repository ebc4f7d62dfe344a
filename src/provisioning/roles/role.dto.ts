import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsString, MaxLength, ValidateNested } from 'class-validator';
import { NoNul, Optional, TEXT } from '../../common/validation.js';

/** Entitlements that one role may have. */
const MAX_ENTITLEMENTS = 200;

/** One thing that a role gives; which fields are there follows from `type`. */
export class EntitlementDto {
  /** `group`: being in a group; `path`: reaching a path */
  @IsIn(['group', 'path'])
  type!: 'group' | 'path';

  /**
   * The group, of type `group`
   * @example "KBase"
   */
  @Optional()
  @IsString()
  @MaxLength(63)
  group?: string;

  /** The role in the group, of type `group`; `member` if left out */
  @Optional()
  @IsIn(['member', 'reader', 'owner'])
  role?: 'member' | 'reader' | 'owner';

  /**
   * Any path of at least one segment in a bucket of GRANTABLE_BUCKETS, of type `path`
   * @example "s3a://cdm-lake/reference/"
   */
  @Optional()
  @IsString()
  @MaxLength(4096)
  path?: string;

  /** `write` is reading, writing and deleting; of type `path` */
  @Optional()
  @IsIn(['read', 'write'])
  permission?: 'read' | 'write';
}

/** What a role gives. */
export class RoleRequestDto {
  /** What the role is for; at most 500 characters */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(500)
  @NoNul()
  description?: string;

  /** All that the role gives; users who have the role get it, and lose what is not among it any more */
  @IsArray()
  @ArrayMaxSize(MAX_ENTITLEMENTS)
  @ValidateNested({ each: true })
  @Type(() => EntitlementDto)
  entitlements!: EntitlementDto[];
}

/** Being in a group. */
export class GroupEntitlementDto {
  /** Always `group` */
  @ApiProperty({ enum: ['group'] })
  type!: 'group';

  /** The group */
  group!: string;

  /** The role in the group */
  role!: 'member' | 'reader' | 'owner';
}

/** Reaching a path. */
export class PathEntitlementDto {
  /** Always `path` */
  @ApiProperty({ enum: ['path'] })
  type!: 'path';

  /** The path */
  path!: string;

  /** `write` is reading, writing and deleting */
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

  /** What the role is for */
  description!: string | null;

  /** All that the role gives */
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
