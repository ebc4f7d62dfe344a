import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql, type SqlBool } from 'kysely';
import { inMs, NOW } from '../../database/sql/clock.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import { WAIT_MS } from '../records/provisions.store.js';
import { type Claim, type Claimed, HAS_TIME, IS_NEXT, LEFT_MS } from './runs.store.js';

/** What may go on when another one has ended. */
export interface Next extends Claimed {
  /** Milliseconds until it is due; 0 or less: it is. */
  wait_ms: number;
  /** It waited for that one; otherwise it is the next of the same subject. */
  is_woken: boolean;
}

/** What goes on after the end of an attempt. */
@Injectable()
export class NextStore {
  /**
   * Makes the provisions due that waited for one that has ended, each with a full number of attempts. Returns them, and the next of its
   * subject. With `claim`, the one that it `wakes` is claimed by the same statement where it may run: then it is returned as `processing`.
   */
  async wakeAfter(
    { id, wakes, subject }: Pick<ProvisionRow, 'id' | 'wakes' | 'subject'>,
    claim: Claim | undefined,
    db: Executor,
  ): Promise<Next[]> {
    const claims = claim ? claimable(wakes, claim) : sql<SqlBool>`false`;
    const { holder, leaseMs } = claim ?? { holder: null, leaseMs: 0 };
    const { rows } = await sql<Next>`
      with woken as (
        update provision set due_at = ${NOW}, updated_at = ${NOW},
          (status, holder, lease_until, attempts) = (
            select case when runs then 'processing' else 'pending' end, case when runs then ${holder}::uuid end,
              case when runs then ${inMs(leaseMs)} end, case when runs then 1 else 0 end
            from (select ${claims} as runs) as claim)
        where id in (
          select id from provision
          where status = 'pending_action'
            and (id = ${wakes} or id in (select waiter_id from provision_waiter where provision_id = ${id}))
          order by id for update)
        returning provision.*
      )
      select *, 0::float8 as wait_ms, ${LEFT_MS} as left_ms, true as is_woken from woken
      union all (${nextOf(subject)})
      order by is_woken desc`.execute(db);
    return rows;
  }

  /** The next waiting provision of the subject, in order. */
  async next(subject: string, db: Executor): Promise<Next | undefined> {
    const { rows } = await nextOf(subject).execute(db);
    return rows[0];
  }
}

/** Of a provision that waited for something. */
function claimable(id: string | null, { except }: Claim): RawBuilder<SqlBool> {
  return sql<SqlBool>`(provision.id = ${id} and ${HAS_TIME} and ${IS_NEXT} and provision.kind <> all(${[...except]}::text[]))`;
}

function nextOf(subject: string): RawBuilder<Next> {
  return sql<Next>`select *, ${WAIT_MS} as wait_ms, ${LEFT_MS} as left_ms, false as is_woken from provision
    where subject = ${subject} and status = 'pending' order by seq limit 1`;
}
