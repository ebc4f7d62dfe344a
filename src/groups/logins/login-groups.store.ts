import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { LoginGroup, LoginGroups } from '../../common/caller.js';
import { Database, type Executor, type SubjectRow } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';
import type { GivenGroup } from '../../database/tables/membership-tables.js';
import type { FirstEmpty } from './login-plan.js';
import { type LoginSummary, SHOWN } from './login-summary.js';

/** A live user, what its logins have said and given so far, and the groups that exist of those concerned. */
export interface LoginState extends FirstEmpty {
  userId: string;
  status: SubjectRow['status'];
  named: LoginGroup[];
  given: GivenGroup[];
  /** In milliseconds since 1970; undefined if no login said anything. */
  asOf: number | undefined;
  ids: ReadonlyMap<string, string>;
}

/** What is stored about a login. */
export interface SavedLogin {
  named: readonly LoginGroup[];
  given: readonly GivenGroup[];
  asOf: number;
  waits?: 'second_answer' | 'brake';
  emptyBy?: string;
  /** The person loses all groups by this login. */
  emptied?: boolean;
}

/** Any number that nothing else locks. */
const BRAKE = 7_265_117;
const LIVE = sql<boolean>`g.kind = 'group' and g.status not in ('removing', 'removed')`;
/** The brake counts the losses of this time. */
const RECENT = sql<boolean>`emptied_at > clock_timestamp() - interval '1 day'`;

/** What people's logins say about groups. */
@Injectable()
export class LoginGroupsStore {
  constructor(private readonly db: Database) {}

  /** Undefined if there is no such user. `groups`: names that are looked up besides those of earlier logins. */
  async find(
    userName: string,
    groups: readonly string[],
    db: Executor = this.db,
  ): Promise<LoginState | undefined> {
    const row = await db
      .selectFrom('subject')
      .leftJoin('login_groups as login', 'login.user_id', 'subject.id')
      .select(['subject.id', 'subject.status', 'named', 'given', 'as_of', 'waits', 'empty_by'])
      .select(sql<number | null>`(extract(epoch from ${NOW} - waits_since) * 1000)::float8`.as('waited_ms'))
      .select(
        sql<Record<string, string>>`(
          select coalesce(json_object_agg(g.name, g.id), '{}') from subject g where ${LIVE} and
            g.name in (select unnest(${[...groups]}::text[]) union
              select each ->> 'group' from jsonb_array_elements(login.named || login.given) each)
        )`.as('ids'),
      )
      .where('subject.kind', '=', 'user')
      .where('subject.name', '=', userName)
      .where('subject.status', '!=', 'removed')
      .executeTakeFirst();
    if (!row) return undefined;
    return {
      userId: row.id,
      status: row.status,
      named: row.named ?? [],
      given: row.given ?? [],
      asOf: row.as_of?.getTime(),
      waits: row.waits,
      waitedMs: row.waited_ms,
      emptyBy: row.empty_by,
      ids: new Map(Object.entries(row.ids)),
    };
  }

  /** Records a login that changes no membership. */
  async note(userId: string, { groups, asOf }: LoginGroups): Promise<void> {
    const said = { named: JSON.stringify(groups), as_of: new Date(asOf) };
    await this.db
      .insertInto('login_groups')
      .values({ user_id: userId, ...said, given: '[]' })
      .onConflict((conflict) =>
        conflict
          .column('user_id')
          .doUpdateSet({ ...said, waits: null, waits_since: null, empty_by: null })
          // another process may have recorded a later login meanwhile
          .where('login_groups.as_of', '<=', said.as_of),
      )
      .execute();
  }

  /** Records a login in the transaction of what it changes. */
  async save(userId: string, login: SavedLogin, db: Executor): Promise<void> {
    const { waits = null, emptyBy = null, emptied = false } = login;
    const given = JSON.stringify(login.given);
    await db
      .insertInto('login_groups')
      .values({
        user_id: userId,
        named: JSON.stringify(login.named),
        given,
        as_of: new Date(login.asOf),
        waits,
        waits_since: waits ? NOW : null,
        empty_by: emptyBy,
        emptied_at: emptied ? NOW : null,
      })
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet((eb) => ({
          named: eb.ref('excluded.named'),
          given: eb.ref('excluded.given'),
          as_of: eb.ref('excluded.as_of'),
          waits: eb.ref('excluded.waits'),
          // the wait goes on, also if its reason is another one now
          waits_since: sql<Date | null>`case when excluded.waits is null then null
            else coalesce(login_groups.waits_since, excluded.waits_since) end`,
          empty_by: sql<string | null>`case when excluded.waits is null then null
            else coalesce(login_groups.empty_by, excluded.empty_by) end`,
          emptied_at: sql<Date | null>`case when excluded.given = '[]' then
            coalesce(excluded.emptied_at, login_groups.emptied_at) end`,
        })),
      )
      .execute();
  }

  /** What all logins together say, for the doctor. */
  async summary(): Promise<LoginSummary> {
    const missing = sql<LoginSummary['missing']>`(
      select coalesce(json_agg(row_to_json(each)), '[]') from (
        select n ->> 'group' as name, count(*)::int as people from login_groups, jsonb_array_elements(named) n
        where not exists (select 1 from subject g where ${LIVE} and g.name = n ->> 'group')
        group by 1 order by 2 desc, 1 limit ${SHOWN + 1}
      ) each)`;
    const toGive = sql<number>`(
      select count(*)::int from login_groups l, jsonb_array_elements(l.named) n join subject g on g.name = n ->> 'group'
      where ${LIVE} and not l.given @> json_build_array(json_build_object('group_id', g.id))::jsonb)`;
    const toEnd = sql<number>`(
      select count(*)::int from login_groups l, jsonb_array_elements(l.given) o
      where not l.named @> json_build_array(json_build_object('group', o ->> 'group'))::jsonb)`;
    const count = (waits: string) =>
      sql<number>`(select count(*)::int from login_groups where waits = ${waits})`;
    return this.db
      .selectNoFrom([
        sql<number>`(select count(*)::int from login_groups)`.as('people'),
        sql<number>`(select count(*)::int from membership where by_login is not null)`.as('memberships'),
        count('brake').as('braked'),
        count('second_answer').as('unconfirmed'),
        missing.as('missing'),
        toGive.as('toGive'),
        toEnd.as('toEnd'),
      ])
      .executeTakeFirstOrThrow();
  }

  /** Counts the people for the brake. Until the transaction ends, no other one counts. */
  async countLosses(db: Executor): Promise<{ lost: number; holding: number }> {
    await sql`select pg_advisory_xact_lock(${BRAKE})`.execute(db);
    return db
      .selectFrom('login_groups')
      .select([
        sql<number>`(count(*) filter (where ${RECENT}))::int`.as('lost'),
        sql<number>`(count(*) filter (where ${RECENT} or given != '[]'))::int`.as('holding'),
      ])
      .executeTakeFirstOrThrow();
  }
}
