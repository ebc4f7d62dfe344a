import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type GroupRole, type SubjectRow } from '../../database/schema.js';
import { subjectPage } from '../../database/sql/subject-page.js';

/** A group as a person sees it in a list. */
export interface CatalogueRow extends SubjectRow {
  owners: string[];
  member_count: number;
  own_role: GroupRole | null;
  request: { id: string; role: GroupRole; created_at: string } | null;
}

/** Which groups: those that anybody may ask to join, or those that the viewer is in; up to `limit` names after `after`. */
export interface CataloguePage {
  joinable: boolean;
  viewer: string;
  limit: number;
  after: string | undefined;
}

const MEMBERS = sql`membership m join subject u on u.id = m.user_id where m.group_id = subject.id`;

/** The groups that a person may know of. */
@Injectable()
export class CatalogueStore {
  constructor(private readonly db: Database) {}

  page({ joinable, viewer, limit, after }: CataloguePage): Promise<CatalogueRow[]> {
    const ownRole = sql<GroupRole | null>`(select m.role from ${MEMBERS} and u.name = ${viewer})`;
    return subjectPage(this.db, 'group', { limit, after, q: undefined })
      .where('status', '=', 'active')
      .$if(joinable, (query) => query.where('joinable', '=', true))
      .$if(!joinable, (query) =>
        query.where(sql<boolean>`exists (select from ${MEMBERS} and u.name = ${viewer})`),
      )
      .select([
        sql<string[]>`(
          select coalesce(json_agg(u.name order by u.name collate "C"), '[]')
          from ${MEMBERS} and m.role = 'owner' and u.status = 'active'
        )`.as('owners'),
        sql<number>`(select count(*)::int from membership m where m.group_id = subject.id)`.as(
          'member_count',
        ),
        ownRole.as('own_role'),
        sql<CatalogueRow['request']>`(
          select json_build_object('id', r.id, 'role', r.role, 'created_at', r.created_at)
          from access_request r join subject u on u.id = r.requester_id
          where r.group_id = subject.id and r.state = 'open' and u.kind = 'user' and u.name = ${viewer}
        )`.as('request'),
      ])
      .execute();
  }
}
