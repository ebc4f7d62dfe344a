import type { OpenAPIObject } from '@nestjs/swagger';

/** A part of the document. */
export type Json = Record<string, unknown>;

/** One operation, as far as the rules for the document read it. */
export interface Operation extends Json {
  parameters?: Json[];
  requestBody?: Json & { required?: boolean; content?: Record<string, Json> };
  responses: Record<string, Json>;
  tags?: string[];
}

/** Every operation with its path and method. */
export function operationsOf({
  paths,
}: OpenAPIObject): { path: string; method: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, { get, put, post, delete: remove }]) =>
    Object.entries({ get, put, post, delete: remove }).flatMap(([method, operation]) =>
      operation ? [{ path, method, operation: operation as unknown as Operation }] : [],
    ),
  );
}

/** The named schema; an empty one if there is none. */
export function schemaOf({ components }: OpenAPIObject, name: string): Json {
  return (components?.schemas?.[name] ?? {}) as Json;
}

/** Every object at any depth, the outer ones first. */
export function objectsIn(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? inner : [value as Json, ...inner];
}

/** Names of the referenced schemas. */
export function refsIn(value: unknown): string[] {
  return objectsIn(value).flatMap(({ $ref }) => (typeof $ref === 'string' ? [nameOf($ref)] : []));
}

/** The name of a referenced schema. */
export function nameOf($ref: string): string {
  return $ref.replace('#/components/schemas/', '');
}
