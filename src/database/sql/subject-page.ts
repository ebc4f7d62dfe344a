import { type RawBuilder, sql } from 'kysely';
import type { Database, SubjectRow } from '../schema.js';

/** A text by which subjects are sorted, and of the last item of the page before. */
export interface SubjectOrder {
  key: RawBuilder<string>;
  descending: boolean;
  /** The key and the name of the last item of the page before. */
  after: { key: string; name: string } | undefined;
}

/** Where a page starts and what is on it: up to `limit` names after `after`, in byte order, that contain `q`. */
export interface NamePage {
  limit: number;
  after: string | undefined;
  q: string | undefined;
}

/** The same in another order. */
export type SortedPage = Pick<NamePage, 'limit' | 'q'> & { order: SubjectOrder };

const NAME = sql<string>`subject.name collate "C"`;

/** A moment as a text that has the order of the moments; the empty one if there is none. */
export function sortableTime(moment: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`coalesce(to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '')`;
}

/** The rows of a page of subjects of one kind; a store adds the other columns that it shows. */
export function subjectPage(db: Database, kind: SubjectRow['kind'], { limit, after, q }: NamePage) {
  return subjects(db, kind, q)
    .selectAll('subject')
    .$if(after !== undefined, (query) => query.where(NAME, '>', after ?? ''))
    .orderBy(NAME)
    .limit(limit);
}

/** The same in another order, with the text by which it is sorted. Equal ones are sorted by name. */
export function sortedSubjectPage(
  db: Database,
  kind: SubjectRow['kind'],
  { limit, q, order: { key, descending, after } }: SortedPage,
) {
  const by = sql<string>`${key} collate "C"`;
  const direction = descending ? 'desc' : 'asc';
  const beyond = descending ? sql`<` : sql`>`;
  return subjects(db, kind, q)
    .selectAll('subject')
    .select(key.as('sort_key'))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(${by}, ${NAME}) ${beyond} (${after?.key ?? ''}, ${after?.name ?? ''})`),
    )
    .orderBy(by, direction)
    .orderBy(NAME, direction)
    .limit(limit);
}

/** How many subjects of one kind there are whose names contain `q`. */
export function subjectCount(db: Database, kind: SubjectRow['kind'], q: string | undefined) {
  return subjects(db, kind, q).select(sql<number>`count(*)::int`.as('total'));
}

function subjects(db: Database, kind: SubjectRow['kind'], q: string | undefined) {
  return db
    .selectFrom('subject')
    .where('kind', '=', kind)
    .where('status', '!=', 'removed')
    .$if(q !== undefined, (query) => query.where(sql<boolean>`strpos(subject.name, ${q}) > 0`));
}
