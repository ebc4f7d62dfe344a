import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsString, MaxLength, ValidateNested } from 'class-validator';
import { PlannedChangeDto } from '../common/dry-run/dry-run.dto.js';
import { NoNul, Optional, TEXT } from '../common/validation.js';

/** Subjects that one request may name, and that one mends. */
export const MAX_SUBJECTS = 500;

/** Something in MinIO that this service did not make. */
export class ForeignThingDto {
  /**
   * `user`, `group`: there is no such one here. `mapping`: one with a policy of ours that has no row here. Of a subject: `policy`, one that
   * is attached; `membership`, of a user in a group that is not ours, or of a stranger in `everyone`; `status`, disabled in MinIO by hand
   */
  kind!: 'user' | 'group' | 'mapping' | 'policy' | 'membership' | 'status';

  /**
   * MinIO's name of it
   * @example "readwrite"
   */
  name!: string;

  /**
   * What it is to us, for people to read
   * @example "attached to user alice"
   */
  detail!: string;

  /** `POST /admin/reconcile` with `remove_foreign` takes it from the subject */
  removable!: boolean;
}

/** Why a subject could not be compared. */
export class UnreadableDto {
  /**
   * As the code of a problem
   * @example "storage_error"
   */
  code!: string;

  /** For people to read */
  detail!: string;
}

/** A subject of which MinIO holds something else than it should. */
export class SubjectDriftDto {
  /** What the name is a name of */
  kind!: 'user' | 'group' | 'data_product';

  /**
   * The name
   * @example "alice"
   */
  name!: string;

  /** False: a change of it is on its way to MinIO, so that it differs is no drift yet */
  enforced!: boolean;

  /** What mending would do, in order */
  changes!: PlannedChangeDto[];

  /** What is there and not ours */
  foreign!: ForeignThingDto[];

  /** Why it could not be compared; null: it was */
  @ApiProperty({ type: UnreadableDto, nullable: true })
  unreadable!: UnreadableDto | null;
}

/** How MinIO differs from what it should hold. */
export class DriftDto {
  /** When the comparison began, RFC 3339 */
  checked_at!: string;

  /** How many subjects were compared */
  checked!: number;

  /** Subjects that differ, at most 500, fewer when they have more than 1,000 changes together */
  subjects!: SubjectDriftDto[];

  /** How many more differ */
  more_subjects!: number;

  /** How many were being changed all the time and could not be compared */
  changing!: number;

  /** Users and groups in MinIO that are not ours, at most 500 */
  foreign!: ForeignThingDto[];

  /** How many more of them there are */
  more_foreign!: number;
}

/** A subject by name. */
export class SubjectNameDto {
  /** What the name is a name of */
  @IsIn(['user', 'group', 'data_product'])
  kind!: 'user' | 'group' | 'data_product';

  /**
   * The name; `everyone` is the group of everybody
   * @example "alice"
   */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MaxLength(100)
  @NoNul()
  name!: string;
}

/** What is to be mended. */
export class ReconcileRequestDto {
  /** These subjects; left out: all that differ, up to 500 */
  @Optional({ maxItems: MAX_SUBJECTS })
  @IsArray()
  @ArrayMaxSize(MAX_SUBJECTS)
  @ValidateNested({ each: true })
  @Type(() => SubjectNameDto)
  subjects?: SubjectNameDto[];

  /** Foreign policies are detached from these subjects, and they leave foreign groups. No foreign user, group or policy is deleted */
  @Optional()
  @IsBoolean()
  remove_foreign: boolean = false;
}

/** What became of one subject. */
export class ReconciledDto {
  /** What the name is a name of */
  kind!: 'user' | 'group' | 'data_product';

  /**
   * The name
   * @example "alice"
   */
  name!: string;

  /** What was done about it */
  status!: 'mended' | 'unchanged' | 'failed';

  /** What was done; of one that failed, what was to be done: a part of it may have been */
  changes!: PlannedChangeDto[];

  /**
   * Why it failed, as the code of a problem
   * @example "storage_unavailable"
   */
  code?: string;
}

/** What became of the subjects. */
export class ReconciliationDto {
  /** In the order of the request */
  results!: ReconciledDto[];

  /** How many more differ: ask again */
  more_subjects!: number;
}
