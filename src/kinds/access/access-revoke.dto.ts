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
import { Optional } from '../../common/http/validation.js';

const MAX_ENTITLEMENTS = 200;

/** One entitlement to revoke. */
export class RevokedEntitlement {
  /**
   * `group`: a membership; `path`: all grants on exactly this path; `access_key`: an access key; `user`: a MinIO user, to be disabled
   * @example "group"
   */
  @IsIn(['group', 'path', 'access_key', 'user'])
  type!: 'group' | 'path' | 'access_key' | 'user';

  /**
   * The group (including foreign MinIO groups), the path, the access key, or the MinIO user: any name that MinIO allows, at most 255 bytes
   * @example "KBase"
   */
  @IsString()
  @MaxLength(4096)
  id!: string;
}

/** The user and the entitlements to revoke. */
export class AccessRevokeInput {
  /**
   * Name of the user; null for a MinIO user or access key without a user in this service
   * @example "bob"
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
   * The MinIO user or access key; required if `userId` is null
   * @example "bob"
   */
  @Optional()
  @IsString()
  @MaxLength(255)
  appSpecificUserId?: string;

  /** Exactly these are revoked; at least one */
  @ApiProperty({ minItems: 1 })
  @IsArray()
  @ArrayMaxSize(MAX_ENTITLEMENTS)
  @ValidateNested({ each: true })
  @Type(() => RevokedEntitlement)
  entitlementsToRevoke!: RevokedEntitlement[];
}
