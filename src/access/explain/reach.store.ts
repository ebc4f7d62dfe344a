import { Injectable } from '@nestjs/common';
import { type SqlBool, sql } from 'kysely';
import { Database, type SubjectKind } from '../../database/schema.js';
import { prefixesAbove } from '../../policy/paths.js';
import { type GrantPath, type NamedGrant, NOT_ENDED } from '../grants/grant-lookups.store.js';

/** The subject that receives a grant. */
export interface Grantee {
  id: string;
  kind: SubjectKind;
  name: string;
}

/** Grants by the paths that they reach. */
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

  /** The grants of one subject there: write grants first, then in the order of paths. */
  async of(granteeId: string, path: GrantPath, below: boolean): Promise<NamedGrant[]> {
    return this.named()
      .where('access_grant.grantee_id', '=', granteeId)
      .where(reaching(path, below))
      .orderBy('access_grant.permission', 'desc')
      .orderBy(sql`access_grant.prefix collate "C"`)
      .orderBy('access_grant.id')
      .execute();
  }

  /** Every grant that reaches the key: on the key itself or on a folder above it. */
  covering(path: GrantPath): Promise<NamedGrant[]> {
    return this.named().where(reaching(path, false)).execute();
  }

  /** All grants to the subjects. */
  held(granteeIds: readonly string[]): Promise<NamedGrant[]> {
    return this.named()
      .where('access_grant.grantee_id', 'in', [...granteeIds])
      .execute();
  }

  private named() {
    return this.db
      .selectFrom('access_grant')
      .innerJoin('subject as grantee', 'grantee.id', 'access_grant.grantee_id')
      .leftJoin('subject as owner', 'owner.id', 'access_grant.owner_id')
      .selectAll('access_grant')
      .select(['grantee.kind as grantee_kind', 'grantee.name as grantee_name', 'owner.name as owner_name'])
      .where(NOT_ENDED);
  }
}

function reaching({ bucket, prefix }: GrantPath, below: boolean) {
  const within = below ? sql`or starts_with(access_grant.prefix, ${`${prefix}/`})` : sql``;
  // by the index on paths, which has this collation
  const above = sql`access_grant.prefix collate "C" = any(${prefixesAbove(prefix)}::text[])`;
  return sql<SqlBool>`access_grant.bucket = ${bucket} and (${above} ${within})`;
}
