import { isUUID } from 'class-validator';
import type { ProvisionRow } from '../../../database/schema.js';
import {
  COMPLETED_KEY,
  DEAD_EXCHANGE,
  FAILED_KEY,
  STATUS_EXCHANGE,
  TASK_EXCHANGE,
  TASK_KEY,
} from './names.js';

/** A message to the broker. It never has a secret: a result names the provision, and has nothing of its input or result. */
export interface Message {
  exchange: string;
  key: string;
  body: object;
  /** Somebody must get it: what no queue takes comes back. */
  isMandatory: boolean;
}

export function taskOf(provisionId: string): Message {
  return { exchange: TASK_EXCHANGE, key: TASK_KEY, body: { taskId: provisionId }, isMandatory: true };
}

/** What is told when a provision has ended. */
export function messagesOf(row: ProvisionRow): Message[] {
  const body = { taskId: row.id };
  const told = {
    exchange: STATUS_EXCHANGE,
    key: row.status === 'completed' ? COMPLETED_KEY : FAILED_KEY,
    body: resultOf(row),
    isMandatory: false,
  };
  if (row.dead_lettered_at === null) return [told];
  return [told, { exchange: DEAD_EXCHANGE, key: TASK_KEY, body, isMandatory: true }];
}

function resultOf(row: ProvisionRow): object {
  return {
    taskId: row.id,
    status: row.status,
    kind: row.kind,
    origin: row.origin,
    attempts: row.attempts,
    errorCode: row.error_code,
    deadLetter: row.dead_lettered_at !== null,
    parentId: row.parent_id,
    correlationId: row.correlation_id,
    endedAt: row.updated_at.toISOString(),
  };
}

/** The id in a message; undefined: it is no task. */
export function taskIdIn(content: Buffer): string | undefined {
  try {
    const { taskId } = JSON.parse(content.toString('utf8')) as { taskId?: unknown };
    return typeof taskId === 'string' && isUUID(taskId, 'all') ? taskId : undefined;
  } catch {
    return undefined;
  }
}
