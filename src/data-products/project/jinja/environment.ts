import nunjucks from 'nunjucks';
import { type JinjaOptions, RAW_BLOCKS, withoutRaw } from './raw-blocks.js';
import { STRING_METHODS } from './string-methods.js';

/** Renders a text with the variables. Throws nunjucks' errors: syntax errors, unknown filters, printed variables that are undefined. */
export type Render = (text: string, variables: object) => string;

/** Methods of Python's lists and dictionaries in nunjucks' compatibility mode. */
const COLLECTION_METHODS = new Set(['items', 'keys', 'values', 'get', 'has_key', 'count', 'index', 'append']);

type MemberLookup = (target: unknown, ...key: unknown[]) => unknown;
const runtime = nunjucks.runtime as unknown as { memberLookup: MemberLookup };

nunjucks.installJinjaCompat();
const compatible = runtime.memberLookup;
runtime.memberLookup = memberLookup;

/**
 * Jinja as cookiecutter uses it: no escaping, final line ends kept, undefined variables refused. There is no loader, so a template cannot
 * include or import. Expressions can access own properties and the listed methods, never a prototype or a constructor.
 */
export function jinja(options: JinjaOptions = {}): Render {
  const environment = new nunjucks.Environment([], { ...options, autoescape: false, throwOnUndefined: true });
  environment.addFilter('title', jinjaTitle);
  environment.addFilter('slugify', slugify);
  environment.addFilter('count', (value: string | unknown[]) => value.length);
  environment.addFilter('jsonify', (value: unknown, indent: number = 4) =>
    JSON.stringify(sorted(value), null, indent),
  );
  return (template, variables) => {
    const { text, blocks } = withoutRaw(template, options);
    return environment.renderString(text, { ...variables, [RAW_BLOCKS]: blocks });
  };
}

/** `target.key`, `target[key]`, or with three keys `target[start:stop:step]`. */
function memberLookup(target: unknown, ...key: unknown[]): unknown {
  if (target === undefined || target === null) return undefined;
  if (key.length === 3) return slice(target, key);
  const name = at(target, key[0]);
  if (typeof target === 'string' && Object.hasOwn(STRING_METHODS, name)) {
    const method = STRING_METHODS[name] as (text: string, ...args: unknown[]) => unknown;
    return (...args: unknown[]) => method(target, ...args);
  }
  if (Object.hasOwn(Object(target) as object, name))
    return (target as Record<string | number, unknown>)[name];
  return typeof target === 'object' && COLLECTION_METHODS.has(String(name))
    ? compatible(target, name)
    : undefined;
}

function slice(target: unknown, range: unknown[]): unknown {
  const parts = compatible(target, ...range);
  return typeof target === 'string' ? (parts as string[]).join('') : parts;
}

/** A negative index counts from the end. */
function at(target: unknown, key: unknown): string | number {
  const counted = typeof key === 'number' && key < 0 && (typeof target === 'string' || Array.isArray(target));
  return counted ? target.length + key : (key as string | number);
}

/** Jinja's `title`, which differs from Python's method: a word begins after a blank, a hyphen or an opening bracket. */
function jinjaTitle(text: string): string {
  return text
    .split(/([-\s({[<]+)/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase())
    .join('');
}

/** Removes the marks of Latin letters, then replaces each run of characters other than letters and digits with one hyphen. */
function slugify(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}|['’]/gu, '')
    .toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
