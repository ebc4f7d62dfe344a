import { ApiProperty } from '@nestjs/swagger';
import { IsArray, IsIn, IsString, MaxLength, ArrayMaxSize, ArrayMinSize } from 'class-validator';
import { DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { MembershipDto } from '../../common/membership.dto.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { PendingDto } from '../../common/pending.dto.js';
import { NoNul, Optional, TEXT } from '../../common/validation.js';
import type { DeletionState } from '../../deletions/deletion.dto.js';

/** Which users or groups to list. */
export class AdminListQuery extends PageQuery {
  /** Only those whose name contains this text */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(100)
  @NoNul()
  q?: string;
}

/** What happens to the data of a removed user. */
export class RemovalQuery extends DryRunQuery {
  /** `keep`: everything below the home stays, out of the user's reach; `delete`: it goes, with all versions, once access has ended */
  @Optional()
  @IsIn(['keep', 'delete'])
  data: 'keep' | 'delete' = 'keep';
}

/** A removal that is kept but not finished; of its data only with `data=delete`. */
export class RemovalDto extends PendingDto {
  /**
   * The deletion of the data, see `GET /admin/deletions/{id}`
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id?: string;

  /** Where the deletion of the data stands */
  state?: DeletionState;

  /** Versions, delete markers and unfinished uploads deleted so far */
  deleted?: number;

  /** Versions that could not be deleted */
  failed?: number;
}

/** A user in the administrator's list. */
export class AdminUserDto {
  /**
   * Name of the user
   * @example "alice"
   */
  user_name!: string;

  /**
   * The MinIO user name
   * @example "alice"
   */
  access_key!: string;

  /**
   * The prefix that is the user's own
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string;

  /** `removing`: the removal was asked for and is not finished */
  status!: 'active' | 'disabled' | 'removing';

  /** The groups the user is in */
  groups!: MembershipDto[];

  /** When the user was created here, RFC 3339 */
  created_at!: string;

  /** MinIO holds what this service wants it to hold */
  enforced!: boolean;
}

/** A page of users, sorted by name. */
export class AdminUserPageDto {
  /** The users */
  items!: AdminUserDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** MinIO users to take over. */
export class AdoptionRequestDto {
  /**
   * Names of existing MinIO users
   * @example ["alice"]
   */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  users!: string[];
}

/** A policy that somebody else attached, and what it gives. */
export class RemainingPolicyDto {
  /**
   * Name of the policy
   * @example "readwrite"
   */
  policy_name!: string;

  /**
   * `user`: it is attached to the user; otherwise the MinIO group it comes by
   * @example "user"
   */
  via!: string;

  /** What it says; null: MinIO cannot show it */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  document!: object | null;
}

/** What became of one name. */
export class AdoptionResultDto {
  /**
   * Name of the user
   * @example "alice"
   */
  user_name!: string;

  /** `unchanged`: it was managed here already */
  status!: 'adopted' | 'unchanged' | 'refused';

  /**
   * Why it was refused; of one that was adopted, why MinIO does not follow yet
   * @example "not_found"
   */
  code?: string;

  /** What the user has in MinIO beside what is of this service; absent for one that was refused */
  foreign_policies?: RemainingPolicyDto[];
}

/** What became of each name. */
export class AdoptionDto {
  /** In the order of the request */
  results!: AdoptionResultDto[];
}
