import { Injectable } from '@nestjs/common';
import { type SqlBool, sql } from 'kysely';
import { Database, type SubjectKind, type SubjectRow } from '../../database/schema.js';
import { EVERYONE } from '../../policy/names.js';
import { prefixesAbove } from '../../policy/paths.js';
import { type GrantPath, type NamedGrant, NOT_ENDED } from '../grants/grant-lookups.store.js';

/** The subject that receives a grant. */
export interface Grantee {
  id: string;
  kind: SubjectKind;
  name: string;
}

/** A grant, and whether its time is over: then its document may still hold it, and it counts for nobody. */
export type HeldGrant = NamedGrant & { ended: boolean };

/** How many are in a group, without those who are disabled. */
export interface GroupSize {
  group_id: string;
  count: number;
  /** There are some, and each of them only reads. */
  readers_only: boolean;
  /** The one who asks is among them. */
  sees: boolean;
}

/** Grants by the paths that they reach, and the sizes of groups: each for many subjects by one statement. */
@Injectable()
export class ReachStore {
  constructor(private readonly db: Database) {}

  /** All with a grant on the key or on a folder above it; `below`: or on anything below. */
  grantees(path: GrantPath, below: boolean): Promise<Grantee[]> {
    return this.db
      .selectFrom('access_grant')
      .innerJoin('subject as grantee', 'grantee.id', 'access_grant.grantee_id')
      .select(['grantee.id', 'grantee.kind', 'grantee.name'])
      .distinct()
      .where(reaching(path, below))
      .where(NOT_ENDED)
      .execute();
  }

  /** The rows of the subjects that have exactly these names now. */
  rows(keys: readonly Pick<Grantee, 'kind' | 'name'>[]): Promise<SubjectRow[]> {
    const named = (kind: SubjectKind) => {
      const names = keys.filter((key) => key.kind === kind).map(({ name }) => name);
      return sql<SqlBool>`(subject.kind = ${kind} and subject.name = any(${names}::text[]))`;
    };
    return this.db
      .selectFrom('subject')
      .selectAll('subject')
      .where('status', '!=', 'removed')
      .where(sql<SqlBool>`(${named('user')} or ${named('group')} or ${named('data_product')})`)
      .execute();
  }

  /** All grants to the subjects: write grants first, then in the order of paths. */
  held(granteeIds: readonly string[]): Promise<HeldGrant[]> {
    return this.db
      .selectFrom('access_grant')
      .innerJoin('subject as grantee', 'grantee.id', 'access_grant.grantee_id')
      .leftJoin('subject as owner', 'owner.id', 'access_grant.owner_id')
      .selectAll('access_grant')
      .select(['grantee.kind as grantee_kind', 'grantee.name as grantee_name', 'owner.name as owner_name'])
      .select(sql<boolean>`not ${NOT_ENDED}`.as('ended'))
      .where(sql<SqlBool>`access_grant.grantee_id = any(${[...granteeIds]}::uuid[])`)
      .orderBy('access_grant.permission', 'desc')
      .orderBy(sql`access_grant.prefix collate "C"`)
      .orderBy('access_grant.id')
      .execute();
  }

  /** The sizes of groups that have somebody; `viewer`: who asks. */
  async sizes(groupIds: readonly string[], viewer: string): Promise<GroupSize[]> {
    const { rows } = await sql<GroupSize>`
      select m.group_id, count(*)::int as count, bool_and(m.role = 'reader') as readers_only, bool_or(u.name = ${viewer}) as sees
      from membership m join subject u on u.id = m.user_id and u.status = 'active'
      where m.group_id = any(${[...groupIds]}::uuid[])
      group by m.group_id
      union all
      select g.id, (
        select count(*)::int from subject u where u.kind = 'user' and u.status in ('active', 'disabled') and u.applied_generation > 0
      ), false, false
      from subject g where g.id = any(${[...groupIds]}::uuid[]) and g.name = ${EVERYONE}
    `.execute(this.db);
    return rows;
  }
}

function reaching({ bucket, prefix }: GrantPath, below: boolean) {
  const within = below ? sql`or starts_with(access_grant.prefix, ${`${prefix}/`})` : sql``;
  // by the index on paths, which has this collation
  const above = sql`access_grant.prefix collate "C" = any(${prefixesAbove(prefix)}::text[])`;
  return sql<SqlBool>`access_grant.bucket = ${bucket} and (${above} ${within})`;
}
