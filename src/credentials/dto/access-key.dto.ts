import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Matches, Max, Min } from 'class-validator';
import { ACCESS_KEY_NAME_PATTERN } from '../../policy/names.js';
import { Optional } from '../../common/validation.js';

/** A new access key. */
export class AccessKeyRequestDto {
  /**
   * What the key is for: a letter, then up to 31 letters, digits, spaces, `_` and `-` (MinIO's limit is 32 bytes)
   * @example "nightly export"
   */
  @ApiProperty({ pattern: ACCESS_KEY_NAME_PATTERN.source })
  @IsString()
  @Matches(ACCESS_KEY_NAME_PATTERN)
  name!: string;

  /** Seconds until the key ends by itself: 16 minutes to just under a year (MinIO's limits are 15 minutes and 365 days) */
  @Optional()
  @IsInt()
  @Min(960)
  @Max(31_535_000)
  expires_in_seconds: number = 2_592_000;
}

/** An access key just made: the only time its secret is shown. */
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
   * When the key ends
   * @example "2026-02-01T12:00:00Z"
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
   * When the key ends; null for one that was made outside this service without an end
   * @example "2026-02-01T12:00:00Z"
   */
  expiration!: string | null;
}

/** The live access keys of a user. */
export class AccessKeyPageDto {
  /** The keys, sorted by name; a user has at most 50 */
  items!: AccessKeyDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}
