import { type MembershipDto } from '../common/membership.dto.js';

/** A policy document and its name in MinIO. */
export class PolicyDto {
  /**
   * Name of the policy
   * @example "mgr:user:alice:0"
   */
  policy_name!: string;

  /** The document in the language of AWS IAM, as MinIO enforces it */
  document!: Record<string, unknown>;
}

/** A policy that this service did not make. */
export class ForeignPolicyDto {
  /**
   * Name of the policy
   * @example "readwrite"
   */
  policy_name!: string;

  /**
   * `user`: attached to the user; otherwise the MinIO group that has it
   * @example "analysts"
   */
  via!: string;
}

/** A suspension until the next login. */
export class SuspensionDto {
  /**
   * `absent`: the directory does not have the person; `disabled`: the directory has disabled the person; `idle`: nobody has logged in for
   * CREDENTIALS_MAX_IDLE_DAYS
   */
  reason!: 'absent' | 'disabled' | 'idle';

  /** When the user was suspended, RFC 3339 */
  since!: string;
}

/** A user and its access; never a secret. */
export class UserDto {
  /**
   * Name of the user
   * @example "alice"
   */
  user_name!: string;

  /**
   * The MinIO user name
   * @example "alice"
   */
  access_key!: string;

  /**
   * The user's own prefix
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string;

  /**
   * All prefixes that the user owns, the one of `home_path` first; several if HOME_PREFIXES is set
   * @example ["s3a://cdm-lake/users-warehouse/alice/"]
   */
  home_paths!: string[];

  /** `removing`: the removal was requested and is not finished */
  status!: 'active' | 'disabled' | 'removing';

  /** Why a disabled user is enabled by its next login; null if an administrator disabled it, or if it is not disabled */
  suspended!: SuspensionDto | null;

  /**
   * When the user is suspended unless somebody logs in before, RFC 3339; told from two weeks before, otherwise null. See
   * CREDENTIALS_MAX_IDLE_DAYS
   */
  credentials_end_at!: string | null;

  /** When the user was created in this service, RFC 3339 */
  created_at!: string;

  /** When the secret key was last replaced, RFC 3339 */
  rotated_at!: string;

  /** The user was adopted and has not logged in since: it keeps the secret key from before, and the first login replaces that */
  keeps_secret!: boolean;

  /** The groups the user is in */
  groups!: MembershipDto[];

  /** The policies that this service gives the user */
  policies!: PolicyDto[];

  /** Foreign policies of the user in MinIO: attached to the user, or to a MinIO group that the user is in */
  foreign_policies!: ForeignPolicyDto[];

  /** MinIO holds what this answer says; also true for a person who has needed nothing in MinIO yet, which has no such user then */
  enforced!: boolean;
}
