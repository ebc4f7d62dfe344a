import { IsBoolean } from 'class-validator';
import { MembershipDto } from '../../common/membership.dto.js';
import { Optional } from '../../common/http/validation.js';
import { RevocationDto } from './revocation.dto.js';

/** What to do besides returning the pair. All fields and the body itself are optional. */
export class PairRequestDto extends RevocationDto {
  /**
   * Replace the secret key, which ends the old pair and whatever uses it now. `false` returns the current pair and changes nothing, so that
   * many kernels agree
   * @example false
   */
  @Optional()
  @IsBoolean()
  rotate: boolean = true;
}

/** A user's own access and secret key. The service does not store the secret but derives it at each call. */
export class PairDto {
  /**
   * Name of the user
   * @example "alice"
   */
  user_name!: string;

  /**
   * The MinIO user name: the user's name, or `_u_{name}` for names of fewer than three bytes
   * @example "alice"
   */
  access_key!: string;

  /** 40 characters of `[a-z2-7]` */
  secret_key!: string;

  /**
   * The prefix that the pair reaches; it reaches nothing else
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string;

  /**
   * The S3 endpoint
   * @example "http://127.0.0.1:9000"
   */
  endpoint!: string;

  /**
   * Region for request signing
   * @example "us-east-1"
   */
  region!: string;

  /** MinIO's web console, where the pair also works; absent if none is configured */
  console_url?: string;

  /**
   * This call created the user
   * @example false
   */
  created!: boolean;

  /**
   * The pair differs from the one before this call
   * @example false
   */
  rotated!: boolean;

  /** The groups the user is in */
  groups!: MembershipDto[];

  /**
   * Within the last seconds MinIO was seen to hold what this answer says. Absent if not checked: the current pair is returned without
   * asking MinIO
   */
  enforced?: boolean;
}
