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

/** A policy that somebody else attached in MinIO. */
export class ForeignPolicyDto {
  /**
   * Name of the policy
   * @example "readwrite"
   */
  policy_name!: string;

  /**
   * `user`: it is attached to the user; otherwise the MinIO group it comes by
   * @example "analysts"
   */
  via!: string;
}

/** A user and what it may do; never a secret. */
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
   * The prefix that is the user's own
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string;

  /** `removing`: the removal was asked for and is not finished */
  status!: 'active' | 'disabled' | 'removing';

  /** When the user was created here, RFC 3339 */
  created_at!: string;

  /** When the secret key was last replaced, RFC 3339 */
  rotated_at!: string;

  /** The groups the user is in */
  groups!: MembershipDto[];

  /** What this service lets the user do */
  policies!: PolicyDto[];

  /** Policies that the user has in MinIO by somebody else: attached to it, or to a MinIO group that it is in */
  foreign_policies!: ForeignPolicyDto[];

  /** MinIO holds what this answer says */
  enforced!: boolean;
}
