import { type SelectQueryBuilder, sql } from 'kysely';
import type { Executor, Schema, SubjectKind } from '../database/schema.js';

/** Whom a rotation concerns: users and data products that MinIO has, or only some of them. */
export interface Scope {
  users?: readonly string[];
  /** Only secrets that derive from another master key than this one. */
  exceptKeyId?: string;
  /** Adopted users that still have their secret from before, too. */
  includeAdopted: boolean;
}

/** One of them; with a `code` it is skipped. */
export interface Candidate {
  id: string;
  kind: SubjectKind;
  name: string;
  code: SkipCode | null;
  rotated_at: Date;
}

/** Why nothing is done for a subject: it keeps the secret from before its adoption; it never needed anything in MinIO; it is gone. */
export type SkipCode = 'keeps_secret' | 'nothing_in_minio' | 'removed' | 'cancelled';

/** The name in the order of the lists. */
export const CANDIDATE_NAME = sql<string>`subject.name collate "C"`;

/** The subjects that a rotation requested now would name. */
export function candidates(
  db: Executor,
  { users, exceptKeyId, includeAdopted }: Scope,
): SelectQueryBuilder<Schema, 'subject', Candidate> {
  const code = sql<SkipCode | null>`case
    when subject.kind = 'user' and subject.unchecked then 'nothing_in_minio'
    when subject.foreign_secret and not ${includeAdopted}::boolean then 'keeps_secret' end`;
  return db
    .selectFrom('subject')
    .select(['subject.id', 'subject.kind', 'subject.name', 'subject.rotated_at', code.as('code')])
    .where('subject.kind', 'in', users ? ['user'] : ['user', 'data_product'])
    .where('subject.status', 'in', ['active', 'disabled'])
    .$if(users !== undefined, (query) =>
      query.where(sql<boolean>`subject.name = any(${[...(users ?? [])]}::text[])`),
    )
    .$if(exceptKeyId !== undefined, (query) => query.where('subject.secret_key_id', '<>', exceptKeyId ?? ''));
}
