import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type AccessRequestRow, Database, type Executor } from '../../database/schema.js';
import type { LakePath } from '../../policy/paths.js';

/** A request with the names that its ids stand for. */
export interface NamedRequest extends AccessRequestRow {
  requester_name: string;
  owner_name: string | null;
}

/** Whose requests: those of a requester, those for an owner, or all. */
export type RequestFilter = { requester: string } | { owner: string } | 'all';

/** Requests for access. */
@Injectable()
export class AccessRequestsStore {
  constructor(private readonly db: Database) {}

  /** A new request; an open one for the same path gets the new wording. `created` false: it was there. */
  async put(
    input: LakePath & Pick<AccessRequestRow, 'requester_id' | 'owner_id' | 'permission' | 'reason'>,
    db: Executor,
  ): Promise<{ id: string; created: boolean }> {
    const { permission, reason } = input;
    return db
      .insertInto('access_request')
      .values(input)
      .onConflict((conflict) =>
        conflict
          .columns(['requester_id', 'bucket', 'prefix', 'folder'])
          .where('state', '=', 'open')
          .doUpdateSet({ permission, reason }),
      )
      .returning(['id', sql<boolean>`xmax = 0`.as('created')])
      .executeTakeFirstOrThrow();
  }

  /** How many requests of a requester are open. */
  async countOpen(requesterId: string, db: Executor): Promise<number> {
    const { count } = await db
      .selectFrom('access_request')
      .select(sql<number>`count(*)::int`.as('count'))
      .where('requester_id', '=', requesterId)
      .where('state', '=', 'open')
      .executeTakeFirstOrThrow();
    return count;
  }

  /** A page in the order of ids. */
  list(filter: RequestFilter, limit: number, after: string | undefined): Promise<NamedRequest[]> {
    return this.named(this.db)
      .$if(filter !== 'all' && 'requester' in filter, (query) =>
        query.where('requester.name', '=', (filter as { requester: string }).requester),
      )
      .$if(filter !== 'all' && 'owner' in filter, (query) =>
        query.where('owner.name', '=', (filter as { owner: string }).owner),
      )
      .$if(after !== undefined, (query) => query.where('access_request.id', '>', after ?? ''))
      .orderBy('access_request.id')
      .limit(limit)
      .execute();
  }

  find(id: string, db: Executor = this.db): Promise<NamedRequest | undefined> {
    return this.named(db).where('access_request.id', '=', id).executeTakeFirst();
  }

  /** Decides an open request; false when it was decided before. */
  async decide(id: string, state: 'approved' | 'denied', by: string, db: Executor): Promise<boolean> {
    const result = await db
      .updateTable('access_request')
      .set({ state, decided_by: by, decided_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  private named(db: Executor) {
    return db
      .selectFrom('access_request')
      .innerJoin('subject as requester', 'requester.id', 'access_request.requester_id')
      .leftJoin('subject as owner', 'owner.id', 'access_request.owner_id')
      .selectAll('access_request')
      .select(['requester.name as requester_name', 'owner.name as owner_name'])
      .where('requester.status', 'in', ['active', 'disabled']);
  }
}
