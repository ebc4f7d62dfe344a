import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { Database, type Executor, type SubjectRow, type WaitingShareRow } from '../../database/schema.js';
import type { LakePath } from '../../policy/paths.js';

/** How long a share waits for a first login. */
const WAIT = sql`interval '90 days'`;

const END = sql<Date>`least(expires_at, waits_until)`;
const NOT_ENDED = sql<boolean>`${END} > clock_timestamp()`;

/** A share to record: of one path, with several people. */
export interface WaitingInput extends Pick<
  WaitingShareRow,
  'owner_id' | 'permission' | 'reason' | 'granted_by' | 'expires_at'
> {
  path: LakePath;
  names: readonly string[];
}

/** What became of the share with one person. */
export interface WaitingOutcome {
  grantee_name: string;
  /** Null: there are too many. */
  waits_until: Date | null;
  /** The share that it replaces. */
  earlier:
    (Pick<WaitingShareRow, 'permission' | 'reason' | 'granted_by'> & { expires_at: string | null }) | null;
}

/** A share that ended before its grantee came. */
export type EndedShare = WaitingShareRow & { owner_name: string };

/** Shares with people who have not logged in yet. */
@Injectable()
export class WaitingSharesStore {
  constructor(private readonly db: Database) {}

  /** Until the transaction ends, no user of these names is made. */
  async hold(names: readonly string[], db: Executor): Promise<void> {
    await sql`select hold_user_names(${[...names]}::text[])`.execute(db);
  }

  /**
   * Records the share with each of the people, or replaces it. `limits`: the most for one owner and grantee, and for one owner. The owner's
   * row is locked by the caller.
   */
  async put(
    { path: { bucket, prefix, folder }, names, ...share }: WaitingInput,
    limits: { ofPair: number; ofOwner: number },
    db: Executor,
  ): Promise<WaitingOutcome[]> {
    const { owner_id, permission, reason, granted_by, expires_at } = share;
    const { rows } = await sql<WaitingOutcome>`
      with asked as (
        select name, earlier.id is not null as is_there,
          coalesce(least(earlier.expires_at, earlier.waits_until) > clock_timestamp(), false) as counts,
          json_build_object('permission', earlier.permission, 'reason', earlier.reason, 'granted_by', earlier.granted_by,
            'expires_at', earlier.expires_at) as earlier,
          (select count(*) from waiting_share where owner_id = ${owner_id} and grantee_name = name and ${NOT_ENDED}) as of_pair,
          (select count(*) from waiting_share where owner_id = ${owner_id} and ${NOT_ENDED})
            + row_number() over (partition by earlier.id is not null order by name) as of_owner
        from (select distinct name from unnest(${[...names]}::text[]) as name) as names
        left join waiting_share as earlier on earlier.owner_id = ${owner_id} and earlier.grantee_name = name
          and earlier.bucket = ${bucket} and earlier.prefix = ${prefix} and earlier.folder = ${folder}
      ), put as (
        insert into waiting_share
          (owner_id, grantee_name, bucket, prefix, folder, permission, reason, granted_by, expires_at, waits_until)
        select ${owner_id}::uuid, name, ${bucket}::text, ${prefix}::text, ${folder}::boolean, ${permission}::text, ${reason}::text,
          ${granted_by}::text, ${expires_at}::timestamptz, clock_timestamp() + ${WAIT}
        from asked where is_there or (of_pair < ${limits.ofPair}::int and of_owner <= ${limits.ofOwner}::int)
        on conflict (owner_id, grantee_name, bucket, prefix, folder) do update set
          permission = excluded.permission, reason = excluded.reason, granted_by = excluded.granted_by,
          expires_at = excluded.expires_at, waits_until = excluded.waits_until
        returning grantee_name, waits_until
      )
      select name as grantee_name, waits_until, case when counts then earlier end as earlier
      from asked left join put on put.grantee_name = name`.execute(db);
    return rows;
  }

  /** The shares that an owner gave; a page in the order of ids. */
  given(
    ownerId: string,
    { limit, after }: { limit: number; after?: string | undefined },
  ): Promise<WaitingShareRow[]> {
    return this.db
      .selectFrom('waiting_share')
      .selectAll()
      .where('owner_id', '=', ownerId)
      .where(NOT_ENDED)
      .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  /** Those who share something with the person; their rows are locked until the transaction ends, always in the same order. */
  ownersOf(granteeName: string, db: Executor): Promise<SubjectRow[]> {
    return db
      .selectFrom('subject')
      .selectAll()
      .where('id', 'in', (eb) =>
        eb.selectFrom('waiting_share').select('owner_id').where('grantee_name', '=', granteeName),
      )
      .orderBy('id')
      .forUpdate()
      .execute();
  }

  /** Takes the shares with the person, oldest first. */
  async take(granteeName: string, db: Executor): Promise<WaitingShareRow[]> {
    const rows = await db
      .deleteFrom('waiting_share')
      .where('grantee_name', '=', granteeName)
      .where(NOT_ENDED)
      .returningAll()
      .execute();
    return rows.sort((a, b) => a.created_at.getTime() - b.created_at.getTime());
  }

  /** Removes up to `limit` shares that have ended. */
  async expire(limit: number, db: Executor): Promise<EndedShare[]> {
    const { rows } = await sql<EndedShare>`
      with gone as (
        delete from waiting_share where id in (
          select id from waiting_share where ${END} <= clock_timestamp() order by ${END} limit ${limit} for update skip locked
        ) returning *
      ) select gone.*, subject.name as owner_name from gone join subject on subject.id = gone.owner_id`.execute(
      db,
    );
    return rows;
  }
}

/** Of `waiting_share`: the share has ended. */
export const HAS_ENDED: RawBuilder<boolean> = sql<boolean>`${END} <= clock_timestamp()`;

/** An owner's shares of a key, as folder and as object; `names`: those with these people only. */
export interface WaitingOf {
  ownerId: string;
  path: Pick<LakePath, 'bucket' | 'prefix'>;
  names?: readonly string[] | undefined;
}

/** The part of a statement that ends them; those that have ended already are left to `expire`. */
export function endWaiting({ ownerId, path: { bucket, prefix }, names }: WaitingOf): RawBuilder<unknown> {
  const those = names ? sql`and grantee_name = any(${[...names]}::text[])` : sql``;
  return sql`delete from waiting_share where owner_id = ${ownerId} and bucket = ${bucket} and prefix = ${prefix} ${those}
    and ${NOT_ENDED} returning *`;
}
