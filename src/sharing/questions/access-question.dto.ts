import { IsBoolean, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { flag } from '../../common/dry-run/dry-run.dto.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { NoNul, Optional, TEXT } from '../../common/validation.js';

/** Whose access is asked for. */
export class AccessQuery extends PageQuery {
  /**
   * The path: with a final slash whatever is in the folder, without the object of that name
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /** `group`: with the members of the groups that the caller is in; for administrators of all groups of this service */
  @Optional()
  @IsIn(['group'])
  expand?: 'group';

  /** Who reaches anything at the path or below it */
  @Optional()
  @Transform(({ obj }: { obj: Record<string, unknown> }) => flag(obj.below))
  @IsBoolean()
  below: boolean = false;
}

/** Which page of a user's access. */
export class UserAccessQuery extends PageQuery {
  /** Where to go on: `next_cursor` of the page before */
  @Optional()
  @IsString()
  @MaxLength(2048)
  @Matches(/^[A-Za-z0-9_-]+$/)
  declare cursor?: string;
}

/** What somebody wants to do where. */
export class AccessCheckQuery {
  /**
   * The path: with a final slash whatever is in the folder, without the object of that name
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

  /** What they want to do */
  @IsIn(['read', 'write', 'list', 'delete'])
  action!: 'read' | 'write' | 'list' | 'delete';

  /** As if they were a member of this group, too */
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

  /** What it lets them do */
  permission!: 'read' | 'write';

  /**
   * Who gave it
   * @example "alice"
   */
  granted_by!: string;

  /** `share`: an owner shared it; `group`: an administrator gave it to the group */
  origin!: string;

  /** When it ends by itself, RFC 3339; null: not by itself */
  expires_at!: string | null;
}

/** Where a policy document says it. */
export class StatementDto {
  /**
   * Name of the policy document
   * @example "mgr:user:bob:1"
   */
  policy_name!: string;

  /** Which of its statements, from 0 */
  index!: number;

  /** The statement of a policy that is not ours, as MinIO holds it */
  @ApiProperty({ type: 'object', additionalProperties: true })
  document?: object;
}

/** One reason why somebody reaches a path. */
export class BecauseDto {
  /**
   * As whom: `owner`, `user bob`, `group KBase`, `everyone`; `foreign_policy`: by a policy in MinIO that this service did not make
   * @example "group KBase"
   */
  via!: string;

  /** What it lets them do; `perhaps`: that hangs on what only a request has (addresses, tags, claims), or it covers a part of the folder */
  permission!: 'read' | 'write' | 'perhaps';

  /** When it ends by itself, RFC 3339; absent: not by itself */
  expires_at?: string;

  /** The grant behind it; absent for the own home and for what is not ours */
  grant?: BehindDto;

  /**
   * The policy document that says it
   * @example "readwrite"
   */
  policy_name?: string;

  /**
   * The MinIO group that a policy which is not ours comes by; absent: it is attached to the user
   * @example "analysts"
   */
  group?: string;

  /** The statement that MinIO lets them by; of a policy that is not ours for administrators only */
  statement?: StatementDto;
}

/** A member of a group. */
export class ReachingMemberDto {
  /**
   * Name of the user
   * @example "carol"
   */
  user_name!: string;

  /** `member`, `owner`, or `reader`, who reads only */
  role!: string;
}

/** Somebody who reaches a path. */
export class ReacherDto {
  /** A group is one entry, however many are in it */
  kind!: 'user' | 'group';

  /**
   * Name of the user or group; `everyone`: all users. A MinIO user or group that is not ours has the name it has there
   * @example "bob"
   */
  name!: string;

  /** The most they may do; `perhaps`: that hangs on what only a request has */
  permission!: 'read' | 'write' | 'perhaps';

  /** Of a group: how many are in it */
  member_count?: number;

  /** Of a group, with `expand=group`, where the caller may see them */
  members?: ReachingMemberDto[];

  /** Every reason; with `below` of at most a hundred grants below the path, those that write first */
  because!: BecauseDto[];

  /** With `below`, how many more grants they have there; absent: none */
  because_left_out?: number;
}

/** A path that a user reaches. */
export class ReachedPathDto {
  /**
   * The path; of a policy that is not ours it may have the wildcards of its statement, `s3a://*` is everything
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** The most they may do there; `perhaps`: that hangs on what only a request has, or others give or deny a part of it */
  permission!: 'read' | 'write' | 'perhaps';

  /** Every reason */
  because!: BecauseDto[];
}

/** What a user reaches, and why. */
export class UserAccessDto {
  /**
   * Name of the user
   * @example "bob"
   */
  user_name!: string;

  /** A page of every path that they read or write, in the order of paths: the home, each grant, each place that a policy of others names */
  items!: ReachedPathDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** Who reaches a path, and why. */
export class AccessDto {
  /**
   * The path
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** A page of everybody who reads or writes there, groups first, by name */
  principals!: ReacherDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** Whether somebody may do something. */
export class AccessCheckDto {
  /** MinIO lets them; `perhaps`: that hangs on what only the request has */
  @ApiProperty({ oneOf: [{ type: 'boolean' }, { type: 'string', enum: ['perhaps'] }] })
  allowed!: boolean | 'perhaps';

  /** Why; empty: nothing allows it, or something denies it */
  because!: BecauseDto[];
}
