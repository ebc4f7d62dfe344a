import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor, type GrantRow, type SubjectKind } from '../../database/schema.js';

/** A grant with the names that its ids stand for. */
export interface NamedGrant extends GrantRow {
  grantee_kind: SubjectKind;
  grantee_name: string;
  owner_name: string | null;
}

/** Where a page of grants goes on. */
export interface GrantPage {
  limit: number;
  /** Id of the last grant of the page before. */
  after?: string | undefined;
}

/** A new grant, or a new wording of one that is there. */
export type GrantInput = Pick<
  GrantRow,
  | 'grantee_id'
  | 'owner_id'
  | 'bucket'
  | 'prefix'
  | 'folder'
  | 'permission'
  | 'origin'
  | 'reason'
  | 'granted_by'
  | 'expires_at'
  | 'shard'
  | 'weight'
>;

/** Which key a grant is about, whether as a folder or as an object. */
export interface GrantPath {
  bucket: string;
  prefix: string;
}

/** What has ended is not shown, although the worker takes it away only within the next second. */
const NOT_ENDED = sql<boolean>`coalesce(access_grant.expires_at > clock_timestamp(), true)`;

/** Grants: who should reach which path. */
@Injectable()
export class GrantsStore {
  constructor(private readonly db: Database) {}

  /** Every grant to a subject, oldest first. */
  of(granteeId: string, db: Executor = this.db): Promise<GrantRow[]> {
    return db
      .selectFrom('access_grant')
      .selectAll()
      .where('grantee_id', '=', granteeId)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
  }

  /** Weight in each policy document of a subject. */
  async loads(granteeId: string, db: Executor): Promise<Map<number, number>> {
    const rows = await db
      .selectFrom('access_grant')
      .select(['shard', sql<number>`sum(weight)::int`.as('weight')])
      .where('grantee_id', '=', granteeId)
      .groupBy('shard')
      .execute();
    return new Map(rows.map(({ shard, weight }) => [shard, weight]));
  }

  /** How many grants one owner has given to one grantee. */
  async count(ownerId: string, granteeId: string, db: Executor): Promise<number> {
    const { count } = await db
      .selectFrom('access_grant')
      .select(sql<number>`count(*)::int`.as('count'))
      .where('owner_id', '=', ownerId)
      .where('grantee_id', '=', granteeId)
      .executeTakeFirstOrThrow();
    return count;
  }

  /** The grants of one origin on exactly this key: as a folder, as an object, or both. */
  on(path: GrantPath, origin: GrantRow['origin'], db: Executor = this.db): Promise<NamedGrant[]> {
    return this.named(db)
      .where('access_grant.bucket', '=', path.bucket)
      .where('access_grant.prefix', '=', path.prefix)
      .where('access_grant.origin', '=', origin)
      .execute();
  }

  /** Every grant that reaches the key: on the key itself or on a folder above it. */
  covering(path: GrantPath, db: Executor = this.db): Promise<NamedGrant[]> {
    const segments = path.prefix.split('/');
    const prefixes = segments.map((_, index) => segments.slice(0, index + 1).join('/'));
    return this.named(db)
      .where('access_grant.bucket', '=', path.bucket)
      .where('access_grant.prefix', 'in', prefixes)
      .where(NOT_ENDED)
      .execute();
  }

  /** What an owner gave away of the home, a page in the order of ids. */
  given(ownerId: string, page: GrantPage): Promise<NamedGrant[]> {
    return this.page(page).where('access_grant.owner_id', '=', ownerId).execute();
  }

  /** What any of the subjects was given, a page in the order of ids. */
  received(granteeIds: readonly string[], page: GrantPage): Promise<NamedGrant[]> {
    return this.page(page)
      .where('access_grant.grantee_id', 'in', [...granteeIds])
      .execute();
  }

  /** What one owner gave the grantee. */
  ofOwner(granteeId: string, ownerName: string, db: Executor = this.db): Promise<NamedGrant[]> {
    return this.named(db)
      .where('access_grant.grantee_id', '=', granteeId)
      .where('owner.name', '=', ownerName)
      .where('owner.kind', '=', 'user')
      .orderBy('access_grant.id')
      .execute();
  }

  /** Writes a grant; one of the same path and origin is replaced. */
  async put(grant: GrantInput, db: Executor): Promise<void> {
    const { permission, reason, granted_by, expires_at, shard, weight } = grant;
    await db
      .insertInto('access_grant')
      .values(grant)
      .onConflict((conflict) =>
        conflict
          .columns(['grantee_id', 'bucket', 'prefix', 'folder', 'origin'])
          .doUpdateSet({ permission, reason, granted_by, expires_at, shard, weight }),
      )
      .execute();
  }

  /** Puts a grant into another document, or weighs it anew. */
  async place(id: string, place: Pick<GrantRow, 'shard' | 'weight'>, db: Executor): Promise<void> {
    await db.updateTable('access_grant').set(place).where('id', '=', id).execute();
  }

  async remove(ids: readonly string[], db: Executor): Promise<void> {
    if (ids.length === 0) return;
    await db
      .deleteFrom('access_grant')
      .where('id', 'in', [...ids])
      .execute();
  }

  /** What was given in a home before it had an owner is the owner's. */
  async adopt(ownerId: string, home: GrantPath, origin: GrantRow['origin'], db: Executor): Promise<void> {
    await db
      .updateTable('access_grant')
      .set({ owner_id: ownerId })
      .where('owner_id', 'is', null)
      .where('origin', '=', origin)
      .where('bucket', '=', home.bucket)
      .where(sql<boolean>`starts_with(prefix, ${`${home.prefix}/`})`)
      .execute();
  }

  /** Takes away everything that a subject was given and, of a user, all that lies in the home, whoever gave it; the answer is whom it was taken from. */
  async removeAllOf(subjectId: string, home: GrantPath | undefined, db: Executor): Promise<string[]> {
    const rows = await db
      .deleteFrom('access_grant')
      .where((eb) =>
        eb.or([
          eb('grantee_id', '=', subjectId),
          eb('owner_id', '=', subjectId),
          // what a group was given there before the user came has no owner
          ...(home
            ? [sql<boolean>`bucket = ${home.bucket} and starts_with(prefix || '/', ${`${home.prefix}/`})`]
            : []),
        ]),
      )
      .returning('grantee_id')
      .execute();
    return [...new Set(rows.map(({ grantee_id }) => grantee_id))].filter((id) => id !== subjectId);
  }

  /** Whether the time of any grant is over. */
  async anyExpired(): Promise<boolean> {
    const found = await this.db
      .selectFrom('access_grant')
      .select('id')
      .where('expires_at', '<=', sql<Date>`clock_timestamp()`)
      .limit(1)
      .executeTakeFirst();
    return found !== undefined;
  }

  /** Takes away up to `limit` grants whose time is over. */
  expire(limit: number, db: Executor): Promise<GrantRow[]> {
    return db
      .deleteFrom('access_grant')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('access_grant')
          .select('id')
          .where('expires_at', '<=', sql<Date>`clock_timestamp()`)
          .orderBy('expires_at')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .returningAll()
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
