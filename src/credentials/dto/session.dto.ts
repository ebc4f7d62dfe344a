import { IsInt, Max, Min } from 'class-validator';
import { Optional } from '../../common/validation.js';

/** How long the session should last. */
export class SessionRequestDto {
  /** Seconds, 15 minutes to 12 hours. MinIO itself refuses less */
  @Optional()
  @IsInt()
  @Min(900)
  @Max(43_200)
  duration_seconds: number = 3600;
}

/** Temporary credentials (MinIO STS AssumeRole): they end by themselves and are independent of each other. */
export class SessionDto {
  /**
   * Name of the user
   * @example "alice"
   */
  user_name!: string;

  /** Access key of the session */
  access_key!: string;

  /** Secret key of the session */
  secret_key!: string;

  /** To be sent with every request as `X-Amz-Security-Token` */
  session_token!: string;

  /**
   * When the session ends
   * @example "2026-01-01T12:00:00Z"
   */
  expiration!: string;

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

  /**
   * The prefix the session reaches
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string;
}
