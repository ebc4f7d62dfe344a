import { type Expression, sql } from 'kysely';
import { EVERYTHING } from './changed-documents.js';

/** Subjects whose access changed: those that lost some, and those of which only grants changed, whose documents are marked already. */
export interface ChangedIds {
  all: readonly string[];
  revoked: readonly string[];
  onlyGrants: readonly string[];
}

/** With this generation, everything is gone over. */
export function everythingChanged(generation: Expression<unknown>) {
  return sql<string>`subject.changed_documents || jsonb_build_object('${sql.raw(String(EVERYTHING))}', ${generation})`;
}

/** The next generation. What changes with it is in `changed_documents`, so it is listed if the present one is. */
const NEXT = {
  generation: sql<number>`subject.generation + 1`,
  listed_generation: sql<number>`case when subject.listed_generation = subject.generation
    then subject.generation + 1 else subject.listed_generation end`,
};

/** The next generation, with which everything is gone over. */
export const EVERYTHING_CHANGED = {
  ...NEXT,
  changed_documents: everythingChanged(sql`subject.generation + 1`),
};

/** The next generation of these subjects. */
export function nextGeneration({ revoked, onlyGrants }: ChangedIds) {
  return {
    ...NEXT,
    revoking: sql<boolean>`revoking or id = any(${[...revoked]}::uuid[])`,
    changed_documents: sql<string>`case when id = any(${[...onlyGrants]}::uuid[])
      then changed_documents else ${EVERYTHING_CHANGED.changed_documents} end`,
  };
}

/** MinIO was given the documents of this generation; what changed later stays marked. `limits`: the latest ends that they state, by owner. */
export function generationApplied(generation: number, limits: Readonly<Record<string, number>>) {
  return {
    applied_generation: generation,
    changed_documents: sql<string>`(select coalesce(jsonb_object_agg(key, value), '{}')
      from jsonb_each(subject.changed_documents) where value::int > ${generation})`,
    listed_generation: sql<number>`case when subject.generation > ${generation}
      then subject.listed_generation else subject.generation end`,
    end_limits: JSON.stringify(limits),
  };
}
