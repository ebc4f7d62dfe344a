import { type Kysely, sql } from 'kysely';

/** The id of a removed owner or group is cleared, so that a request does not reveal whether it exists; a reused name is another subject. */
const FORGOTTEN = 'references subject (id) on delete set null on update set null';

const UP = [
  `alter table access_request
    alter column bucket drop not null,
    alter column prefix drop not null,
    alter column folder drop not null,
    alter column permission drop not null,
    add column group_name text,
    add column group_id uuid ${FORGOTTEN},
    add column role text check (role in ('member', 'reader', 'owner')),
    drop constraint access_request_owner_id_fkey,
    drop constraint access_request_state_check,
    drop constraint access_request_granted_check`,
  `alter table access_request
    add constraint access_request_owner_id_fkey foreign key (owner_id) ${FORGOTTEN},
    add constraint access_request_state_check
      check (state in ('open', 'approved', 'denied', 'superseded', 'withdrawn')),
    add constraint access_request_granted_check check (granted in ('read', 'write', 'member', 'reader', 'owner')),
    add constraint access_request_wanted_check check (
      case when group_name is null
        then num_nonnulls(bucket, prefix, folder, permission) = 4 and num_nonnulls(role, group_id) = 0
        else num_nonnulls(bucket, prefix, folder, permission, owner_id) = 0 and role is not null
      end
    )`,
  `create unique index access_request_open_group on access_request (requester_id, group_name) where state = 'open'`,
  `create index access_request_group on access_request (group_id, id)`,
];

/** Requests for membership of a group, and withdrawn requests. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
