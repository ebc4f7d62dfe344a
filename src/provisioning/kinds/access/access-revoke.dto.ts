import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsDefined,
  IsIn,
  IsString,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { Optional } from '../../../common/validation.js';

const MAX_ENTITLEMENTS = 200;

/** One thing that is to be taken away. */
export class RevokedEntitlement {
  /** `group`: a membership; `path`: all that was given on exactly this path; `access_key`: an access key; `user`: a MinIO user, which is disabled */
  @IsIn(['group', 'path', 'access_key', 'user'])
  type!: 'group' | 'path' | 'access_key' | 'user';

  /**
   * The group (also one that somebody else made in MinIO), the path, the access key, the MinIO user: any name that MinIO may have, at most 255 bytes
   * @example "KBase"
   */
  @IsString()
  @MaxLength(4096)
  id!: string;
}

/** What is to be taken from whom. */
export class AccessRevokeInput {
  /**
   * Name of the user; null for a MinIO user or access key that nobody here is known for
   * @example "alice"
   */
  @ApiProperty({ type: String, nullable: true })
  @IsDefined()
  @ValidateIf(({ userId }: AccessRevokeInput) => userId !== null)
  @IsString()
  @MaxLength(100)
  userId!: string | null;

  /**
   * Always `minio`
   * @example "minio"
   */
  @IsString()
  @MaxLength(100)
  applicationId!: string;

  /**
   * The MinIO user or access key; needed where `userId` is null
   * @example "alice"
   */
  @Optional()
  @IsString()
  @MaxLength(255)
  appSpecificUserId?: string;

  /** Exactly these are taken away; at least one */
  @ApiProperty({ minItems: 1 })
  @IsArray()
  @ArrayMaxSize(MAX_ENTITLEMENTS)
  @ValidateNested({ each: true })
  @Type(() => RevokedEntitlement)
  entitlementsToRevoke!: RevokedEntitlement[];
}
