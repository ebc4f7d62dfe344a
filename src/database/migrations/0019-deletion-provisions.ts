import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table provision alter column max_attempts drop not null`,
  `alter table data_deletion add column provision_id uuid`,
  // those that are open become provisions; a worker finds them ten seconds after they are due
  `with open as (
    select *, gen_random_uuid() as new_id from data_deletion where state in ('pending', 'running')
  ), made as (
    insert into provision (id, kind, subject, origin, input, correlation_id, requested_by, requested_by_kind, request_id)
    select new_id, 'data.deletion', 'data:' || prefix, 'api', jsonb_build_object('deletion_id', id), coalesce(request_id, new_id::text),
      actor, actor_kind, request_id
    from open
  ), noted as (
    insert into provision_event (provision_id, event, correlation_id, detail)
    select new_id, 'accepted', coalesce(request_id, new_id::text), '{"kind": "data.deletion", "origin": "api"}' from open
  )
  update data_deletion set provision_id = open.new_id from open where open.id = data_deletion.id`,
  `alter table data_deletion drop column due_at, drop column lease_until`,
];

/** Deletions of data are carried out by provisions, whose attempts need no limit. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
