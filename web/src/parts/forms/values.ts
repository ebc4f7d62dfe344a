import { words } from '../../words/en.ts';
import { type Field, limitsOf } from './fields.ts';
import { fits, shapeOf } from './pattern.ts';
import { patternSentence } from './pattern-words.ts';
import { type Json, type JsonSchema, textAt } from './schema.ts';

/** What a person has filled in, by the paths of fields: a text, whether it is checked, or which are. */
export type Drafts = Readonly<Record<string, string | boolean | readonly string[]>>;

type Values = { [name: string]: Json };

/** What is wrong, by the paths of fields. */
export type Wrongs = ReadonlyMap<string, string>;

/** What a form shows for values: the given ones, otherwise the defaults. */
export function draftsOf(fields: readonly Field[], given: Readonly<Values> = {}): Drafts {
  const entries = fields.flatMap((field): [string, Drafts[string]][] => {
    const value = Object.hasOwn(given, field.name) ? given[field.name] : field.fallback;
    if (field.kind === 'group') return Object.entries(draftsOf(field.fields, isValues(value) ? value : {}));
    return [[field.path, draftOf(field, value)]];
  });
  return Object.fromEntries(entries);
}

function draftOf({ kind }: Field, value: Json | undefined): Drafts[string] {
  if (kind === 'boolean') return value === true;
  if (kind === 'many') return Array.isArray(value) ? value.map(String) : [];
  if (value === undefined) return '';
  if (kind === 'lines' && Array.isArray(value)) return value.map(String).join('\n');
  return kind !== 'json' && typeof value !== 'object' ? String(value) : JSON.stringify(value, null, 2);
}

/**
 * The parameters that drafts mean, and what is wrong with them. What is empty is not given: then the default counts. With `isPartial` something
 * else gives parameters, too, which a field would override: what nobody has touched is not given, and nothing has to be.
 */
export function valuesOf(
  fields: readonly Field[],
  drafts: Drafts,
  { isPartial = false }: { isPartial?: boolean } = {},
): { values: Values; wrongs: Wrongs } {
  const values: Values = {};
  const wrongs = new Map<string, string>();
  for (const field of fields) {
    if (isPartial && !isTouched(field, drafts)) continue;
    const { value, wrong } =
      field.kind === 'group' ? groupOf(field, drafts) : valueOf(field, drafts[field.path]);
    for (const [path, text] of wrong) wrongs.set(path, text);
    // also for the name `__proto__`
    if (value !== undefined)
      Object.defineProperty(values, field.name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else if (field.isRequired && !isPartial && wrong.size === 0) wrongs.set(field.path, words.forms.required);
  }
  return { values, wrongs };
}

interface Read {
  value: Json | undefined;
  wrong: Wrongs;
}

/** Whether somebody has changed what a field, or a group of them, showed at first. */
function isTouched(field: Field, drafts: Drafts): boolean {
  return Object.entries(draftsOf([field])).some(
    ([path, draft]) => String(drafts[path] ?? '') !== String(draft),
  );
}

/** A group that nobody has touched, and that nobody needs, is not given. */
function groupOf(field: Field, drafts: Drafts): Read {
  const { values: value, wrongs: wrong } = valuesOf(field.fields, drafts);
  if (!isTouched(field, drafts) && !field.isRequired) return { value: undefined, wrong: new Map() };
  return { value, wrong };
}

function valueOf(field: Field, draft: Drafts[string] | undefined): Read {
  const is: Is = (value, text) => ({
    value,
    wrong: new Map(text === undefined ? [] : [[field.path, text]]),
  });
  if (field.kind === 'boolean') return is(draft === true);
  if (field.kind === 'many') {
    const chosen = [...field.choices].filter(([text]) => Array.isArray(draft) && draft.includes(text));
    const value = chosen.map(([, each]) => each);
    const isEmpty = value.length === 0 && field.fallback === undefined;
    return isEmpty ? is(undefined) : is(value, listRule(value, field.listRules));
  }
  if (field.kind === 'choice') {
    if (typeof draft !== 'string' || draft === '') return is(undefined);
    const value = field.choices.get(draft);
    return value === undefined ? is(undefined, words.forms.choose) : is(value);
  }
  const text = typeof draft === 'string' ? draft.trim() : '';
  if (field.kind === 'lines') return linesOf(field, text, is);
  if (text === '') return is(undefined);
  if (field.kind === 'json') return readJson(text, is);
  const { value, wrong } = scalar(text, field.rules);
  return is(wrong === undefined ? value : undefined, wrong);
}

type Is = (value: Json | undefined, wrong?: string) => Read;

function linesOf(field: Field, text: string, is: Is): Read {
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (lines.length === 0) return is(field.fallback === undefined ? undefined : []);
  const read = lines.map((line) => scalar(line, field.rules));
  const at = read.findIndex(({ wrong }) => wrong !== undefined);
  if (at >= 0) return is(undefined, words.forms.inLine(at + 1, read[at]?.wrong ?? ''));
  const value = read.map((each) => each.value ?? null);
  return is(value, listRule(value, field.listRules));
}

function readJson(text: string, is: Is): Read {
  try {
    return is(JSON.parse(text) as Json);
  } catch {
    return is(undefined, words.forms.json);
  }
}

/** One text or number, and the rule that it breaks. */
function scalar(text: string, rules: JsonSchema): { value?: Json; wrong?: string } {
  if (rules['type'] === 'string') {
    const wrong = letterRule(text, rules);
    return wrong === undefined ? { value: text } : { wrong };
  }
  const value = Number(text);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(value))
    return { wrong: words.forms.number };
  if (rules['type'] === 'integer' && !Number.isSafeInteger(value)) return { wrong: words.forms.whole };
  const { min = -Infinity, max = Infinity } = limitsOf(rules, 'value');
  if (value < min) return { wrong: words.forms.least(min) };
  return value > max ? { wrong: words.forms.most(max) } : { value };
}

function letterRule(text: string, rules: JsonSchema): string | undefined {
  const { min = 0, max = Infinity } = limitsOf(rules, 'letters');
  const count = [...text].length;
  const pattern = textAt(rules['pattern']);
  const shape = pattern === undefined ? undefined : shapeOf(pattern);
  if (pattern !== undefined && shape && !fits(shape, text)) return patternSentence(pattern);
  if (count < min) return words.forms.moreLetters(min);
  return count > max ? words.forms.fewerLetters(max) : undefined;
}

function listRule(values: readonly Json[], rules: JsonSchema): string | undefined {
  const { min = 0, max = Infinity } = limitsOf(rules, 'values');
  if (values.length < min) return words.forms.moreValues(min);
  if (values.length > max) return words.forms.fewerValues(max);
  const isTwice = rules['uniqueItems'] === true && new Set(values).size < values.length;
  return isTwice ? words.forms.twice : undefined;
}

function isValues(value: Json | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
