import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { DryRunDto, flag } from '../../common/dry-run/dry-run.dto.js';
import { NoNul, Optional, TEXT } from '../../common/http/validation.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { RevocationDto } from '../../credentials/dto/revocation.dto.js';
import type { RotationRow, RotationSubjectRow } from '../../database/schema.js';
import type { RotationCounts } from '../rotations.store.js';

const MAX_USERS = 1000;
const MAX_REASON = 500;
const OUTCOMES = ['waiting', 'rotated', 'already_new', 'skipped', 'failed'] as const;

/** Only some of the secrets. With both fields: those that meet both. */
export class RotationScopeDto {
  /**
   * Names of users, 1 to 1,000
   * @example ["alice"]
   */
  @Optional({ minItems: 1, maxItems: MAX_USERS })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_USERS)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  @Matches(/^[^\0]*$/, { each: true })
  users?: string[];

  /** Those whose secret still derives from `MASTER_KEY_PREVIOUS` */
  @Optional()
  @IsBoolean()
  previous_key: boolean = false;
}

/** What to rotate, and why. All fields and the body itself are optional. */
export class RotateAllDto extends RevocationDto {
  /**
   * The reason, up to 500 characters, for the audit log
   * @example "a laptop with keys was lost"
   */
  @Optional({ minLength: 1, maxLength: MAX_REASON, pattern: TEXT })
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_REASON)
  @NoNul()
  reason?: string;

  /** Also replace the secret of adopted users that still have the one from before: their old pair ends */
  @Optional()
  @IsBoolean()
  include_adopted: boolean = false;

  /**
   * Only some of the secrets; without it those of all users and data products
   * @example { "users": ["alice"] }
   */
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => RotationScopeDto)
  only?: RotationScopeDto;
}

/** Query parameters of the request: the page is that of the plan. */
export class RotateAllQuery extends PageQuery {
  /** Change nothing and return what would be done */
  @Optional()
  @Transform(({ obj }: { obj: Record<string, unknown> }) => flag(obj.dry_run))
  @IsBoolean()
  dry_run: boolean = false;
}

/** Which of a rotation's subjects to list. */
export class RotationQuery extends PageQuery {
  /** Only those with this outcome */
  @Optional({ enum: OUTCOMES })
  @IsIn(OUTCOMES)
  outcome?: (typeof OUTCOMES)[number];
}

/** How many users and data products there are of each outcome. */
export class RotationCountsDto {
  /**
   * All of them
   * @example 120
   */
  @ApiProperty({ type: 'integer' })
  total!: number;

  /**
   * Not done yet
   * @example 80
   */
  @ApiProperty({ type: 'integer' })
  waiting!: number;

  /**
   * MinIO has a new secret of this run
   * @example 37
   */
  @ApiProperty({ type: 'integer' })
  rotated!: number;

  /**
   * The secret was replaced by somebody else after the request
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  already_new!: number;

  /**
   * Nothing was done, see their `code`
   * @example 2
   */
  @ApiProperty({ type: 'integer' })
  skipped!: number;

  /**
   * MinIO refused it, see their `detail`. The old secret works, or the new one is retried in the background
   * @example 0
   */
  @ApiProperty({ type: 'integer' })
  failed!: number;
}

/** A rotation of everybody's secret. */
export class RotationDto {
  /**
   * Identifies the rotation
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id!: string;

  /**
   * The provision that carries it out: cancel it, or redrive it to repeat what failed
   * @example "0197c0de-0000-4000-8000-000000000001"
   */
  provision_id!: string;

  /** `failed`: it failed for some, and redriving the provision repeats it for those */
  state!: RotationRow['state'];

  /** The reason from the request */
  reason!: string | null;

  /** Sessions are ended, too */
  revoke_sessions!: boolean;

  /** Access keys are ended, too */
  revoke_access_keys!: boolean;

  /**
   * Who requested it
   * @example "admin"
   */
  requested_by!: string;

  /** When it was requested, RFC 3339 */
  created_at!: string;

  /** When it ended, RFC 3339 */
  ended_at!: string | null;

  /** How far it is */
  counts!: RotationCountsDto;
}

/** What became of one user or data product. */
export class RotatedSubjectDto {
  /** A user, or the principal of a data product */
  kind!: RotationSubjectRow['kind'];

  /**
   * Its name
   * @example "alice"
   */
  name!: string;

  /** See `counts` */
  outcome!: RotationSubjectRow['outcome'];

  /**
   * Why it is not done. `skipped`: `keeps_secret` (adopted, see `include_adopted`), `nothing_in_minio` (never had a secret), `removed`,
   * `cancelled`. Otherwise the code of the last failure
   * @example null
   */
  code!: string | null;

  /**
   * The last failure
   * @example null
   */
  detail!: string | null;
}

/** A rotation, and a page of those whom it concerns, by name. */
export class RotationDetailDto extends RotationDto {
  /** Users and data products */
  items!: RotatedSubjectDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}

/** Whom a rotation would concern; nothing was changed. */
export class RotationPlanDto extends DryRunDto {
  /** How many, of all pages: `waiting` would be rotated */
  counts!: RotationCountsDto;

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}

export function rotationOf(row: RotationRow, counts: RotationCounts): RotationDto {
  const { id, provision_id, state, reason, revoke_sessions, revoke_access_keys, requested_by } = row;
  return {
    ...{
      id,
      provision_id: provision_id ?? '',
      state,
      reason,
      revoke_sessions,
      revoke_access_keys,
      requested_by,
    },
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
    counts: { ...counts },
  };
}
