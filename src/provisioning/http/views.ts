import type { ProvisionEventRow, ProvisionRow } from '../../database/schema.js';
import type { ProvisionDto, ProvisionEventDto } from './provision.dto.js';

/** The view of a provision for administrators. */
export function provisionOf(row: ProvisionRow): ProvisionDto {
  const { id, kind, subject, origin, status, input, result, error, error_code, attempts, max_attempts } = row;
  const { discard_reason, redriven_from, parent_id, correlation_id, metadata, requested_by } = row;
  return {
    ...{ id, kind, subject, origin, status, input, result, error, error_code, attempts, max_attempts },
    ...{ discard_reason, redriven_from, parent_id, correlation_id, metadata, requested_by },
    due_at: row.due_at.toISOString(),
    dead_lettered_at: row.dead_lettered_at?.toISOString() ?? null,
    discarded_at: row.discarded_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    provisioned_at: row.provisioned_at?.toISOString() ?? null,
  };
}

export function eventOf({ at, event, detail }: ProvisionEventRow): ProvisionEventDto {
  return { at: at.toISOString(), event, detail };
}
