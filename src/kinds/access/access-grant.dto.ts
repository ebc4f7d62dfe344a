import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, Matches, MaxLength } from 'class-validator';
import { ROLE_NAME } from '../../roles/entitlement.js';

/** The longest user name in a request; whether the user exists is checked later. */
const MAX_NAME = 100;
export const MAX_ROLES = 100;

/** A user and all of its desired roles. */
export class AccessGrantInput {
  /**
   * Name of the user
   * @example "bob"
   */
  @IsString()
  @MaxLength(MAX_NAME)
  userId!: string;

  /**
   * All roles that the user should have; if empty, everything that roles gave is revoked
   * @example ["analyst"]
   */
  @ApiProperty({ type: 'array', items: { type: 'string', pattern: ROLE_NAME.source }, maxItems: MAX_ROLES })
  @IsArray()
  @ArrayMaxSize(MAX_ROLES)
  @IsString({ each: true })
  @Matches(ROLE_NAME, { each: true })
  roles!: string[];
}
