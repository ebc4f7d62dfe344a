import { IsISO8601, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../common/paging/page-query.dto.js';
import { NoNul, Optional, TEXT } from '../common/validation.js';

/** Which events to list. */
export class AuditQuery extends PageQuery {
  /** Only events of this caller */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(200)
  @NoNul()
  actor?: string;

  /** Only events about this subject */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(200)
  @NoNul()
  subject?: string;

  /**
   * Only events of this action
   * @example "user.created"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(100)
  @NoNul()
  action?: string;

  /**
   * Only events at or after this moment, RFC 3339
   * @example "2026-01-01T00:00:00Z"
   */
  @Optional()
  @IsISO8601({ strict: true })
  @MaxLength(40)
  since?: string;
}

/** One event of the audit log. */
export class AuditEventDto {
  /**
   * Grows with time
   * @example "42"
   */
  id!: string;

  /** When it was written, RFC 3339 */
  at!: string;

  /**
   * Who did it
   * @example "alice"
   */
  actor!: string;

  /** `system`: this service by itself */
  actor_kind!: 'person' | 'service' | 'system';

  /** For whom a service did it */
  on_behalf_of!: string | null;

  /**
   * What was done
   * @example "credentials.rotated"
   */
  action!: string;

  /** What kind of thing it was done to */
  subject_kind!: string | null;

  /** What it was done to */
  subject_name!: string | null;

  /** The request it came from */
  request_id!: string | null;

  /** What else is worth knowing; never a secret, a token or an access key */
  detail!: Record<string, unknown>;
}

/** A page of events, the newest first. */
export class AuditPageDto {
  /** The events */
  items!: AuditEventDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}
