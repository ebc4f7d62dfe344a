import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsNotEmptyObject, IsObject, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { Optional } from '../../common/validation.js';

const STATUSES = ['pending', 'processing', 'pending_action', 'completed', 'failed', 'cancelled'] as const;
/** PostgreSQL keeps no NUL. */
const TEXT = /^[^\0]*$/;
const ORIGINS = ['api', 'webhook', 'role', 'schedule', 'reconcile'] as const;

/** What became of one part of a provision. */
export class OperationDto {
  /** What it is about, as the request named it */
  @ApiProperty({ type: 'object', additionalProperties: true })
  entitlement!: Record<string, unknown>;

  /** What was to be done */
  action!: 'grant' | 'revoke' | 'create' | 'change' | 'remove';

  /** `unchanged`: it was so already; `skipped`: there was nothing to do it to */
  status!: 'done' | 'unchanged' | 'skipped';

  /** Why it was not done */
  message?: string;
}

/** A request that was accepted. */
export class TaskDto {
  /**
   * Identifies the task
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  taskId!: string;

  /** Where it stands */
  @ApiProperty({ enum: STATUSES })
  status!: (typeof STATUSES)[number];
}

/** A task, with what became of each entitlement. */
export class TaskStateDto extends TaskDto {
  /** What became of each entitlement; empty until it is done */
  operations!: OperationDto[];

  /** How often it was tried */
  @ApiProperty({ type: 'integer' })
  attempts!: number;

  /** Why the last attempt failed */
  error!: string | null;

  /** The name of the failure */
  errorCode!: string | null;

  /** When it was accepted, RFC 3339 */
  createdAt!: string;

  /** When it was done, RFC 3339 */
  completedAt!: string | null;
}

/** Something to make true. */
export class ProvisionRequestDto {
  /**
   * What kind of thing
   * @example "membership"
   */
  @IsString()
  @MaxLength(64)
  kind!: string;

  /**
   * What the kind needs to know; see docs/provisioning.md
   * @example { "group_name": "KBase", "user_name": "alice", "role": "member" }
   */
  @IsObject()
  @IsNotEmptyObject()
  @ApiProperty({ type: 'object', additionalProperties: true })
  input!: Record<string, unknown>;

  /** Kept with the provision and its events, and never looked at */
  @Optional()
  @IsObject()
  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata?: Record<string, unknown>;
}

/** A provision. */
export class ProvisionDto {
  /** Identifies the provision */
  id!: string;

  /** What kind of thing is made true */
  kind!: string;

  /** What it is about: provisions of one subject run one at a time, in order */
  subject!: string;

  /** Who or what asked */
  @ApiProperty({ enum: ORIGINS })
  origin!: (typeof ORIGINS)[number];

  /** Where it stands */
  @ApiProperty({ enum: STATUSES })
  status!: (typeof STATUSES)[number];

  /** What was asked for */
  @ApiProperty({ type: 'object', additionalProperties: true })
  input!: Record<string, unknown>;

  /** What it gave; null until it is done */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  result!: Record<string, unknown> | null;

  /** Why the last attempt failed */
  error!: string | null;

  /** The name of the failure */
  error_code!: string | null;

  /** How often it was tried */
  @ApiProperty({ type: 'integer' })
  attempts!: number;

  /** After so many attempts it is a dead letter */
  @ApiProperty({ type: 'integer' })
  max_attempts!: number;

  /** When it is tried next at the earliest, RFC 3339 */
  due_at!: string;

  /** When it was given up, RFC 3339 */
  dead_lettered_at!: string | null;

  /** When an administrator took it from the dead letters, RFC 3339 */
  discarded_at!: string | null;

  /** Why */
  discard_reason!: string | null;

  /** The dead letter that it repeats */
  redriven_from!: string | null;

  /** The provision that it is part of */
  parent_id!: string | null;

  /** What belongs together has one */
  correlation_id!: string;

  /** As the request gave it */
  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata!: Record<string, unknown>;

  /** Who asked */
  requested_by!: string;

  /** When it was accepted, RFC 3339 */
  created_at!: string;

  /** When it was done, RFC 3339 */
  provisioned_at!: string | null;
}

/** Something that happened to a provision. */
export class ProvisionEventDto {
  /** When, RFC 3339 */
  at!: string;

  /**
   * What
   * @example "completed"
   */
  event!: string;

  /** More of it */
  @ApiProperty({ type: 'object', additionalProperties: true })
  detail!: Record<string, unknown>;
}

/** A provision with what happened to it. */
export class ProvisionDetailDto extends ProvisionDto {
  /** What happened, oldest first */
  events!: ProvisionEventDto[];
}

/** A page of provisions. */
export class ProvisionPageDto {
  /** Provisions, the newest first */
  items!: ProvisionDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** Which provisions to list. */
export class ProvisionsQuery extends PageQuery {
  /** Only in this state */
  @Optional({ enum: STATUSES })
  @IsIn(STATUSES)
  status?: (typeof STATUSES)[number];

  /** Only of this kind */
  @Optional()
  @IsString()
  @MaxLength(64)
  @Matches(TEXT)
  kind?: string;

  /** Only about this subject, as `user:alice` */
  @Optional()
  @IsString()
  @MaxLength(300)
  @Matches(TEXT)
  subject?: string;

  /** Only from this origin */
  @Optional({ enum: ORIGINS })
  @IsIn(ORIGINS)
  origin?: (typeof ORIGINS)[number];

  /** Only what belongs together by it */
  @Optional()
  @IsString()
  @MaxLength(200)
  @Matches(TEXT)
  correlation_id?: string;
}

/** Why a dead letter is not wanted any more. */
export class DiscardDto {
  /**
   * The reason, 1 to 500 characters
   * @example "the user has left"
   */
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @Matches(TEXT)
  reason!: string;
}
