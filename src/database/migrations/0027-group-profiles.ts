import { type Kysely, sql } from 'kysely';

/**
 * What the audit log says of the members that a person gave. Each change of members is one event, recorded with the group locked. So the
 * last one that names the member, or the only one, made the membership what it is. Otherwise it is not known.
 */
const KNOWN = `
  with told as (
    select m.group_id, m.user_id, e.id, e.at, e.actor, e.action = 'group.member_added' as by_name,
      case when e.action = 'group.member_added' then e.detail ->> 'role' = m.role else e.detail -> 'fields' ? m.role end as gives,
      count(*) over member as times, row_number() over (member order by e.id desc) as place
    from membership m
    join subject g on g.id = m.group_id
    join subject u on u.id = m.user_id
    join audit_event e on e.subject_kind = 'group' and e.subject_name = g.name and e.at >= m.created_at
      and (
        (e.action = 'group.member_added' and e.detail ->> 'user_name' = u.name)
        or (e.action = 'group.changed' and e.detail -> 'fields' ?| array['member', 'reader', 'owner'])
      )
    where m.by_hand = m.role and m.by_role is null and m.by_login is null
      and not exists (select from adoption where subject_id = m.group_id)
    window member as (partition by m.group_id, m.user_id)
  )
  update membership m set since = case when told.by_name then told.at else m.created_at end, added_by = told.actor
  from told
  where told.group_id = m.group_id and told.user_id = m.user_id and told.place = 1 and told.gives
    and (told.by_name or told.times = 1)`;

const UP = [
  `alter table subject
    add column display_name text,
    add column website text,
    add column joinable boolean not null default false`,
  `create index subject_joinable on subject (name collate "C") where joinable`,
  `alter table membership add column since timestamptz, add column added_by text`,
  KNOWN,
  `alter table membership alter column since set default clock_timestamp()`,
];

/** How groups present themselves, which of them anybody may ask to join, and since when and by whom members have their roles. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
