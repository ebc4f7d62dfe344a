/** A technical asset of the portal's type PostgreSQL, as its owner wrote it: hostile input. */
export interface SchemaAsset {
  database: string;
  schema: string;
  /** `*`: all tables of the schema. */
  table: string;
}

/** The schema of a provider. */
export interface SchemaPlace {
  database: string;
  schema: string;
}

/** Why the asset does not give the provider's schema; undefined: it does. Nothing but this schema as a whole is ever given. */
export function schemaProblem(
  { database, schema, table }: SchemaAsset,
  place: SchemaPlace,
): string | undefined {
  if (database !== place.database) return 'a technical asset is in another PostgreSQL database';
  if (schema !== place.schema) return "a technical asset is not the provider's own PostgreSQL schema";
  if (table !== '*') return 'a technical asset is a single PostgreSQL table: only the whole schema is given';
  return undefined;
}
