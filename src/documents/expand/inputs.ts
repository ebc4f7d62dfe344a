import type { JsonSchema } from '../model.js';
import { withDerived } from '../parameters/derived-defaults.js';
import { fieldName, type SchemaProblem, validatorOf } from '../parameters/validator.js';
import { fill, FillError, type Scope } from '../references/fill.js';
import { type FilledObject, isKnown } from '../references/unknown.js';
import { fillParams } from '../score/placeholders.js';
import { ExpandError } from './expand-error.js';
import type { Frame } from './snapshot.js';

/** The inputs of a called workflow, checked by its rules as far as they are known. Throws an ExpandError. */
export function inputsOf(frame: Frame, scope: Scope, id: string): FilledObject {
  const given = derived(frame, filled(frame, scope, id), scope, id);
  const { value, problems } = checkKnown(frame.parameters, given);
  const [problem] = problems;
  if (problem)
    throw new ExpandError(
      `Parameter \`${fieldName(problem.path)}\` of workflow \`${frame.workflow}\`: ${problem.message}`,
      id,
    );
  return value;
}

/** Inputs with the defaults of their schema, and what is wrong with those of them that are known. */
export function checkKnown(
  schema: JsonSchema,
  given: FilledObject,
): { value: FilledObject; problems: SchemaProblem[] } {
  const known = Object.entries(given).filter(([, value]) => isKnown(value));
  const unknown = Object.entries(given).filter(([, value]) => !isKnown(value));
  const names = unknown.map(([name]) => name);
  const { value, problems } = validatorOf(without(schema, names)).check(Object.fromEntries(known));
  return { value: { ...value, ...Object.fromEntries(unknown) }, problems };
}

function filled(frame: Frame, scope: Scope, id: string): FilledObject {
  try {
    if (!frame.score) return fill(frame.with, scope);
    const { app, resources } = scope;
    return { ...frame.score.known, ...fillParams(frame.with, { app: app.name ?? '', resources }) };
  } catch (error) {
    if (error instanceof FillError) throw new ExpandError(error.message, id);
    throw error;
  }
}

/** With the defaults that name the team and who asked. */
function derived(frame: Frame, given: FilledObject, scope: Scope, id: string): FilledObject {
  try {
    return withDerived(frame.parameters, given, scope);
  } catch (error) {
    if (error instanceof FillError)
      throw new ExpandError(
        `Parameter \`${fieldName(error.path)}\` of workflow \`${frame.workflow}\` has no default here: ${error.message}`,
        id,
      );
    throw error;
  }
}

/** A schema of inputs without some of them. One that is unknown to it stays an error. */
function without(schema: JsonSchema, names: readonly string[]): JsonSchema {
  if (names.length === 0) return schema;
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const required = (schema.required ?? []) as string[];
  return {
    ...schema,
    properties: Object.fromEntries(properties.filter(([name]) => !names.includes(name))),
    required: required.filter((name) => !names.includes(name)),
  };
}
