import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsObject, IsString, MaxLength, ValidateNested } from 'class-validator';
import { PlannedChangeDto } from '../common/dry-run/dry-run.dto.js';
import { NoNul, Optional, StringList, TEXT } from '../common/http/validation.js';

const MAX_USERS = 1000;
const MAX_GROUPS = 100;
const MAX_PATTERNS = 100;
const MAX_NAME = 255;

/** A MinIO group to adopt. */
export class AskedGroup {
  /**
   * Name of the MinIO group
   * @example "kbase"
   */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MaxLength(MAX_NAME)
  @NoNul()
  group_name!: string;

  /**
   * A MinIO group whose members become readers of this group
   * @example "kbasero"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(MAX_NAME)
  @NoNul()
  readers_group?: string;
}

/** What to take over from MinIO: at least one user or group. */
export class AdoptionRequestDto {
  /**
   * Names of existing MinIO users
   * @example ["alice"]
   */
  @StringList(MAX_USERS)
  users: string[] = [];

  /** Existing MinIO groups */
  @Optional({ maxItems: MAX_GROUPS })
  @IsArray()
  @ArrayMaxSize(MAX_GROUPS)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => AskedGroup)
  groups: AskedGroup[] = [];

  /**
   * Names of the foreign policies that are turned into grants; `*` and `?` are wildcards. None: foreign policies stay as they are
   * @example ["user-home-policy-*"]
   */
  @StringList(MAX_PATTERNS)
  @MaxLength(MAX_NAME, { each: true })
  import_policies: string[] = [];
}

/** A foreign policy that stays attached. */
export class RemainingPolicyDto {
  /**
   * Name of the policy
   * @example "readwrite"
   */
  policy_name!: string;

  /**
   * `user`: attached to the user; otherwise the MinIO group that has it
   * @example "user"
   */
  via!: string;

  /** The policy document; null: MinIO cannot show it */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  document!: object | null;

  /**
   * Why it stays attached; absent for a policy of a group that is not in the request
   * @example "It also allows s3:ListAllMyBuckets."
   */
  why?: string;
}

/** A grant that a foreign policy amounts to. */
export class ImportedGrantDto {
  /** Name of the policy */
  policy_name!: string;

  /** The path */
  path!: string;

  /** What it allows */
  permission!: 'read' | 'write';

  /** Why it was not given; absent: it was */
  why?: string;
}

/** A foreign policy that was detached, because all that it gave is given by policies of this service. */
export class DetachedPolicyDto {
  /** Name of the policy */
  policy_name!: string;

  /** `user`, or the MinIO group that had it */
  via!: string;
}

/** What users and groups have in common here. */
class AdoptedDto {
  /** `unchanged`: this service already managed it; its foreign policies are gone over all the same */
  status!: 'adopted' | 'unchanged' | 'refused';

  /**
   * Why it was refused; for an adopted one, why MinIO does not hold its state yet
   * @example "not_found"
   */
  code?: string;

  /** The same as a sentence */
  message?: string;

  /** Grants that were made of foreign policies, and those that could not be made */
  imported?: ImportedGrantDto[];

  /** Foreign policies that were detached */
  detached?: DetachedPolicyDto[];

  /** Foreign policies that remain in MinIO; absent if the adoption was refused */
  foreign_policies?: RemainingPolicyDto[];
}

/** The result for one user. */
export class AdoptionResultDto extends AdoptedDto {
  /**
   * Name of the user
   * @example "alice"
   */
  user_name!: string;
}

/** The result for one group. */
export class GroupAdoptionResultDto extends AdoptedDto {
  /**
   * Name of the group
   * @example "kbase"
   */
  group_name!: string;

  /** Number of users in the MinIO group */
  member_count?: number;

  /** Number of users in the MinIO group of readers */
  reader_count?: number;
}

/** The results for all names. */
export class AdoptionDto {
  /** Users, in the order of the request */
  results!: AdoptionResultDto[];

  /** Groups, in the order of the request */
  groups!: GroupAdoptionResultDto[];
}

/** What an adoption would do; nothing was changed. */
export class AdoptionPlanDto extends AdoptionDto {
  /** Always true */
  @ApiProperty({ enum: [true] })
  dry_run!: boolean;

  /** The changes in MinIO, in the order in which they would be done */
  plan!: PlannedChangeDto[];
}

/** The adoption to take back. */
export class AdoptionParams {
  /**
   * Whether it is a user or a group
   * @example "user"
   */
  @IsIn(['user', 'group'])
  kind!: 'user' | 'group';

  /**
   * Name of the user or group
   * @example "alice"
   */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MaxLength(MAX_NAME)
  @NoNul()
  name!: string;
}
