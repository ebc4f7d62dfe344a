/** A JSON Schema, or a part of one, as far as a form looks at it. It comes from a provider: nothing in it is trusted to be well. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The schema at a place, or an empty one. */
export function schemaAt(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}

export function textAt(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberAt(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
