import type { ColumnType, Generated } from 'kysely';

/** What a subject remembers of its policy documents. */
export interface DocumentMarks {
  /**
   * Documents that MinIO has not been given since their grants changed: by number, the generation of the last change. The number 0 stands
   * for everything, the attached policies included.
   */
  changed_documents: ColumnType<Record<string, number>, string | undefined, string>;
  /** The generation up to which all changes are in `changed_documents`; it stays behind when code that does not know it changes the row. */
  listed_generation: Generated<number>;
  /** By owner, in seconds: later ends are written as this one in the documents. Null: not known, so everything is gone over. */
  end_limits: ColumnType<Record<string, number> | null, string | null | undefined, string | null>;
}
