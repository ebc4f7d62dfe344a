import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsString, MaxLength, ValidateNested } from 'class-validator';
import { PlannedChangeDto } from '../common/dry-run/dry-run.dto.js';
import { NoNul, Optional, TEXT } from '../common/http/validation.js';

/** Maximum number of subjects that one request can name or repair. */
export const MAX_SUBJECTS = 500;

/** Something in MinIO that this service did not make. */
export class ForeignThingDto {
  /**
   * `user`, `group`: unknown to this service. `mapping`: one with a policy of this service and no row here. Of a subject: `policy`, attached
   * by others; `membership`, of a user in a foreign group, or of a foreign user in `everyone`; `status`, disabled in MinIO by hand
   * @example "policy"
   */
  kind!: 'user' | 'group' | 'mapping' | 'policy' | 'membership' | 'status';

  /**
   * Its name in MinIO
   * @example "readwrite"
   */
  name!: string;

  /**
   * How it relates to this service, for people to read
   * @example "attached to user alice"
   */
  detail!: string;

  /** `POST /admin/reconcile` with `remove_foreign` removes it from the subject */
  removable!: boolean;
}

/** Why a subject could not be compared. */
export class UnreadableDto {
  /**
   * Problem code
   * @example "storage_error"
   */
  code!: string;

  /** For people to read */
  detail!: string;
}

/** A subject whose state in MinIO is not as it should be. */
export class SubjectDriftDto {
  /**
   * Kind of the subject
   * @example "user"
   */
  kind!: 'user' | 'group' | 'data_product';

  /**
   * Name of the subject
   * @example "alice"
   */
  name!: string;

  /** False: a change of the subject is on its way to MinIO, so a difference is not drift yet */
  enforced!: boolean;

  /** The changes that would repair it, in order */
  changes!: PlannedChangeDto[];

  /** Foreign things of the subject */
  foreign!: ForeignThingDto[];

  /** Why it could not be compared; null if it was compared */
  @ApiProperty({ type: UnreadableDto, nullable: true })
  unreadable!: UnreadableDto | null;
}

/** How MinIO differs from the desired state. */
export class DriftDto {
  /** When the comparison started, RFC 3339 */
  checked_at!: string;

  /** Number of compared subjects */
  checked!: number;

  /** Subjects that differ: at most 500, and fewer if together they have more than 1,000 changes */
  subjects!: SubjectDriftDto[];

  /** Number of further subjects that differ */
  more_subjects!: number;

  /** Number of subjects that were changing all the time and could not be compared */
  changing!: number;

  /** Foreign users and groups in MinIO, at most 500 */
  foreign!: ForeignThingDto[];

  /** Number of further foreign users and groups */
  more_foreign!: number;
}

/** A subject by name. */
export class SubjectNameDto {
  /**
   * Kind of the subject
   * @example "user"
   */
  @IsIn(['user', 'group', 'data_product'])
  kind!: 'user' | 'group' | 'data_product';

  /**
   * Name of the subject; `everyone` is the group of all users
   * @example "alice"
   */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MaxLength(100)
  @NoNul()
  name!: string;
}

/** What to repair. */
export class ReconcileRequestDto {
  /** The subjects; if omitted, all that differ, up to 500 */
  @Optional({ maxItems: MAX_SUBJECTS })
  @IsArray()
  @ArrayMaxSize(MAX_SUBJECTS)
  @ValidateNested({ each: true })
  @Type(() => SubjectNameDto)
  subjects?: SubjectNameDto[];

  /** Detach foreign policies from these subjects and remove them from foreign groups. No foreign user, group or policy is deleted */
  @Optional()
  @IsBoolean()
  remove_foreign: boolean = false;
}

/** The result for one subject. */
export class ReconciledDto {
  /**
   * Kind of the subject
   * @example "user"
   */
  kind!: 'user' | 'group' | 'data_product';

  /**
   * Name of the subject
   * @example "alice"
   */
  name!: string;

  /**
   * What was done about it
   * @example "mended"
   */
  status!: 'mended' | 'unchanged' | 'failed';

  /** The changes made; if it failed, the planned changes, of which a part may have been made */
  changes!: PlannedChangeDto[];

  /**
   * Problem code of the failure
   * @example "storage_unavailable"
   */
  code?: string;
}

/** The results for the subjects. */
export class ReconciliationDto {
  /** In the order of the request */
  results!: ReconciledDto[];

  /** Number of further subjects that differ: repeat the request */
  more_subjects!: number;
}
