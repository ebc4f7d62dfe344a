import { IsInt, Max, Min } from 'class-validator';
import { Optional } from '../../common/http/validation.js';

/** Request for a session. */
export class SessionRequestDto {
  /** Duration in seconds, 15 minutes to 12 hours. MinIO refuses less than 15 minutes */
  @Optional()
  @IsInt()
  @Min(900)
  @Max(43_200)
  duration_seconds: number = 3600;
}

/** Temporary credentials (MinIO STS AssumeRole). Sessions expire by themselves and are independent of each other. */
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

  /** Send it with every request as `X-Amz-Security-Token` */
  session_token!: string;

  /**
   * When the session expires
   * @example "2026-01-01T12:00:00Z"
   */
  expiration!: string;

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

  /**
   * The prefix the session reaches
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string;
}
