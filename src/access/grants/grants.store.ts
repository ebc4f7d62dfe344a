import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { recordset } from '../../database/sql/recordset.js';
import { Database, type Executor, type GrantRow, type WaitingShareRow } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';
import { type GrantPath, NOT_ENDED } from './grant-lookups.store.js';
import { MARK_CHANGED, readDocuments, type SomeDocuments } from './documents.store.js';
import { endWaiting, HAS_ENDED, type WaitingOf } from './waiting-shares.store.js';

/** A new grant, or new values of an existing one. */
export type GrantInput = Pick<
  GrantRow,
  | 'grantee_id'
  | 'owner_id'
  | 'bucket'
  | 'prefix'
  | 'folder'
  | 'permission'
  | 'origin'
  | 'reason'
  | 'granted_by'
  | 'expires_at'
  | 'shard'
  | 'weight'
  | 'source_id'
> & {
  /** The document that it leaves or stays in; null for a new grant. */
  earlier: number | null;
};

/** Where a grant may exist: of one origin, to one subject, on one path. */
export type GrantPlace = Pick<
  GrantRow,
  'grantee_id' | 'owner_id' | 'bucket' | 'prefix' | 'folder' | 'origin'
>;

/** The state before a grant is given. */
export interface GrantsBefore {
  present: PresentGrant | null;
  /** How many grants the owner has given to the grantee, without those that have ended. */
  given: number;
  /** Weight in each policy document of the grantee. */
  loads: [shard: number, weight: number][];
}

/** A recorded grant. */
export interface PresentGrant extends Pick<GrantRow, 'id' | 'shard' | 'weight' | 'permission' | 'reason'> {
  /** Its end in milliseconds since 1970. */
  expires_ms: number | null;
  /** Its time is over, and the worker has not removed it yet: it gives nothing, but has its place in a document. */
  has_ended: boolean;
}

/** The documents that the grants in `gone` were in. */
const GONE_CHANGED = sql`changed as (
  select grantee_id, shard from gone
  union select grantee_id, 0 from gone where not exists (
    select from access_grant held where held.grantee_id = gone.grantee_id and held.shard = gone.shard
      and held.id not in (select id from gone)
  )
)`;

/** Grants as they are enforced: by grantee and document. Every change marks the documents that it concerns. */
@Injectable()
export class GrantsStore {
  constructor(private readonly db: Database) {}

  /** Every grant to a subject, oldest first. */
  of(granteeId: string, db: Executor = this.db): Promise<GrantRow[]> {
    return db
      .selectFrom('access_grant')
      .selectAll()
      .where('grantee_id', '=', granteeId)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
  }

  /**
   * What must be known before grants are given: one answer for each of the places, in their order. Each is looked up by an index: joined,
   * the grants of all subjects would be read.
   */
  async before(places: readonly GrantPlace[], db: Executor): Promise<GrantsBefore[]> {
    const asked = recordset(places.map((place, n) => ({ n, ...place })));
    const { rows } = await sql<GrantsBefore>`
      with asked as (
        select * from json_to_recordset(${asked}::json)
          as asked(n int, grantee_id uuid, owner_id uuid, bucket text, prefix text, folder boolean, origin text)
      ), loads as (
        select grantee_id, loads from (select distinct grantee_id from asked) as one, lateral (
          select json_agg(json_build_array(shard, weight)) as loads from (
            select shard, sum(weight)::int as weight from access_grant where grantee_id = one.grantee_id group by shard
          ) as weights
        ) as summed
      ), given as (
        select grantee_id, owner_id, count from (select distinct grantee_id, owner_id from asked) as one, lateral (
          select count(*)::int as count from access_grant where grantee_id = one.grantee_id and owner_id = one.owner_id and ${NOT_ENDED}
        ) as counted
      )
      select coalesce(given.count, 0) as given, coalesce(loads.loads, '[]') as loads,
        case when present.id is null then null else json_build_object(
          'id', present.id, 'shard', present.shard, 'weight', present.weight, 'permission', present.permission,
          'reason', present.reason, 'expires_ms', floor(extract(epoch from present.expires_at) * 1000),
          'has_ended', not coalesce(present.expires_at > clock_timestamp(), true)
        ) end as present
      from asked
      left join loads on loads.grantee_id = asked.grantee_id
      left join given on given.grantee_id = asked.grantee_id and given.owner_id = asked.owner_id
      left join lateral (
        select * from access_grant where grantee_id = asked.grantee_id and bucket = asked.bucket
          and prefix = asked.prefix and folder = asked.folder and origin = asked.origin limit 1
      ) as present on true
      order by asked.n`.execute(db);
    return rows;
  }

  /** Some documents of a subject: their grants, and what else is needed to build them. */
  documents(granteeId: string, numbers: readonly number[], db: Executor = this.db): Promise<SomeDocuments> {
    return readDocuments(granteeId, numbers, db);
  }

  /**
   * Writes grants, each of another path, origin or grantee; an existing one is replaced. Marks their documents as changed: the caller
   * increments the grantees' generation. If a document is new, or a grant leaves one, everything is marked, because that changes which
   * documents are attached.
   */
  async put(grants: readonly GrantInput[], db: Executor): Promise<void> {
    if (grants.length === 0) return;
    await sql`
      with given as (
        select * from json_to_recordset(${recordset(grants)}::json) as given(
          grantee_id uuid, owner_id uuid, bucket text, prefix text, folder boolean, permission text, origin text, reason text,
          granted_by text, expires_at timestamptz, shard int, weight int, source_id uuid, earlier int)
      ), put as (
        insert into access_grant (grantee_id, owner_id, bucket, prefix, folder, permission, origin, reason, granted_by, expires_at, shard, weight,
          source_id)
        select grantee_id, owner_id, bucket, prefix, folder, permission, origin, reason, granted_by, expires_at, shard, weight, source_id
        from given
        on conflict (grantee_id, bucket, prefix, folder, origin) do update set
          permission = excluded.permission, reason = excluded.reason, granted_by = excluded.granted_by,
          expires_at = excluded.expires_at, shard = excluded.shard, weight = excluded.weight, source_id = excluded.source_id
        returning grantee_id, shard
      ), changed as (
        select grantee_id, shard from put
        union select grantee_id, earlier from given where earlier <> shard
        union select grantee_id, 0 from given where earlier <> shard
          or not exists (select from access_grant held where held.grantee_id = given.grantee_id and held.shard = given.shard)
      ), ${MARK_CHANGED} select from marked`.execute(db);
  }

  /** Moves a grant into another document, or changes its weight. */
  async place(id: string, place: Pick<GrantRow, 'shard' | 'weight'>, db: Executor): Promise<void> {
    await db.updateTable('access_grant').set(place).where('id', '=', id).execute();
  }

  /** Marks the documents of the removed grants as changed, and everything if one of them contains no grant any more. */
  async remove(ids: readonly string[], db: Executor): Promise<void> {
    if (ids.length === 0) return;
    await sql`with gone as (delete from access_grant where id = any(${[...ids]}::uuid[]) returning *),
      ${GONE_CHANGED}, ${MARK_CHANGED} select from marked`.execute(db);
  }

  /** The same, and ends shares that wait: in one statement. Returns the ended shares. */
  async removeWith(ids: readonly string[], waiting: WaitingOf, db: Executor): Promise<WaitingShareRow[]> {
    const { rows } = await sql<WaitingShareRow>`
      with gone as (delete from access_grant where id = any(${[...ids]}::uuid[]) returning *),
      ${GONE_CHANGED}, ${MARK_CHANGED}, waited as (${endWaiting(waiting)}) select * from waited`.execute(db);
    return rows;
  }

  /** Assigns grants in a home that were given before it had an owner to that owner. */
  async adopt(ownerId: string, home: GrantPath, origin: GrantRow['origin'], db: Executor): Promise<void> {
    await db
      .updateTable('access_grant')
      .set({ owner_id: ownerId })
      .where('owner_id', 'is', null)
      .where('origin', '=', origin)
      .where('bucket', '=', home.bucket)
      .where(sql<boolean>`starts_with(prefix, ${`${home.prefix}/`})`)
      .execute();
  }

  /**
   * Removes every grant to a subject and, for a user, every grant in the homes, whoever gave it, and the shares that wait. Returns the
   * subjects that lost a grant.
   */
  async removeAllOf(subjectId: string, homes: readonly GrantPath[], db: Executor): Promise<string[]> {
    const rows = await db
      .with('waiting', (cte) => cte.deleteFrom('waiting_share').where('owner_id', '=', subjectId))
      .deleteFrom('access_grant')
      .where((eb) =>
        eb.or([
          eb('grantee_id', '=', subjectId),
          eb('owner_id', '=', subjectId),
          // grants to a group in this home from before the user existed have no owner
          ...homes.map(
            ({ bucket, prefix }) =>
              sql<boolean>`bucket = ${bucket} and starts_with(prefix || '/', ${`${prefix}/`})`,
          ),
        ]),
      )
      .returning('grantee_id')
      .execute();
    return [...new Set(rows.map(({ grantee_id }) => grantee_id))].filter((id) => id !== subjectId);
  }

  /** Whether any grant has expired, or a share that waits has ended. */
  async anyExpired(): Promise<boolean> {
    const grants = this.db.selectFrom('access_grant').select('id').where('expires_at', '<=', NOW);
    const waiting = this.db.selectFrom('waiting_share').select('id').where(HAS_ENDED);
    return (await grants.unionAll(waiting).limit(1).executeTakeFirst()) !== undefined;
  }

  /** Removes up to `limit` expired grants, as `remove` does. */
  async expire(limit: number, db: Executor): Promise<GrantRow[]> {
    const { rows } = await sql<GrantRow>`
      with gone as (
        delete from access_grant where id in (
          select id from access_grant where expires_at <= clock_timestamp() order by expires_at limit ${limit} for update skip locked
        ) returning *
      ), ${GONE_CHANGED}, ${MARK_CHANGED} select * from gone`.execute(db);
    return rows;
  }
}
