import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { currentTraceParent } from '../../common/tracing/tracing.js';
import { recordset } from '../../database/sql/recordset.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import type { Waiting } from './provisions.store.js';

/** A request as it is stored, and how long it waits at first, in milliseconds. */
export type NewRequest = Pick<
  ProvisionRow,
  | 'kind'
  | 'subject'
  | 'origin'
  | 'max_attempts'
  | 'parent_id'
  | 'correlation_id'
  | 'requested_by'
  | 'requested_by_kind'
  | 'request_id'
> & { input: object; delay_ms: number };

/** A provision that was added. */
export type Added = Waiting & Pick<ProvisionRow, 'kind' | 'subject'>;

/** Adds provisions unless one that covers them waits, many by one statement. */
@Injectable()
export class AcceptOnceStore {
  /**
   * Inserts those of which no other one of the same kind and subject waits, each with its first event. No two may have the same kind and
   * subject. What waits stays so until the transaction ends: it is locked.
   */
  async add(requests: readonly NewRequest[], trx: Executor): Promise<Added[]> {
    const { rows } = await sql<Added>`
      with given as (
        select * from json_to_recordset(${recordset(requests)}::json) as row (kind text, subject text, origin text, input jsonb,
          max_attempts int, parent_id uuid, correlation_id text, requested_by text, requested_by_kind text, request_id text, delay_ms float8)
      ), waiting as (
        select kind, subject from provision
        where status = 'pending' and subject = any(array(select subject from given))
        for update skip locked
      ), added as (
        insert into provision (kind, subject, origin, input, max_attempts, parent_id, correlation_id, metadata, requested_by,
          requested_by_kind, request_id, trace_parent, due_at)
        select kind, subject, origin, input, max_attempts, parent_id, correlation_id, '{}', requested_by, requested_by_kind, request_id,
          ${currentTraceParent()}::text, clock_timestamp() + delay_ms * interval '1 millisecond'
        from given
        where not exists (select from waiting where waiting.kind = given.kind and waiting.subject = given.subject)
        returning id, kind, subject, origin, correlation_id,
          (extract(epoch from due_at - clock_timestamp()) * 1000)::float8 as wait_ms
      ), events as (
        insert into provision_event (provision_id, event, correlation_id, detail)
        select id, 'accepted', correlation_id, jsonb_build_object('kind', kind, 'origin', origin) from added
      )
      select id, kind, subject, wait_ms from added`.execute(trx);
    return rows;
  }

  /** The provision of the kind and subject that waits, locked until the transaction ends. After {@link add} there is one. */
  waiting(kind: string, subject: string, trx: Executor): Promise<ProvisionRow> {
    return trx
      .selectFrom('provision')
      .selectAll()
      .where('subject', '=', subject)
      .where('kind', '=', kind)
      .where('status', '=', 'pending')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirstOrThrow();
  }
}
