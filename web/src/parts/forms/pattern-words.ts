import { words } from '../../words/en.ts';
import { type Shape, shapeOf } from './pattern.ts';

type Letters = Shape['all'];

const NAMED = [
  { name: 'lower', from: 'a', to: 'z' },
  { name: 'upper', from: 'A', to: 'Z' },
  { name: 'digits', from: '0', to: '9' },
] as const;

/** What a pattern asks for, as a sentence. */
export function patternSentence(pattern: string): string {
  const shape = shapeOf(pattern);
  return shape ? shapeSentence(shape) : words.forms.pattern(pattern);
}

function shapeSentence({ all, first, last, min, max }: Shape): string {
  const { forms } = words;
  const [begin, end, any] = [oneOf(first), oneOf(last), oneOf(all)];
  const isSame = begin === end;
  const parts = [listed(namesOf(all, 'many'), forms.and)];
  if (isSame && begin !== any) parts.push(forms.beginsAndEnds(begin));
  if (!isSame && begin !== any) parts.push(forms.begins(begin));
  if (!isSame && end !== any) parts.push(forms.ends(end));
  const length = lengthWords(min, max);
  if (length !== undefined) parts.push(length);
  const text = parts.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function lengthWords(min: number, max: number): string | undefined {
  const { forms } = words;
  if (min === max) return forms.exactly(min);
  if (max === Infinity) return min > 1 ? forms.atLeast(min) : undefined;
  return min > 1 ? forms.between(min, max) : forms.atMost(max);
}

const oneOf = (letters: Letters): string => listed(namesOf(letters, 'one'), words.forms.or);

function listed(names: readonly string[], last: string): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}

/** What people call the letters: whole alphabets by their names, the others one by one. */
function namesOf(letters: Letters, number: 'many' | 'one'): string[] {
  const { letters: called } = words.forms;
  const whole = NAMED.filter(({ from, to }) => letters.some(([a, b]) => a <= code(from) && b >= code(to)));
  const hasBoth = whole.some(({ name }) => name === 'lower') && whole.some(({ name }) => name === 'upper');
  const names: string[] = hasBoth ? [called.both[number]] : [];
  for (const { name } of whole) if (!hasBoth || name === 'digits') names.push(called[name][number]);
  let rest: [number, number][] = letters.map(([from, to]) => [from, to]);
  for (const { from, to } of whole) rest = rest.flatMap((range) => without(range, code(from), code(to)));
  for (const [from, to] of rest) names.push(rangeWords(from, to));
  return names;
}

const code = (letter: string): number => letter.codePointAt(0) ?? 0;

function without([a, b]: [number, number], from: number, to: number): [number, number][] {
  if (b < from || a > to) return [[a, b]];
  const before: [number, number][] = a < from ? [[a, from - 1]] : [];
  return b > to ? [...before, [to + 1, b]] : before;
}

function rangeWords(from: number, to: number): string {
  const shown = (each: number): string =>
    each === 32 ? words.forms.letters.space : `\`${String.fromCodePoint(each)}\``;
  if (to === from) return shown(from);
  return to === from + 1 ? `${shown(from)}, ${shown(to)}` : words.forms.letters.range(shown(from), shown(to));
}
