import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { inLine } from '../../common/turns/line.js';
import { Database } from '../../database/schema.js';
import { IS_NEXT } from '../queue/runs.store.js';
import { NOT_REDRIVEN } from '../records/provisions.store.js';

/** `dead`: given up, and nobody has decided about it. `late`: of those that are pending, it is due and next in order. */
export type CountedState = 'pending' | 'retrying' | 'processing' | 'pending_action' | 'dead' | 'late';

export interface ProvisionCount {
  kind: string;
  state: CountedState;
  count: number;
  /** Since the oldest was accepted; of `late`: since the first of them was due. */
  seconds: number;
}

/** Counts what has not ended. */
@Injectable()
export class CountsStore {
  constructor(private readonly db: Database) {}

  /** It has a line of its own: whoever floods `/metrics` takes no connection from callers. */
  async counts(): Promise<ProvisionCount[]> {
    // each part has an index of exactly its condition
    const { rows } = await inLine('metrics', () =>
      sql<ProvisionCount>`
        select kind, case when status = 'pending' and error is not null then 'retrying' else status end as state,
          count(*)::int as count, ${since('created_at')} as seconds
        from provision where status in ('pending', 'processing', 'pending_action') group by 1, 2
        union all
        select kind, 'dead', count(*)::int, ${since('created_at')}
        from provision where dead_lettered_at is not null and discarded_at is null and ${NOT_REDRIVEN} group by kind
        union all
        select kind, 'late', count(*)::int, ${since('due_at')}
        from provision where status = 'pending' and due_at <= clock_timestamp() and ${IS_NEXT} group by kind`.execute(
        this.db,
      ),
    );
    return rows;
  }
}

function since(column: string) {
  return sql<number>`extract(epoch from clock_timestamp() - min(${sql.ref(column)}))::float8`;
}
