import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { INSTANT } from '../../common/expiry.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { NoNul, Optional, TEXT } from '../../common/http/validation.js';

/** A request for access to another user's path. */
export class NewPathRequestDto {
  /**
   * A path at least one segment below another user's home
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /** The requested permission */
  @IsIn(['read', 'write'])
  permission!: 'read' | 'write';

  /**
   * The reason, for the owner to read; 1 to 500 characters
   * @example "To compare our results with yours"
   */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @NoNul()
  reason!: string;
}

/** A request to join a group. */
export class NewGroupRequestDto {
  /**
   * Name of the group, in its exact spelling
   * @example "KBase"
   */
  @IsString()
  @MaxLength(100)
  group!: string;

  /** The requested role: `reader` reads what the group reaches, `member` also writes, `owner` also changes the group */
  @IsIn(['member', 'reader', 'owner'])
  role!: 'member' | 'reader' | 'owner';

  /**
   * The reason, for the owners to read; 1 to 500 characters
   * @example "I join the team next month"
   */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @NoNul()
  reason!: string;
}

/** Approval of a request for a path. */
export class PathApprovalDto {
  /** The permission to give: the requested one, or `read` if `write` was requested */
  @IsIn(['read', 'write'])
  permission!: 'read' | 'write';

  /**
   * When the share expires, RFC 3339, in the future
   * @example "2035-01-01T00:00:00Z"
   */
  @Optional()
  @IsString()
  @Matches(INSTANT, { message: 'expires_at must be an RFC 3339 time with a time zone' })
  expires_at?: string;
}

/** Approval of a request for a group. */
export class GroupApprovalDto {
  /** The role to give: the requested one or a lower one. An owner is higher than a member, a member higher than a reader */
  @IsIn(['member', 'reader', 'owner'])
  role!: 'member' | 'reader' | 'owner';
}

/** Filter of the requests. */
export class AccessRequestsQuery extends PageQuery {
  /** `owner`: for the caller's own paths and groups (administrators: for all); `requester`: the caller's own requests */
  @Optional()
  @IsIn(['owner', 'requester'])
  role: 'owner' | 'requester' = 'owner';

  /** Only requests in this state */
  @Optional()
  @IsIn(['open', 'approved', 'denied', 'superseded', 'withdrawn'])
  state?: 'open' | 'approved' | 'denied' | 'superseded' | 'withdrawn';
}

/** An access request: for a permission on a path, or for a role in a group. */
export class AccessRequestDto {
  /**
   * Id of the request
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id!: string;

  /**
   * The requested path; absent for a request for a group
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path?: string;

  /** The requested permission on the path */
  permission?: 'read' | 'write';

  /**
   * The requested group; absent for a request for a path
   * @example "KBase"
   */
  group?: string;

  /** The requested role in the group */
  role?: 'member' | 'reader' | 'owner';

  /**
   * The reason
   * @example "To compare our results with yours"
   */
  reason!: string;

  /**
   * Who made the request
   * @example "bob"
   */
  requester!: string;

  /**
   * Who may decide besides administrators. For a path: its owner, whether or not that user exists. For a group: its owners, shown only to
   * members and, if the group is joinable, to everybody
   * @example ["alice"]
   */
  approvers!: string[];

  /**
   * The decision. `superseded`: the requester asked for something else in a new request, or joined the group by other means; `withdrawn`:
   * by the requester
   */
  state!: 'open' | 'approved' | 'denied' | 'superseded' | 'withdrawn';

  /**
   * What was approved; null: nothing
   * @example "read"
   */
  granted!: 'read' | 'write' | 'member' | 'reader' | 'owner' | null;

  /** When it was made, RFC 3339 */
  created_at!: string;

  /** When it was decided, RFC 3339; null: not yet */
  decided_at!: string | null;

  /**
   * Who decided; null: not decided yet, or not decided by a person who was asked
   * @example "alice"
   */
  decided_by!: string | null;

  /**
   * In the response to an approval: what it gives beyond the current content, a sentence for people. See `message` of a share
   * @example "bob can also read earlier versions of these objects, and objects that were deleted before."
   */
  message?: string;
}

/** A page of requests. */
export class AccessRequestPageDto {
  /** The requests */
  items!: AccessRequestDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
