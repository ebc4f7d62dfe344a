import { type RawBuilder, sql } from 'kysely';
import { recordset } from '../../database/sql/recordset.js';
import type { Executor, GrantRow, SubjectRow } from '../../database/schema.js';
import { type EndLimits, type OwnerEnds, SOONEST_ENDS } from '../../policy/guards.js';

/** Some documents of a subject. */
export interface SomeDocuments {
  /** Every grant in them, oldest first. */
  grants: GrantRow[];
  /** Numbers of all documents of the subject that contain grants. */
  numbers: number[];
  /** Ends of all its grants, in the order of `endsOf`. */
  ends: OwnerEnds[];
}

type Row = GrantRow & { nr: string; numbers: number[] | null; ends: [string | null, number[]][] | null };

const WHOLE_SECOND = sql`floor(extract(epoch from expires_at))::int8`;

/**
 * The rest of a statement whose `changed (grantee_id, shard)` lists documents with other grants than before: marks them, with the next
 * generation. The number 0 stands for everything. Rows are locked in one order, or two changes of the same subjects can deadlock.
 */
export const MARK_CHANGED: RawBuilder<unknown> = sql`
  locked as (
    select id from subject where id in (select grantee_id from changed) order by id for update
  ), marked as (
    update subject set top_shard = greatest(top_shard, top.shard),
      changed_documents = changed_documents || (select jsonb_object_agg(number, generation + 1) from unnest(top.numbers) as number)
    from (select grantee_id, max(shard) as shard, array_agg(distinct shard) as numbers from changed group by grantee_id) as top
    where subject.id = top.grantee_id and subject.id in (select id from locked)
    returning subject.id
  )`;

/** What is needed to build these documents of a subject. One statement: all of it is of one moment. */
export async function readDocuments(
  granteeId: string,
  numbers: readonly number[],
  db: Executor,
): Promise<SomeDocuments> {
  const { rows } = await sql<Row>`
    with owners as (
      select owner_id, min(created_at) as first, (array_agg(id order by created_at, id))[1] as first_id,
        (array_agg(distinct ${WHOLE_SECOND}))[1:${sql.lit(SOONEST_ENDS)}] as ends
      from access_grant where grantee_id = ${granteeId} and expires_at is not null group by owner_id
    ), found as (
      select *, row_number() over (order by created_at, id) as nr from access_grant
      where grantee_id = ${granteeId} and shard = any(${[...numbers]}::int[])
    )
    select found.*,
      case when coalesce(nr, 1) = 1 then array(select distinct shard from access_grant where grantee_id = ${granteeId}) end as numbers,
      case when coalesce(nr, 1) = 1
        then (select json_agg(json_build_array(owner_id, ends) order by first, first_id) from owners) end as ends
    from (select 1) as one left join found on true order by nr`.execute(db);
  const [first] = rows;
  return {
    grants: rows.filter(({ nr }) => nr !== null),
    numbers: first?.numbers ?? [],
    ends: (first?.ends ?? []).map(([owner, ends]) => ({ owner: owner ?? '', ends })),
  };
}

/**
 * Other ends are stated than before: records which, and marks every document that contains a grant of these owners that ends later than the
 * given second. Returns the changed columns.
 */
export async function restate(
  subjectId: string,
  limits: EndLimits,
  moved: readonly (readonly [owner: string, after: number])[],
  db: Executor,
): Promise<Pick<SubjectRow, 'changed_documents' | 'end_limits'> | undefined> {
  const owners = recordset(moved.map(([owner, after]) => ({ owner, after })));
  const { rows } = await sql<Pick<SubjectRow, 'changed_documents' | 'end_limits'>>`
    update subject set end_limits = ${JSON.stringify(limits)}::jsonb,
      changed_documents = changed_documents || coalesce((
        select jsonb_object_agg(distinct_shard, generation) from (
          select distinct shard as distinct_shard from access_grant
          join json_to_recordset(${owners}::json) as moved(owner text, after int8)
            on moved.owner = coalesce(owner_id::text, '') and ${WHOLE_SECOND} > moved.after
          where grantee_id = ${subjectId}
        ) as shards
      ), '{}')
    where id = ${subjectId} returning changed_documents, end_limits`.execute(db);
  return rows[0];
}
