import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { SortedPlace } from '../../common/paging/sorting.js';
import { Database } from '../../database/schema.js';
import { EVERYONE } from '../../policy/names.js';

export interface Grantee {
  kind: 'user' | 'group';
  name: string;
  display_name: string | null;
}

/** What was typed, by whom, and which part of the list. */
export interface GranteeSearch {
  q: string;
  kind?: 'user' | 'group' | undefined;
  asker: string;
  /** The asker finds everybody. */
  all: boolean;
  limit: number;
  after: SortedPlace | undefined;
}

/** Users and groups by the beginnings of their names. */
@Injectable()
export class GranteesStore {
  constructor(private readonly db: Database) {}

  /**
   * Up to `limit` groups and users after `after`, without the asker. `everyone` is found before it is made. One statement, whoever there is:
   * how much is asked of the database tells nothing.
   */
  async find({ q, kind, asker, all, limit, after }: GranteeSearch): Promise<Grantee[]> {
    const { rows } = await sql<Grantee>`
      with own as (
        select m.group_id from membership m join subject u on u.id = m.user_id
        where u.kind = 'user' and u.name = ${asker} and u.status != 'removed'
      ), found as (
        select kind, name, display_name from subject
        where status in ('active', 'disabled') and starts_with(lower(name), lower(${q})) and (
          kind = 'user' and name != ${asker}
            and (${all} or name = lower(${q}) or id in (select user_id from membership where group_id in (select group_id from own)))
          or kind = 'group' and name != ${EVERYONE} and (${all} or id in (select group_id from own)))
        union all select 'group', ${EVERYONE}, null where starts_with(${EVERYONE}, lower(${q}))
      )
      select kind, name, display_name from found
      where (${kind ?? null}::text is null or kind = ${kind ?? null})
        and (${after === undefined} or (kind, name collate "C") > (${after?.key ?? ''}, ${after?.name ?? ''}))
      order by kind, name collate "C" limit ${limit}
    `.execute(this.db);
    return rows;
  }
}
