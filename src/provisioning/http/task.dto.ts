import { ApiProperty } from '@nestjs/swagger';
import type { ProvisionRow } from '../../database/schema.js';
import { PROVISION_STATUSES } from './provision.dto.js';

/** The result of one part of a provision. */
export class OperationDto {
  /**
   * The entitlement, as the request named it
   * @example { "type": "group", "id": "KBase" }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  entitlement!: Record<string, unknown>;

  /**
   * The requested action
   * @example "grant"
   */
  action!: 'grant' | 'revoke' | 'create' | 'change' | 'remove';

  /** `unchanged`: it was already so; `skipped`: there was no target */
  status!: 'done' | 'unchanged' | 'skipped';

  /** The reason, if it was not done */
  message?: string;
}

/** An accepted request. */
export class TaskDto {
  /**
   * Identifies the task
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  taskId!: string;

  /**
   * Its state
   * @example "pending"
   */
  @ApiProperty({ enum: PROVISION_STATUSES })
  status!: (typeof PROVISION_STATUSES)[number];
}

/** A task, with the result for each entitlement. */
export class TaskStateDto extends TaskDto {
  /** The result for each entitlement; empty until it is done */
  operations!: OperationDto[];

  /**
   * How often it was tried
   * @example 1
   */
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

/** The answer to an accepted request. */
export function taskOf({ id, status }: ProvisionRow): TaskDto {
  return { taskId: id, status };
}

/** A provision with the field names of the seed's API. */
export function taskStateOf(row: ProvisionRow): TaskStateDto {
  return {
    ...taskOf(row),
    operations: (row.result?.operations ?? []) as OperationDto[],
    attempts: row.attempts,
    error: row.error,
    errorCode: row.error_code,
    createdAt: row.created_at.toISOString(),
    completedAt: row.provisioned_at?.toISOString() ?? null,
  };
}
