import { IsBoolean, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { flag } from '../../common/dry-run/dry-run.dto.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { NoNul, Optional, TEXT } from '../../common/http/validation.js';

/** The path and options of an access question. */
export class AccessQuery extends PageQuery {
  /**
   * The path. With a final slash: the folder's contents, without the object of that name
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /** `group`: include the members of groups that the caller is in; for administrators, of all groups of this service */
  @Optional()
  @IsIn(['group'])
  expand?: 'group';

  /** Include access to anything at the path or below it */
  @Optional()
  @Transform(({ obj }: { obj: Record<string, unknown> }) => flag(obj.below))
  @IsBoolean()
  below: boolean = false;
}

/** Page of a user's access. */
export class UserAccessQuery extends PageQuery {
  /** Cursor: `next_cursor` of the previous page */
  @Optional()
  @IsString()
  @MaxLength(2048)
  @Matches(/^[A-Za-z0-9_-]+$/)
  declare cursor?: string;
}

/** A user, an action and a path. */
export class AccessCheckQuery {
  /**
   * The path. With a final slash: the folder's contents, without the object of that name
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /**
   * Name of the user
   * @example "bob"
   */
  @IsString()
  @MaxLength(200)
  user!: string;

  /**
   * The action
   * @example "read"
   */
  @IsIn(['read', 'write', 'list', 'delete'])
  action!: 'read' | 'write' | 'list' | 'delete';

  /**
   * Answer as if the user were also a member of this group
   * @example "KBase"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(200)
  @NoNul()
  with_group?: string;
}

/** The grant behind a reason. */
export class BehindDto {
  /**
   * The path that was granted
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  path!: string;

  /** What it allows */
  permission!: 'read' | 'write';

  /**
   * Who granted it
   * @example "alice"
   */
  granted_by!: string;

  /**
   * The user or data product that owns the path: who ends a share of it, as administrators may in its place; null: nobody owns it
   * @example "alice"
   */
  owner!: string | null;

  /**
   * `share`: an owner shared it; `group`: an administrator granted it to the group
   * @example "share"
   */
  origin!: string;

  /**
   * When it expires, RFC 3339; null: never
   * @example "2035-01-01T00:00:00Z"
   */
  expires_at!: string | null;
}

/** The statement of a policy document that gives access. */
export class StatementDto {
  /**
   * Name of the policy document
   * @example "mgr:user:bob:1"
   */
  policy_name!: string;

  /** Index of the statement, from 0 */
  index!: number;

  /** The statement of a foreign policy, as MinIO holds it */
  @ApiProperty({ type: 'object', additionalProperties: true })
  document?: object;
}

/** One reason why a user or group reaches a path. */
export class BecauseDto {
  /**
   * Source of the access: `owner`, `user bob`, `group KBase`, `everyone`; `foreign_policy`: a policy in MinIO that this service did not
   * make
   * @example "group KBase"
   */
  via!: string;

  /**
   * What it allows; `perhaps`: it depends on what only a request has (addresses, tags, claims), or it covers a part of the folder
   * @example "read"
   */
  permission!: 'read' | 'write' | 'perhaps';

  /**
   * When it expires, RFC 3339; absent: never
   * @example "2035-01-01T00:00:00Z"
   */
  expires_at?: string;

  /** The grant behind it; absent for the user's own home and for foreign policies */
  grant?: BehindDto;

  /**
   * The policy document that gives it
   * @example "readwrite"
   */
  policy_name?: string;

  /**
   * The MinIO group that has the foreign policy; absent if it is attached to the user
   * @example "analysts"
   */
  group?: string;

  /** The statement by which MinIO allows it; of a foreign policy, for administrators only */
  statement?: StatementDto;
}

/** A member of a group. */
export class ReachingMemberDto {
  /**
   * Name of the user
   * @example "carol"
   */
  user_name!: string;

  /**
   * `member`, `owner`, or `reader`, who only reads
   * @example "reader"
   */
  role!: string;
}

/** A user or group that reaches a path. */
export class ReacherDto {
  /** A group is one entry, regardless of its size */
  kind!: 'user' | 'group';

  /**
   * Name of the user or group; `everyone`: all users. A foreign MinIO user or group has its MinIO name
   * @example "bob"
   */
  name!: string;

  /**
   * The highest permission; `perhaps`: it depends on what only a request has
   * @example "read"
   */
  permission!: 'read' | 'write' | 'perhaps';

  /**
   * Number of members of a group
   * @example 12
   */
  member_count?: number;

  /** Members of a group, with `expand=group`, if the caller may see them */
  members?: ReachingMemberDto[];

  /** All reasons; with `below`, at most a hundred grants below the path, those with write first */
  because!: BecauseDto[];

  /** With `below`, the number of further grants; absent: none */
  because_left_out?: number;
}

/** A path that a user reaches. */
export class ReachedPathDto {
  /**
   * The path; of a foreign policy it may have the wildcards of its statement, `s3a://*` is everything
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /**
   * The highest permission there; `perhaps`: it depends on what only a request has, or other policies give or deny a part of it
   * @example "read"
   */
  permission!: 'read' | 'write' | 'perhaps';

  /** All reasons */
  because!: BecauseDto[];
}

/** The paths that a user reaches, and why. */
export class UserAccessDto {
  /**
   * Name of the user
   * @example "bob"
   */
  user_name!: string;

  /**
   * A page of every path that the user can read or write, in the order of paths: the home, each grant, each place that a foreign policy
   * names
   */
  items!: ReachedPathDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}

/** The users and groups that reach a path, and why. */
export class AccessDto {
  /**
   * The path
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** A page of all users and groups that can read or write there, groups first, by name */
  principals!: ReacherDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}

/** Whether a user may do something. */
export class AccessCheckDto {
  /** Whether MinIO allows it; `perhaps`: it depends on what only a request has */
  @ApiProperty({ oneOf: [{ type: 'boolean' }, { type: 'string', enum: ['perhaps'] }] })
  allowed!: boolean | 'perhaps';

  /** The reasons; empty: nothing allows it, or something denies it */
  because!: BecauseDto[];
}
