import { ApiProperty } from '@nestjs/swagger';
import {
  IsIn,
  IsNotEmptyObject,
  IsObject,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { Optional } from '../../common/http/validation.js';

/** The states of a provision. */
export const PROVISION_STATUSES = [
  'pending',
  'processing',
  'pending_action',
  'completed',
  'failed',
  'cancelled',
] as const;
/** PostgreSQL cannot store NUL. */
const TEXT = /^[^\0]*$/;
const ORIGINS = ['api', 'webhook', 'role', 'schedule', 'reconcile', 'workflow', 'plan'] as const;

/** The specification of a provision. */
export class ProvisionRequestDto {
  /**
   * The kind of provision
   * @example "membership"
   */
  @IsString()
  @MaxLength(64)
  kind!: string;

  /**
   * The input of the kind; see docs/provisioning.md
   * @example { "group_name": "KBase", "user_name": "alice", "role": "member" }
   */
  @IsObject()
  @IsNotEmptyObject()
  @ApiProperty({ type: 'object', additionalProperties: true })
  input!: Record<string, unknown>;

  /**
   * Stored with the provision and its events, and never interpreted
   * @example { "ticket": "LAKE-42" }
   */
  @Optional()
  @IsObject()
  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata?: Record<string, unknown>;
}

/** A provision. */
export class ProvisionDto {
  /**
   * Identifies the provision
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id!: string;

  /**
   * The kind of provision
   * @example "membership"
   */
  kind!: string;

  /**
   * The subject: provisions of one subject run one at a time, in order
   * @example "group:KBase"
   */
  subject!: string;

  /** The origin of the request */
  @ApiProperty({ enum: ORIGINS })
  origin!: (typeof ORIGINS)[number];

  /**
   * Its state
   * @example "completed"
   */
  @ApiProperty({ enum: PROVISION_STATUSES })
  status!: (typeof PROVISION_STATUSES)[number];

  /**
   * The requested input
   * @example { "group_name": "KBase", "user_name": "bob", "role": "member" }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  input!: Record<string, unknown>;

  /**
   * The result. While it is not done, and if it failed: what it has changed so far, otherwise null
   * @example { "operations": [{ "entitlement": { "type": "group", "id": "KBase", "user_name": "bob", "role": "member" }, "action": "grant", "status": "done" }] }
   */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  result!: Record<string, unknown> | null;

  /** Why the last attempt failed */
  error!: string | null;

  /** The name of the failure */
  error_code!: string | null;

  /**
   * How often it was tried
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  attempts!: number;

  /**
   * The number of attempts after which it is a dead letter; null: it is tried until it succeeds or cannot
   * @example 20
   */
  @ApiProperty({ type: 'integer', nullable: true })
  max_attempts!: number | null;

  /** The earliest time of the next attempt, RFC 3339 */
  due_at!: string;

  /** When it was given up, RFC 3339 */
  dead_lettered_at!: string | null;

  /** When an administrator discarded the dead letter, RFC 3339 */
  discarded_at!: string | null;

  /** Why it was discarded */
  discard_reason!: string | null;

  /** The dead letter that it repeats */
  redriven_from!: string | null;

  /** The provision that it is part of */
  parent_id!: string | null;

  /**
   * Related provisions have the same id
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  correlation_id!: string;

  /**
   * The metadata from the request
   * @example { "ticket": "LAKE-42" }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata!: Record<string, unknown>;

  /**
   * The name of the requester
   * @example "admin"
   */
  requested_by!: string;

  /** When it was accepted, RFC 3339 */
  created_at!: string;

  /** When it was done, RFC 3339 */
  provisioned_at!: string | null;
}

/** An event of a provision. */
export class ProvisionEventDto {
  /** When it happened, RFC 3339 */
  at!: string;

  /**
   * The type of event
   * @example "completed"
   */
  event!: string;

  /** Details of the event */
  @ApiProperty({ type: 'object', additionalProperties: true })
  detail!: Record<string, unknown>;
}

/** A provision with its events. */
export class ProvisionDetailDto extends ProvisionDto {
  /**
   * How far it is, if its kind tells: numbers by name
   * @example { "total": 120, "waiting": 80, "rotated": 40 }
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  progress?: Record<string, number>;

  /** Its events, oldest first */
  events!: ProvisionEventDto[];
}

/** A page of provisions. */
export class ProvisionPageDto {
  /** Provisions, the newest first */
  items!: ProvisionDto[];

  /**
   * Number of provisions on all pages; 100,000: that many or more
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  total!: number;

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** Which provisions to list. */
export class ProvisionsQuery extends PageQuery {
  /** Only in this state */
  @Optional({ enum: PROVISION_STATUSES })
  @IsIn(PROVISION_STATUSES)
  status?: (typeof PROVISION_STATUSES)[number];

  /**
   * Only of this kind
   * @example "share"
   */
  @Optional()
  @IsString()
  @MaxLength(64)
  @Matches(TEXT)
  kind?: string;

  /**
   * Only about this subject
   * @example "user:alice"
   */
  @Optional()
  @IsString()
  @MaxLength(300)
  @Matches(TEXT)
  subject?: string;

  /** Only from this origin */
  @Optional({ enum: ORIGINS })
  @IsIn(ORIGINS)
  origin?: (typeof ORIGINS)[number];

  /**
   * Only with this correlation id
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  @Optional()
  @IsString()
  @MaxLength(200)
  @Matches(TEXT)
  correlation_id?: string;

  /**
   * Only the parts of this provision
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  @Optional({ format: 'uuid' })
  @IsUUID()
  parent_id?: string;
}

/** Why a dead letter is discarded. */
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
