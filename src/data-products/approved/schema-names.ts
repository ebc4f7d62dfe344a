import { createHash } from 'node:crypto';

/** The names of what a data product has in PostgreSQL. */
export interface SchemaNames {
  schema: string;
  /** The role that owns the schema, and logs in. */
  owner: string;
  /** The role whose members read the schema. */
  reader: string;
}

/** PostgreSQL allows 63 bytes; the roles add a suffix of six. */
const LONGEST = 57;
const DIGITS = 12;
/** Schemas that servers have, that PostgreSQL does not allow, or that this service keeps for itself. */
const RESERVED = /^(pg_.*|public|information_schema|minio_manager)$/;
/** What a name with digits looks like: no prefix may look so without having them. */
const WITH_DIGITS = new RegExp(`_[0-9a-f]{${DIGITS}}$`);

/**
 * The names that follow from a product's permanent prefix: the prefix itself, where it can be the name of a schema; otherwise what remains of
 * it, and digits of its hash. No two prefixes have a name in common, unless their hashes are the same.
 */
export function schemaNames(prefix: string): SchemaNames {
  const schema = nameOf(prefix);
  return { schema, owner: `${schema}_owner`, reader: `${schema}_read` };
}

/** The role of a consumer that has no prefix, by its principal. */
export function loginName(principal: string): string {
  return `${nameOf(principal)}_login`;
}

function nameOf(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
  const fits = plain === text && plain.length <= LONGEST && !RESERVED.test(plain) && !WITH_DIGITS.test(plain);
  if (fits) return plain;
  const digits = createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
  const rest = plain.slice(0, LONGEST - DIGITS - 1);
  // PostgreSQL refuses this beginning
  return `${rest.startsWith('pg_') ? rest.replace('pg_', 'p_') : rest}_${digits}`;
}
