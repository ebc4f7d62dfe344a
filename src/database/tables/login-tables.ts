import type { ColumnType } from 'kysely';
import type { DirectoryName } from '../../common/caller.js';
import type { Stamp } from './product-tables.js';

/** Why a user is suspended: the directory does not have the person, or has disabled the person, or nobody has logged in for long. */
export type SuspensionReason = 'absent' | 'disabled' | 'idle';

/** What a subject remembers of its suspension. */
export interface SuspensionMarks {
  /** Of a disabled user: the reason why this service disabled it until the next login; null: an administrator did. */
  suspended: ColumnType<
    SuspensionReason | null,
    SuspensionReason | null | undefined,
    SuspensionReason | null
  >;
  suspended_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

/** The last login of a user. Without a row there was none since the user was made. */
export interface LoginTable {
  user_id: string;
  /** The directory that knew the person; null: not known, as of a user for whom only services have asked. */
  directory: DirectoryName | null;
  /** Written at most once a day of UTC, unless the directory changes. */
  last_at: Stamp;
  /** The latest look-up did not find the person, or found it disabled. */
  missing: ColumnType<'absent' | 'disabled' | null, never, 'absent' | 'disabled' | null>;
  /** Since the first of the look-ups in a row that said so. */
  missing_since: ColumnType<Date | null, never, Date | null>;
  /** An administrator has confirmed that the person has left: the brake does not count it. */
  passed: ColumnType<boolean, boolean | undefined, boolean>;
}

/** Whose leavers are counted together: those of a directory, or `idle`: all whom no directory can be asked about. */
export type LeaverSource = DirectoryName | 'idle';

/** The latest look-up of the people of a directory, or count of idle users. */
export interface LookUpTable {
  directory: LeaverSource;
  at: Stamp;
  /** When the directory last answered about everybody. */
  answered_at: Stamp | null;
  /** Whom it was asked about, and how many of them are missing there; of the last answer. */
  people: ColumnType<number, number | undefined, number>;
  missing: ColumnType<number, number | undefined, number>;
  /** Why the latest look-up gave nothing. */
  failure: string | null;
  /** Why nobody is suspended: too many are missing. */
  braked: string | null;
}

/** How much happened on one day of UTC, of what is kept nowhere else. */
export interface DailyCountTable {
  metric: 'logins';
  /** As a date. */
  day: Date;
  value: number;
}
