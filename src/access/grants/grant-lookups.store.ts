import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor, type GrantRow, type SubjectKind } from '../../database/schema.js';
import { prefixesAbove } from '../../policy/paths.js';

/** A grant with the names that its ids stand for. */
export interface NamedGrant extends GrantRow {
  grantee_kind: SubjectKind;
  grantee_name: string;
  owner_name: string | null;
}

/** Where a page of grants starts. */
export interface GrantPage {
  limit: number;
  /** Id of the last grant of the previous page. */
  after?: string | undefined;
}

/** The key of a grant, whether as a folder or as an object. */
export interface GrantPath {
  bucket: string;
  prefix: string;
}

/** A grant that has ended counts for nobody, although the worker removes it only within the next second, or later while it is down. */
export const NOT_ENDED = sql<boolean>`coalesce(access_grant.expires_at > clock_timestamp(), true)`;

/** Grants as people ask for them: by path, owner or grantee, with names. */
@Injectable()
export class GrantLookupsStore {
  constructor(private readonly db: Database) {}

  /** The grants of one origin on exactly this key: as a folder, as an object, or both. */
  on(path: GrantPath, origin: GrantRow['origin'], db: Executor = this.db): Promise<NamedGrant[]> {
    return this.named(db)
      .where('access_grant.bucket', '=', path.bucket)
      .where(sql<boolean>`access_grant.prefix collate "C" = ${path.prefix}`)
      .where('access_grant.origin', '=', origin)
      .where(NOT_ENDED)
      .execute();
  }

  /** Every grant that reaches the key: on the key itself or on a folder above it. */
  covering(path: GrantPath, db: Executor = this.db): Promise<NamedGrant[]> {
    const prefixes = prefixesAbove(path.prefix);
    return (
      this.named(db)
        .where('access_grant.bucket', '=', path.bucket)
        // by the index on paths, which has this collation
        .where(sql<boolean>`access_grant.prefix collate "C" = any(${prefixes}::text[])`)
        .where(NOT_ENDED)
        .execute()
    );
  }

  /** The grants that an owner gave in the home, a page in the order of ids. */
  given(ownerId: string, page: GrantPage): Promise<NamedGrant[]> {
    return this.page(page).where('access_grant.owner_id', '=', ownerId).execute();
  }

  /** The grants to any of the subjects, a page in the order of ids. */
  received(granteeIds: readonly string[], page: GrantPage): Promise<NamedGrant[]> {
    return this.page(page)
      .where(sql<boolean>`access_grant.grantee_id = any(${[...granteeIds]}::uuid[])`)
      .execute();
  }

  /** Every grant to a subject, the oldest first. */
  to(granteeId: string): Promise<NamedGrant[]> {
    return this.named(this.db)
      .where('access_grant.grantee_id', '=', granteeId)
      .where(NOT_ENDED)
      .orderBy('access_grant.created_at')
      .orderBy('access_grant.id')
      .execute();
  }

  /** The grants from one owner to the grantee. */
  ofOwner(granteeId: string, ownerName: string, db: Executor = this.db): Promise<NamedGrant[]> {
    return this.named(db)
      .where('access_grant.grantee_id', '=', granteeId)
      .where('owner.name', '=', ownerName)
      .where('owner.kind', '=', 'user')
      .where(NOT_ENDED)
      .orderBy('access_grant.id')
      .execute();
  }

  private page({ limit, after }: GrantPage) {
    return this.named(this.db)
      .where(NOT_ENDED)
      .$if(after !== undefined, (query) => query.where('access_grant.id', '>', after ?? ''))
      .orderBy('access_grant.id')
      .limit(limit);
  }

  private named(db: Executor) {
    return db
      .selectFrom('access_grant')
      .innerJoin('subject as grantee', 'grantee.id', 'access_grant.grantee_id')
      .leftJoin('subject as owner', 'owner.id', 'access_grant.owner_id')
      .selectAll('access_grant')
      .select(['grantee.kind as grantee_kind', 'grantee.name as grantee_name', 'owner.name as owner_name']);
  }
}
