import type { OpenAPIObject } from '@nestjs/swagger';
import { type Json, nameOf, operationsOf, refsIn, schemaOf } from './json.js';

/**
 * Gives every body an example made of the examples of its fields; a body with several forms has one for each. Without it, each tool makes up
 * its own, and what is made up for a pattern is noise.
 */
export function addBodyExamples(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document))
    for (const media of Object.values(operation.requestBody?.content ?? {}))
      if (media.examples === undefined) Object.assign(media, examplesOf(media.schema as Json, document));
}

function examplesOf(schema: Json, document: OpenAPIObject): Json {
  const forms = formsOf(schema, document);
  if (forms.length === 1) return { example: sampleOf(schema, document) };
  const named = forms.map((form) => {
    const { kind } = (schemaOf(document, form).properties ?? {}) as Record<string, { enum?: string[] }>;
    const summary = kind?.enum?.[0] ?? wordsOf(form);
    const value = sampleOf({ $ref: `#/components/schemas/${form}` }, document);
    return [summary, { summary, value }];
  });
  return { examples: Object.fromEntries(named) as Json };
}

/** The forms of a body: the schema itself, or those that it is one of. */
function formsOf(schema: Json, document: OpenAPIObject): string[] {
  const own = typeof schema.$ref === 'string' ? schemaOf(document, nameOf(schema.$ref)) : schema;
  return own.oneOf ? refsIn(own.oneOf) : [''];
}

/** `NewPathRequestDto` is `new path request`. */
function wordsOf(form: string): string {
  return form
    .replace(/Dto$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
}

/** A value of the schema; undefined if nothing says what it could be. */
function sampleOf(schema: Json, document: OpenAPIObject): unknown {
  if (schema.example !== undefined) return schema.example;
  if (typeof schema.$ref === 'string') return sampleOf(schemaOf(document, nameOf(schema.$ref)), document);
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.type === 'array') {
    const item = sampleOf(schema.items as Json, document);
    return item === undefined ? undefined : [item];
  }
  return schema.properties ? objectOf(schema, document) : undefined;
}

/** Required fields first. */
function objectOf(schema: Json, document: OpenAPIObject): Json {
  const required = (schema.required ?? []) as string[];
  const fields = Object.entries(schema.properties as Record<string, Json>);
  const isRequired = ([name]: [string, Json]) => required.includes(name);
  const ordered = [...fields.filter(isRequired), ...fields.filter((field) => !isRequired(field))];
  return Object.fromEntries(
    ordered.flatMap(([name, field]) => {
      const value = sampleOf(field, document);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
