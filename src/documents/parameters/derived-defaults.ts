import type { Json, JsonObject, JsonSchema } from '../model.js';
import { fillValue, type Scope } from '../references/fill.js';
import { parseText } from '../references/parse-text.js';
import { ReferenceProblem } from '../references/reference.js';

/** What a default may name: who asks, for which team and application. */
export type Asked = Pick<Scope, 'team' | 'requester' | 'app'>;

/** Where the schema of a parameter has a default with references, so that no validator takes it for the value. */
export const DERIVED = 'default_from';

const ROOTS = ['team', 'requester', 'app'];

/** Whether a default is filled in, like a text of a step. Throws a ReferenceProblem for one that it cannot have. */
export function isDerived(value: Json | undefined): boolean {
  if (typeof value !== 'string') return false;
  const parts = parseText(value);
  const references = parts.filter((part) => typeof part !== 'string');
  const wrong = references.find(({ path: [root = ''] }) => !ROOTS.includes(root));
  if (wrong)
    throw new ReferenceProblem(
      `\`${wrong.text}\` cannot stand in a default: there are \`\${team}\`, \`\${requester}\` and \`\${app.name}\``,
    );
  return references.length > 0 || parts.length > 1 || parts[0] !== value;
}

/** The given parameters, and those that are missing and have a default with references. Throws a FillError, whose path is the parameter's. */
export function withDerived<V>(
  schema: JsonSchema,
  given: { readonly [name: string]: V },
  asked: Asked,
): { [name: string]: V | string } {
  const { team, requester, app } = asked;
  const scope: Scope = { inputs: {}, steps: {}, resources: {}, run: { id: '' }, team, requester, app };
  const derived = Object.entries((schema.properties ?? {}) as JsonObject).flatMap(([name, property]) => {
    const text = (property as JsonObject)[DERIVED];
    if (typeof text !== 'string' || Object.hasOwn(given, name)) return [];
    return [[name, fillValue(text, scope, [name]) as string] as const];
  });
  return { ...given, ...Object.fromEntries(derived) };
}
