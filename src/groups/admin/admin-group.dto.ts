import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import { sortsOf } from '../../common/paging/sorting.js';
import { AdminListQuery } from '../../users/admin/admin-user.dto.js';
import { GROUP_SORTS } from './groups-list.store.js';

const SORTS = sortsOf(GROUP_SORTS);

/** Filter and order of groups. */
export class GroupListQuery extends AdminListQuery {
  /** The order; `-` in front reverses it. `members`: by their number. Equal ones by name */
  @Optional({ enum: SORTS })
  @IsIn(SORTS)
  sort: (typeof SORTS)[number] = 'name';
}

/** A group in the administrator's list. */
export class AdminGroupDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  group_name!: string;

  /** What the group is for */
  description!: string | null;

  /**
   * The name for people to read; null: none
   * @example "KBase Knowledgebase"
   */
  display_name!: string | null;

  /**
   * Where the group presents itself; null: none
   * @example "https://www.kbase.us/"
   */
  website!: string | null;

  /**
   * The organization that it belongs to; null: not told
   * @example "Lawrence Berkeley National Laboratory"
   */
  organization!: string | null;

  /** Whether everybody sees it in the list of joinable groups, and may ask to join */
  joinable!: boolean;

  /** When the group was created in this service, RFC 3339 */
  created_at!: string;

  /** Number of users in the group, including readers and owners; 0 for `everyone`, whose members are not stored */
  member_count!: number;

  /** MinIO holds the desired state */
  enforced!: boolean;
}

/** A page of groups. */
export class AdminGroupPageDto {
  /** The groups */
  items!: AdminGroupDto[];

  /**
   * Number of groups on all pages
   * @example 2
   */
  @ApiProperty({ type: 'integer' })
  total!: number;

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
