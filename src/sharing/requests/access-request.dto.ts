import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { INSTANT } from '../../common/expiry.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { NoNul, Optional, TEXT } from '../../common/validation.js';

/** A request for access to somebody's path. */
export class NewPathRequestDto {
  /**
   * A path at least one segment below somebody's home
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /** What is wanted */
  @IsIn(['read', 'write'])
  permission!: 'read' | 'write';

  /** Why, for the owner to read; 1 to 500 characters */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @NoNul()
  reason!: string;
}

/** A request for a place in a group. */
export class NewGroupRequestDto {
  /**
   * Name of the group, in its own spelling
   * @example "KBase"
   */
  @IsString()
  @MaxLength(100)
  group!: string;

  /** What is wanted: `reader` reads what the group has, `member` writes, too, `owner` also changes the group */
  @IsIn(['member', 'reader', 'owner'])
  role!: 'member' | 'reader' | 'owner';

  /** Why, for the owners to read; 1 to 500 characters */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @NoNul()
  reason!: string;
}

/** What of a request for a path is approved. */
export class PathApprovalDto {
  /** What is given: what the request asks for, or `read` of one that asks for `write` */
  @IsIn(['read', 'write'])
  permission!: 'read' | 'write';

  /**
   * When the share ends by itself, RFC 3339, in the future
   * @example "2030-01-01T00:00:00Z"
   */
  @Optional()
  @IsString()
  @Matches(INSTANT, { message: 'expires_at must be a time by RFC 3339, with a zone' })
  expires_at?: string;
}

/** What of a request for a group is approved. */
export class GroupApprovalDto {
  /** What is given: what the request asks for, or less; an owner is more than a member, a member more than a reader */
  @IsIn(['member', 'reader', 'owner'])
  role!: 'member' | 'reader' | 'owner';
}

/** Which requests to list. */
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

/** A request for access: to a path with a permission, or to a group with a role. */
export class AccessRequestDto {
  /** Names the request */
  id!: string;

  /**
   * The path that is asked for; absent of a request for a group
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path?: string;

  /** What is wanted of the path */
  permission?: 'read' | 'write';

  /**
   * The group that is asked for; absent of a request for a path
   * @example "KBase"
   */
  group?: string;

  /** What is wanted in the group */
  role?: 'member' | 'reader' | 'owner';

  /** Why */
  reason!: string;

  /**
   * Who asks
   * @example "bob"
   */
  requester!: string;

  /**
   * Who may decide, beside administrators: the owner of the path, whether or not there is one; the owners of the group, to who may see the
   * group, and nobody to others
   */
  approvers!: string[];

  /**
   * Whether, and how, it was decided; `superseded`: its requester asked for something else instead, by a new request, or is in the group by
   * other means; `withdrawn`: by its requester
   */
  state!: 'open' | 'approved' | 'denied' | 'superseded' | 'withdrawn';

  /** What was approved; null: nothing */
  granted!: 'read' | 'write' | 'member' | 'reader' | 'owner' | null;

  /** When it was made, RFC 3339 */
  created_at!: string;

  /** When it was decided, RFC 3339; null: not yet */
  decided_at!: string | null;

  /** Who decided; null: nobody yet, or nobody who was asked */
  decided_by!: string | null;

  /**
   * In the answer to an approval, what it gives beyond what is there now, a sentence for people: see `message` of a share
   * @example "bob can also read earlier versions of these objects, and objects that were deleted before."
   */
  message?: string;
}

/** A page of requests. */
export class AccessRequestPageDto {
  /** The requests */
  items!: AccessRequestDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}
