import { Injectable } from '@nestjs/common';
import { type SqlBool, sql } from 'kysely';
import { type AccessRequestRow, Database, type Executor, type GroupRole } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';

/** A request with the names behind its ids. */
export interface NamedRequest extends AccessRequestRow {
  requester_name: string;
  owner_name: string | null;
  /** Who may decide on a group's request; empty if the group does not exist. */
  group_owners: string[];
  /** Whether the viewer may see who the owners of the group are: is in it, or everybody may. */
  sees_owners: boolean;
}

/** Which requests: those of a requester, those that a user may decide, or all. */
export type RequestFilter = { requester: string } | { owner: string } | 'all';

/** A new request and its requester. */
export type NewRequest = Pick<AccessRequestRow, 'requester_id' | 'reason'> &
  Partial<
    Pick<
      AccessRequestRow,
      'owner_id' | 'bucket' | 'prefix' | 'folder' | 'permission' | 'group_name' | 'group_id' | 'role'
    >
  >;

/** How a request ends. */
export type Decision = Pick<AccessRequestRow, 'state' | 'granted' | 'decided_by'>;

/** Members of the request's group, restricted by a condition on the membership and the `member`. */
const inGroup = (condition: ReturnType<typeof sql<SqlBool>>) => sql`
  from membership
  join subject as member on member.id = membership.user_id
  join subject as team on team.id = membership.group_id and team.status = 'active'
  where membership.group_id = access_request.group_id and ${condition}`;

/** Requests for access. */
@Injectable()
export class AccessRequestsStore {
  constructor(private readonly db: Database) {}

  /** The live user of that name, locked until the transaction ends: requests of one user run one after another. */
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

  /**
   * The live group of exactly that name and the requester's role in it. One statement whether or not there is one: how much is asked of the
   * database reveals nothing.
   */
  findGroup(
    name: string,
    requesterId: string,
    db: Executor,
  ): Promise<{ id: string; role: GroupRole | null } | undefined> {
    return db
      .selectFrom('subject')
      .leftJoin('membership', (join) =>
        join.onRef('membership.group_id', '=', 'subject.id').on('membership.user_id', '=', requesterId),
      )
      .select(['subject.id', 'membership.role'])
      .where('kind', '=', 'group')
      .where('name', '=', name)
      .where('status', '=', 'active')
      .executeTakeFirst();
  }

  /** The requester's open request for exactly this path or group, locked against a concurrent decision. */
  findOpen(wanted: NewRequest, db: Executor): Promise<AccessRequestRow | undefined> {
    const { requester_id, bucket = null, prefix = null, folder = null, group_name = null } = wanted;
    return db
      .selectFrom('access_request')
      .selectAll()
      .where('requester_id', '=', requester_id)
      .where('state', '=', 'open')
      .$if(group_name !== null, (query) => query.where('group_name', '=', group_name))
      .$if(group_name === null, (query) =>
        query.where('bucket', '=', bucket).where('prefix', '=', prefix).where('folder', '=', folder),
      )
      .forUpdate()
      .executeTakeFirst();
  }

  /** Creates a request and returns its id. */
  async create(input: NewRequest, db: Executor): Promise<string> {
    const { id } = await db
      .insertInto('access_request')
      .values(input)
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  /** Updates the reason of a repeated request, and the ids of the current owner or group. */
  async reword(
    id: string,
    { reason, owner_id = null, group_id = null }: NewRequest,
    db: Executor,
  ): Promise<void> {
    await db.updateTable('access_request').set({ reason, owner_id, group_id }).where('id', '=', id).execute();
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

  /** A page in id order, as `viewer` sees it. */
  list(
    filter: RequestFilter,
    state: AccessRequestRow['state'] | undefined,
    { limit, after, viewer }: { limit: number; after: string | undefined; viewer: string },
  ): Promise<NamedRequest[]> {
    return this.named(this.db, viewer)
      .$if(state !== undefined, (query) => query.where('access_request.state', '=', state ?? 'open'))
      .$if(filter !== 'all' && 'requester' in filter, (query) =>
        query.where('requester.name', '=', (filter as { requester: string }).requester),
      )
      .$if(filter !== 'all' && 'owner' in filter, (query) => {
        const { owner } = filter as { owner: string };
        const owns = sql<SqlBool>`member.name = ${owner} and membership.role = 'owner'`;
        return query.where((eb) =>
          eb.or([eb('owner.name', '=', owner), sql<SqlBool>`exists (select 1 ${inGroup(owns)})`]),
        );
      })
      .$if(after !== undefined, (query) => query.where('access_request.id', '>', after ?? ''))
      .orderBy('access_request.id')
      .limit(limit)
      .execute();
  }

  /** The request as `viewer` sees it. */
  find(id: string, viewer: string, db: Executor = this.db): Promise<NamedRequest | undefined> {
    return this.named(db, viewer).where('access_request.id', '=', id).executeTakeFirst();
  }

  /** Ends an open request; false if it had already ended. */
  async decide(id: string, decision: Decision, db: Executor): Promise<boolean> {
    const result = await db
      .updateTable('access_request')
      .set({ ...decision, decided_at: NOW })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  private named(db: Executor, viewer: string) {
    const owners = sql<SqlBool>`membership.role = 'owner' and member.status = 'active'`;
    return db
      .selectFrom('access_request')
      .innerJoin('subject as requester', 'requester.id', 'access_request.requester_id')
      .leftJoin('subject as owner', 'owner.id', 'access_request.owner_id')
      .selectAll('access_request')
      .select([
        'requester.name as requester_name',
        'owner.name as owner_name',
        sql<
          string[]
        >`(select coalesce(json_agg(member.name order by member.name), '[]') ${inGroup(owners)})`.as(
          'group_owners',
        ),
        sql<boolean>`exists (select 1 ${inGroup(sql<SqlBool>`(team.joinable or member.name = ${viewer})`)})`.as(
          'sees_owners',
        ),
      ])
      .where('requester.status', 'in', ['active', 'disabled']);
  }
}
