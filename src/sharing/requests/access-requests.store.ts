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

/** What is asked for, and by whom. */
export type NewRequest = LakePath &
  Pick<AccessRequestRow, 'requester_id' | 'owner_id' | 'permission' | 'reason'>;

/** How a request ends. */
export type Decision = Pick<AccessRequestRow, 'state' | 'granted' | 'decided_by'>;

/** Requests for access. */
@Injectable()
export class AccessRequestsStore {
  constructor(private readonly db: Database) {}

  /** The live user of that name, kept from any change by others until the transaction ends: its requests come one after another. */
  async lockRequester(name: string, db: Executor): Promise<string | undefined> {
    const row = await db
      .selectFrom('subject')
      .select('id')
      .where('kind', '=', 'user')
      .where('name', '=', name)
      .where('status', 'in', ['active', 'disabled'])
      .forUpdate()
      .executeTakeFirst();
    return row?.id;
  }

  /** The requester's open request for exactly this path, kept from being decided meanwhile. */
  findOpen(requesterId: string, path: LakePath, db: Executor): Promise<AccessRequestRow | undefined> {
    return db
      .selectFrom('access_request')
      .selectAll()
      .where('requester_id', '=', requesterId)
      .where('bucket', '=', path.bucket)
      .where('prefix', '=', path.prefix)
      .where('folder', '=', path.folder)
      .where('state', '=', 'open')
      .forUpdate()
      .executeTakeFirst();
  }

  /** The id of a new request. */
  async create(input: NewRequest, db: Executor): Promise<string> {
    const { id } = await db
      .insertInto('access_request')
      .values(input)
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  /** The same is asked for in other words. */
  async reword(id: string, reason: string, db: Executor): Promise<void> {
    await db.updateTable('access_request').set({ reason }).where('id', '=', id).execute();
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
  list(
    filter: RequestFilter,
    state: AccessRequestRow['state'] | undefined,
    limit: number,
    after: string | undefined,
  ): Promise<NamedRequest[]> {
    return this.named(this.db)
      .$if(state !== undefined, (query) => query.where('access_request.state', '=', state ?? 'open'))
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

  /** Ends an open request; false when it had ended before. */
  async decide(id: string, decision: Decision, db: Executor): Promise<boolean> {
    const result = await db
      .updateTable('access_request')
      .set({ ...decision, decided_at: sql<Date>`clock_timestamp()` })
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
