import { IsIn, IsString, MaxLength } from 'class-validator';
import { NoNul, Optional, TEXT } from '../common/validation.js';

/** Whose access is asked for. */
export class AccessQuery {
  /**
   * The path: with a final slash whatever is in the folder, without the object of that name
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;
}

/** What somebody wants to do where. */
export class AccessCheckQuery extends AccessQuery {
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
}

/** One reason why somebody reaches a path. */
export class BecauseDto {
  /**
   * As whom: `owner`, `user bob`, `group KBase`, `everyone`
   * @example "group KBase"
   */
  via!: string;

  /** The grant behind it; null for the own home */
  grant!: BehindDto | null;

  /** The statement that MinIO lets them by */
  statement!: StatementDto;
}

/** Somebody who reaches a path. */
export class ReacherDto {
  /**
   * Name of the user; `everyone`: all users
   * @example "bob"
   */
  user_name!: string;

  /** The most they may do */
  permission!: 'read' | 'write';

  /** Every reason */
  because!: BecauseDto[];
}

/** Who reaches a path, and why. */
export class AccessDto {
  /**
   * The path
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** Everybody who reads or writes there, by name */
  principals!: ReacherDto[];
}

/** Whether somebody may do something. */
export class AccessCheckDto {
  /** MinIO lets them */
  allowed!: boolean;

  /** Why; empty: nothing allows it */
  because!: BecauseDto[];
}
