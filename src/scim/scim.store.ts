import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor, type SubjectRow } from '../database/schema.js';

/** What is known of a subject here. */
export type ScimSubject = Pick<
  SubjectRow,
  'id' | 'kind' | 'name' | 'status' | 'suspended' | 'session_epoch' | 'generation' | 'created_at'
> & {
  external_id: string | null;
  /** The session epoch that it got when the directory disabled it. */
  disabled_epoch: number | null;
};

/** Which of them; absent: any. */
export interface ScimSearch {
  kind: 'user' | 'group';
  /** Only those that SCIM has made or changed. */
  onlyOwn: boolean;
  /** What names begin with. */
  prefix: string;
  id?: string | undefined;
  name?: string | undefined;
  externalId?: string | undefined;
  /** Groups that the user with this id is in. */
  member?: string | undefined;
}

/** What a change of {@link ScimStore.put} sets; an absent field stays. */
export interface ScimMarks {
  external_id?: string | null;
  disabled_epoch?: number | null;
}

/** People and groups as directories know them. */
@Injectable()
export class ScimStore {
  constructor(private readonly db: Database) {}

  /** Those of a search, by name. */
  page(search: ScimSearch, { offset, limit }: { offset: number; limit: number }): Promise<ScimSubject[]> {
    return this.found(search)
      .select([
        ...(['subject.id', 'subject.kind', 'subject.name', 'subject.status', 'subject.suspended'] as const),
        ...(['subject.session_epoch', 'subject.generation', 'subject.created_at'] as const),
        ...(['scim_resource.external_id', 'scim_resource.disabled_epoch'] as const),
      ])
      .orderBy(sql`subject.name collate "C"`)
      .offset(offset)
      .limit(limit)
      .execute();
  }

  async count(search: ScimSearch): Promise<number> {
    const { total } = await this.found(search)
      .select(sql<number>`count(*)::int`.as('total'))
      .executeTakeFirstOrThrow();
    return total;
  }

  /** The names of the users with these ids; ids of nobody are left out. */
  async namesOf(ids: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.db
      .selectFrom('subject')
      .select(['id', 'name'])
      .where('kind', '=', 'user')
      .where('status', 'in', ['active', 'disabled'])
      .where(sql<boolean>`id::text = any(${[...ids]}::text[])`)
      .execute();
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** Notes what the directory says of a subject. From then on the subject is one that SCIM has made or changed. */
  async put(subjectId: string, marks: ScimMarks, trx: Executor): Promise<void> {
    await trx
      .insertInto('scim_resource')
      .values({ subject_id: subjectId, ...marks })
      .onConflict((conflict) =>
        Object.keys(marks).length === 0
          ? conflict.column('subject_id').doNothing()
          : conflict.column('subject_id').doUpdateSet(marks),
      )
      .execute();
  }

  private found({ kind, onlyOwn, prefix, id, name, externalId, member }: ScimSearch) {
    return this.db
      .selectFrom('subject')
      .leftJoin('scim_resource', 'scim_resource.subject_id', 'subject.id')
      .where('subject.kind', '=', kind)
      .where('subject.status', 'in', ['active', 'disabled'])
      .where(sql<boolean>`starts_with(subject.name, ${prefix})`)
      .$if(onlyOwn, (query) => query.where('scim_resource.subject_id', 'is not', null))
      .$if(id !== undefined, (query) => query.where(sql<boolean>`subject.id::text = ${id}`))
      .$if(name !== undefined, (query) => query.where('subject.name', '=', name ?? ''))
      .$if(externalId !== undefined, (query) =>
        query.where('scim_resource.external_id', '=', externalId ?? ''),
      )
      .$if(member !== undefined, (query) =>
        query.where(
          sql<boolean>`exists (select 1 from membership where membership.group_id = subject.id and membership.user_id::text = ${member})`,
        ),
      );
  }
}
