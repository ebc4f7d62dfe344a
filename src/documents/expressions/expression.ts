import { Environment } from '@marcbachmann/cel-js';
import type { JsonSchema } from '../model.js';
import type { Filled } from '../references/unknown.js';
import { childrenOf, isNode } from './nodes.js';
import { ExpressionError } from './expression-error.js';
import { addPatternMatching, useLinearMatching } from './matching.js';
import { meter, type Meter } from './meter.js';
import { fromCel, toCel } from './values.js';

/** Characters of one expression. */
const MAX_LENGTH = 2000;
const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 40,
  maxListElements: 200,
  maxMapEntries: 100,
  maxCallArguments: 10,
};

/** The variables of an expression: a schema for each, which says its type. */
export type Variables = { readonly [name: string]: JsonSchema };

/** A compiled expression of CEL, the Common Expression Language. */
export interface Expression {
  /** `bool`, `int`, `double`, `string`, `list`, `map`, `null_type`, or `dyn` where only the values tell. */
  type: string;
  /** What the expression names, such as `['inputs', 'size']`: a way to a value as far as the text tells it. */
  names: readonly (readonly string[])[];
  /** Throws an ExpressionError if there is no result: a name without a value, types that do not fit, too many steps. */
  evaluate(values: { readonly [variable: string]: Filled }): Filled;
}

/**
 * Compiles an expression. Throws an ExpressionError for what is not CEL, names that are not declared, and types that do
 * not fit. It ends in milliseconds, and so does each evaluation: steps are counted, and patterns are those of RE2.
 */
export function compile(text: string, variables: Variables): Expression {
  if (text.length > MAX_LENGTH)
    throw new ExpressionError(`An expression has at most ${MAX_LENGTH} characters`);
  const { environment, meter: steps } = environmentOf(variables);
  return guarded(() => {
    const parsed = environment.parse(text);
    useLinearMatching(parsed.ast);
    const checked = parsed.check();
    if (!checked.valid) throw checked.error as Error;
    return {
      type: checked.type ?? 'dyn',
      names: namesIn(parsed.ast, new Set(Object.keys(variables))),
      evaluate: (values) =>
        guarded(() => {
          const given = Object.entries(values)
            .filter(([name]) => Object.hasOwn(variables, name))
            .map(([name, value]) => [name, toCel(value, variables[name])] as const);
          return fromCel(steps.run(() => parsed(Object.fromEntries(given)) as unknown));
        }),
    };
  });
}

function environmentOf(variables: Variables): { environment: Environment; meter: Meter } {
  const environment = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS });
  addPatternMatching(environment);
  for (const [name, schema] of Object.entries(variables)) {
    const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
    const closed = schema.additionalProperties === false && properties.length > 0;
    if (closed)
      environment.registerVariable({
        name,
        schema: Object.fromEntries(properties.map(([key, each]) => [key, typeOf(each)])),
      });
    else environment.registerVariable(name, typeOf(schema));
  }
  return { environment, meter: meter(environment) };
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'bool',
  integer: 'int',
  number: 'double',
  array: 'list',
  object: 'map',
};

function typeOf(schema: JsonSchema): string {
  return typeof schema.type === 'string' ? (TYPES[schema.type] ?? 'dyn') : 'dyn';
}

/** The library's errors say which rule, then show the text over several lines. */
function guarded<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ExpressionError(message);
  }
}

/** The longest ways to values that an expression names. Variables of its own, such as `x` in `all(x, …)`, are not in it. */
function namesIn(node: unknown, variables: ReadonlySet<string>): string[][] {
  const path = pathOf(node);
  if (path) return variables.has(path[0] ?? '') ? [path] : [];
  return childrenOf(node).flatMap((child) => namesIn(child, variables));
}

function pathOf(node: unknown): string[] | undefined {
  if (!isNode(node)) return undefined;
  if (node.op === 'id') return [String(node.args)];
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [inner, key] = node.args as unknown as [unknown, unknown];
  const before = pathOf(inner);
  const name = node.op === '.' ? key : constantOf(key);
  if (before && (typeof name === 'string' || typeof name === 'bigint')) return [...before, String(name)];
  return undefined;
}

function constantOf(node: unknown): unknown {
  return isNode(node) && node.op === 'value' ? node.args : undefined;
}
