import { IsBoolean } from 'class-validator';
import { MembershipDto } from '../../common/membership.dto.js';
import { Optional } from '../../common/validation.js';

/** What to do beside handing out the pair. All fields, and the body itself, are optional. */
export class PairRequestDto {
  /** Replace the secret key: the old pair stops. `false` gives the present pair and changes nothing, so that many kernels agree */
  @Optional()
  @IsBoolean()
  rotate: boolean = true;

  /** End every session of the user as well. Sessions survive a rotation otherwise */
  @Optional()
  @IsBoolean()
  revoke_sessions: boolean = false;

  /** End every access key of the user as well. Access keys survive a rotation otherwise */
  @Optional()
  @IsBoolean()
  revoke_access_keys: boolean = false;
}

/** A user's own access and secret key. The service does not keep the secret: it is derived anew at each call. */
export class PairDto {
  /**
   * Name of the user
   * @example "alice"
   */
  user_name!: string;

  /**
   * The MinIO user name: the user's name, or `_u_{name}` where that has fewer than three bytes
   * @example "alice"
   */
  access_key!: string;

  /** 40 characters of `[a-z2-7]` */
  secret_key!: string;

  /**
   * The prefix the pair reaches, and nothing beside it
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string;

  /**
   * Where S3 is
   * @example "http://127.0.0.1:9000"
   */
  endpoint!: string;

  /**
   * Region that requests are signed for
   * @example "us-east-1"
   */
  region!: string;

  /** MinIO's web console, where the pair logs in too; absent when none is configured */
  console_url?: string;

  /** The user was created by this call */
  created!: boolean;

  /** The pair is another one than before this call */
  rotated!: boolean;

  /** The groups the user is in */
  groups!: MembershipDto[];

  /** MinIO was seen within seconds to hold what this answer says. Absent where it was not looked at: the present pair is given without asking MinIO */
  enforced?: boolean;
}
