import { sql } from 'kysely';
import type { Database, SubjectRow } from '../schema.js';

/** Where a page starts and what is on it: up to `limit` names after `after`, in byte order, that contain `q`. */
export interface NamePage {
  limit: number;
  after: string | undefined;
  q: string | undefined;
}

const NAME = sql<string>`subject.name collate "C"`;

/** The rows of a page of subjects of one kind; a store adds the other columns that it shows. */
export function subjectPage(db: Database, kind: SubjectRow['kind'], { limit, after, q }: NamePage) {
  return db
    .selectFrom('subject')
    .selectAll('subject')
    .where('kind', '=', kind)
    .where('status', '!=', 'removed')
    .$if(after !== undefined, (query) => query.where(NAME, '>', after ?? ''))
    .$if(q !== undefined, (query) => query.where(sql<boolean>`strpos(subject.name, ${q}) > 0`))
    .orderBy(NAME)
    .limit(limit);
}
