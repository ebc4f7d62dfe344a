import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { MembershipDto } from '../../common/membership.dto.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { sortsOf } from '../../common/paging/sorting.js';
import { PendingDto } from '../../common/pending.dto.js';
import { NoNul, Optional, TEXT } from '../../common/http/validation.js';
import { SuspensionDto } from '../user.dto.js';
import { USER_SORTS } from './users-list.store.js';
import type { DeletionState } from '../../deletions/deletion.dto.js';

/** Filter of users or groups. */
export class AdminListQuery extends PageQuery {
  /**
   * Only names that contain this text
   * @example "ali"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(100)
  @NoNul()
  q?: string;
}

const SORTS = sortsOf(USER_SORTS);

/** Filter and order of users. */
export class UserListQuery extends AdminListQuery {
  /** The order; `-` in front reverses it. `last_seen`: by the last login, users without one before all others. Equal ones by name */
  @Optional({ enum: SORTS })
  @IsIn(SORTS)
  sort: (typeof SORTS)[number] = 'name';

  /** Only users with this status; `suspended`: disabled until their next login */
  @Optional()
  @IsIn(['active', 'disabled', 'suspended', 'removing'])
  status?: 'active' | 'disabled' | 'suspended' | 'removing';
}

/** What to do with the data of the removed user. */
export class RemovalQuery extends DryRunQuery {
  /**
   * `keep`: everything below the home stays, out of the user's reach; `delete`: all of it, with all versions, is deleted once access has
   * ended
   */
  @Optional()
  @IsIn(['keep', 'delete'])
  data: 'keep' | 'delete' = 'keep';
}

/** A removal that is stored but not finished. The fields about data are present only with `data=delete`. */
export class RemovalDto extends PendingDto {
  /**
   * The deletion of the data, see `GET /admin/deletions/{id}`
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id?: string;

  /** State of the deletion of the data */
  state?: DeletionState;

  /** Number of versions, delete markers and unfinished uploads deleted so far */
  deleted?: number;

  /** Number of versions that could not be deleted */
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
   * The user's own prefix
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string;

  /** `removing`: the removal was requested and is not finished */
  status!: 'active' | 'disabled' | 'removing';

  /** Why a disabled user is enabled by its next login; null if an administrator disabled it, or if it is not disabled */
  suspended!: SuspensionDto | null;

  /** The groups the user is in */
  groups!: MembershipDto[];

  /** When the user was created in this service, RFC 3339 */
  created_at!: string;

  /**
   * When the person last logged in, RFC 3339; null: never since the user was created. Recorded at most once a day, and about 10 seconds later
   * @example "2026-03-01T09:12:00Z"
   */
  last_seen_at!: string | null;

  /** MinIO holds the desired state, which is nothing for a person who has needed nothing there yet */
  enforced!: boolean;

  /** The user was adopted and has not logged in since: it keeps the secret key from before */
  keeps_secret!: boolean;
}

/** A page of users. */
export class AdminUserPageDto {
  /** The users */
  items!: AdminUserDto[];

  /**
   * Number of users on all pages
   * @example 2
   */
  @ApiProperty({ type: 'integer' })
  total!: number;

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
