import type { FieldError } from '../../api/refusal.ts';
import { words } from '../../words/en.ts';
import { type Field, flat } from './fields.ts';
import { patternSentence } from './pattern-words.ts';
import { textAt } from './schema.ts';
import type { Wrongs } from './values.ts';

const ROOT = 'parameters.';

/**
 * What the service refused, at the fields that it is about; `others` is about none. `names` are fields beside the parameters; their paths begin
 * with a colon, because a parameter may have the same name.
 */
export function refusedAt(
  errors: readonly FieldError[],
  fields: readonly Field[],
  names: readonly string[],
): { wrongs: Wrongs; others: FieldError[] } {
  const wrongs = new Map<string, string>();
  const others: FieldError[] = [];
  const known = flat(fields).sort((a, b) => b.path.length - a.path.length);
  for (const error of errors) {
    const inside = error.field.startsWith(ROOT) ? error.field.slice(ROOT.length) : undefined;
    const field = known.find(({ path }) => inside !== undefined && isAt(inside, path));
    const path = field?.path ?? (names.includes(error.field) ? `:${error.field}` : undefined);
    if (path === undefined) others.push(error);
    else if (!wrongs.has(path)) wrongs.set(path, field ? sentenceAt(field, inside ?? '', error) : error.rule);
  }
  return { wrongs, others };
}

const isAt = (inside: string, path: string): boolean =>
  inside === path || (inside.startsWith(path) && /^[.[]/.test(inside.slice(path.length)));

/** The rule in our own words where the schema tells which one it is, and in which line. */
function sentenceAt(field: Field, inside: string, { rule }: FieldError): string {
  const pattern = textAt(field.rules['pattern']);
  const text =
    pattern !== undefined && rule === `It must match \`${pattern}\`` ? patternSentence(pattern) : rule;
  const [, index] = /^\[(\d+)\]$/.exec(inside.slice(field.path.length)) ?? [];
  return field.kind === 'lines' && index !== undefined ? words.forms.inLine(Number(index) + 1, text) : text;
}
