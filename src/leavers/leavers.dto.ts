import { IsIn } from 'class-validator';
import type { DirectoryName } from '../common/caller.js';

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

/** The latest look-up of the people of a directory. */
export class LookUpDto {
  /**
   * The directory
   * @example "kbase"
   */
  directory!: DirectoryName;

  /** When it was last asked, RFC 3339; null before the first round */
  looked_up_at!: string | null;

  /** When it last answered about everybody, RFC 3339 */
  answered_at!: string | null;

  /** How many people the last answer is about: those who last logged in by this directory, and are not disabled */
  people!: number;

  /** How many of them it did not have, or had disabled */
  missing!: number;

  /** Why the latest look-up gave nothing; null if it did */
  failure!: string | null;

  /** Why nobody is suspended: too many people are missing; null if they are not */
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

  /** The directories that are asked who has left */
  directories!: LookUpDto[];
}

/** Whose leavers are confirmed. */
export class ConfirmLeaversDto {
  /**
   * The directory
   * @example "kbase"
   */
  @IsIn(['kbase', 'hub', 'oidc'])
  directory!: DirectoryName;
}

/** What was confirmed. */
export class ConfirmedLeaversDto {
  /**
   * The directory
   * @example "kbase"
   */
  directory!: DirectoryName;

  /** How many people are missing there: the next round suspends those who are missing then, too */
  users!: number;
}
