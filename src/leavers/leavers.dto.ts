import { IsIn } from 'class-validator';
import type { DirectoryName } from '../common/caller.js';
import type { LeaverSource } from '../database/tables/login-tables.js';

/** A user who is suspended until the next login, or is to be. */
export class LeaverDto {
  /**
   * Name of the user
   * @example "carol"
   */
  user_name!: string;

  /** `suspended`, or `due`: a later round suspends the user if the reason still holds, unless it is a dry run or the brake is on */
  state!: 'suspended' | 'due';

  /**
   * `absent`: the directory does not have the person; `disabled`: the directory has disabled the person; `idle`: nobody has logged in for
   * CREDENTIALS_MAX_IDLE_DAYS
   */
  reason!: 'absent' | 'disabled' | 'idle';

  /** When the user was suspended, or when the reason began to hold, RFC 3339 */
  since!: string;

  /** The directory that knew the person at the latest login; null if no person has logged in */
  directory!: DirectoryName | null;
}

/** The latest look-up of the people of a directory, or the latest count of users who do not log in. */
export class LookUpDto {
  /**
   * The directory. `idle` is none: all whose directory cannot be asked, or is not known
   * @example "kbase"
   */
  directory!: LeaverSource;

  /** When it was last asked, or the users counted, RFC 3339; null before the first round */
  looked_up_at!: string | null;

  /** When it last answered about everybody, RFC 3339 */
  answered_at!: string | null;

  /** How many people it is about: those who last logged in by this directory, and are not disabled. `idle`: those who would be suspended some day */
  people!: number;

  /** How many of them it did not have, or had disabled. `idle`: how many have not logged in for CREDENTIALS_MAX_IDLE_DAYS */
  missing!: number;

  /** Why the latest look-up gave nothing; null if it did */
  failure!: string | null;

  /** Why nobody of these is suspended: too many would be; null if there is no reason */
  braked!: string | null;
}

/** A page of leavers, sorted by name. */
export class LeaverPageDto {
  /** The users */
  items!: LeaverDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;

  /** With LEAVERS_DRY_RUN nobody is suspended: the list is the plan */
  dry_run!: boolean;

  /** Days without a login after which users are suspended whose directory cannot be asked (CREDENTIALS_MAX_IDLE_DAYS); 0: never */
  max_idle_days!: number;

  /** The directories that are asked who has left, and `idle` */
  directories!: LookUpDto[];
}

/** Whose leavers are confirmed. */
export class ConfirmLeaversDto {
  /**
   * The directory, or `idle`: all who have not logged in for too long and whom no directory can be asked about
   * @example "kbase"
   */
  @IsIn(['kbase', 'hub', 'oidc', 'idle'])
  directory!: LeaverSource;
}

/** What was confirmed. */
export class ConfirmedLeaversDto {
  /**
   * The directory, or `idle`
   * @example "kbase"
   */
  directory!: LeaverSource;

  /** How many people it concerns: the next round suspends those whom it concerns then, too */
  users!: number;
}
