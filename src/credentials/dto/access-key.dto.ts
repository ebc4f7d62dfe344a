import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Matches, Max, Min } from 'class-validator';
import { ACCESS_KEY_NAME_PATTERN } from '../../policy/names.js';
import { Optional } from '../../common/http/validation.js';

/** Request for a new access key. */
export class AccessKeyRequestDto {
  /**
   * What the key is for: a letter, then up to 31 letters, digits, spaces, `_` and `-` (MinIO's limit is 32 bytes)
   * @example "nightly export"
   */
  @ApiProperty({ pattern: ACCESS_KEY_NAME_PATTERN.source })
  @IsString()
  @Matches(ACCESS_KEY_NAME_PATTERN)
  name!: string;

  /** Seconds until the key expires: 16 minutes to just under a year (MinIO's limits are 15 minutes and 365 days) */
  @Optional()
  @IsInt()
  @Min(960)
  @Max(31_535_000)
  expires_in_seconds: number = 2_592_000;
}

/** A new access key. Its secret is shown only here. */
export class IssuedAccessKeyDto {
  /**
   * What the key is for
   * @example "nightly export"
   */
  name!: string;

  /** 20 characters of `[A-Z0-9]` */
  access_key!: string;

  /** 40 characters of `[A-Za-z0-9]` */
  secret_key!: string;

  /**
   * When the key expires
   * @example "2026-02-01T12:00:00Z"
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
}

/** A live access key, without its secret. */
export class AccessKeyDto {
  /**
   * What the key is for
   * @example "nightly export"
   */
  name!: string;

  /** 20 characters of `[A-Z0-9]` */
  access_key!: string;

  /**
   * When the key expires; null for a key created outside this service without an expiration
   * @example "2026-02-01T12:00:00Z"
   */
  expiration!: string | null;
}

/** The live access keys of a user. */
export class AccessKeyPageDto {
  /** The keys, sorted by name; a user has at most 50 */
  items!: AccessKeyDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
