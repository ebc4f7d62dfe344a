import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import { flag } from '../../common/dry-run/dry-run.dto.js';
import { Optional } from '../../common/http/validation.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';

/** Which groups. */
export class CatalogueQuery extends PageQuery {
  /** `true`: all groups that anybody may ask to join, in place of the caller's own */
  @Optional()
  @Transform(({ obj }: { obj: Record<string, unknown> }) => flag(obj.joinable))
  @IsBoolean()
  joinable: boolean = false;
}

/** The caller's open request to join a group. */
export class OpenJoinRequestDto {
  /**
   * Id of the request
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id!: string;

  /** The requested role */
  role!: 'member' | 'reader' | 'owner';

  /** When it was made, RFC 3339 */
  created_at!: string;
}

/** A group in the lists for people. */
export class ListedGroupDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  group_name!: string;

  /**
   * The name for people to read; null: none
   * @example "KBase Knowledgebase"
   */
  display_name!: string | null;

  /**
   * What the group is for
   * @example "People who work on the KBase data"
   */
  description!: string | null;

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

  /** Whether everybody sees the group in the list of joinable groups, and may ask to join */
  joinable!: boolean;

  /**
   * The owners who are not disabled, sorted by name: they decide who joins
   * @example ["alice"]
   */
  owners!: string[];

  /** Number of users in the group, including readers and owners */
  member_count!: number;

  /** The caller's own role; null: the caller is not in the group */
  role!: 'member' | 'reader' | 'owner' | null;

  /** The caller's open request for a role in the group; null: none */
  request!: OpenJoinRequestDto | null;
}

/** A page of groups, sorted by name. */
export class ListedGroupPageDto {
  /** The groups */
  items!: ListedGroupDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
