import { IsISO8601, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../common/paging/page-query.dto.js';
import { NoNul, Optional, TEXT } from '../common/http/validation.js';

/** Filter of the events. */
export class AuditQuery extends PageQuery {
  /**
   * Only events by this caller
   * @example "alice"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(200)
  @NoNul()
  actor?: string;

  /**
   * Only events about this subject
   * @example "bob"
   */
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
   * Only events at or after this time, RFC 3339
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
   * Increases over time
   * @example "42"
   */
  id!: string;

  /** When it was recorded, RFC 3339 */
  at!: string;

  /**
   * Who did it
   * @example "alice"
   */
  actor!: string;

  /** `system`: this service itself */
  actor_kind!: 'person' | 'service' | 'system';

  /** The user for whom a service acted */
  on_behalf_of!: string | null;

  /**
   * What was done
   * @example "credentials.rotated"
   */
  action!: string;

  /** Kind of the subject */
  subject_kind!: string | null;

  /** Name of the subject */
  subject_name!: string | null;

  /** The request that caused it */
  request_id!: string | null;

  /** Further details; never a secret, a token or an access key */
  detail!: Record<string, unknown>;
}

/** A page of events, newest first. */
export class AuditPageDto {
  /** The events */
  items!: AuditEventDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
