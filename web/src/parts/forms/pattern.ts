/** Letters of a pattern: ranges of code points, sorted, none of which touch. */
type Letters = readonly (readonly [from: number, to: number])[];

/**
 * What a simple pattern says: which letters there may be, which one comes first and last, and how many. Other patterns stay the service's
 * to check: they are those of another engine, and one that a provider wrote badly would stop the browser.
 */
export interface Shape {
  all: Letters;
  first: Letters;
  last: Letters;
  min: number;
  max: number;
}

interface Part {
  letters: Letters;
  min: number;
  max: number;
}

/** The shape that a pattern means exactly; undefined: it is none of the simple ones. */
export function shapeOf(pattern: string): Shape | undefined {
  const inner = /^\^(.*)\$$/su.exec(pattern)?.[1];
  if (inner === undefined) return undefined;
  // `a(b*c)?`: the whole rest or nothing
  const group = /^(.*)\(((?:[^()\\]|\\.)*)\)\?$/su.exec(inner);
  if (!group) return inSequence(partsOf(inner));
  const [head, tail] = [partsOf(group[1] ?? ''), partsOf(group[2] ?? '')];
  const [only] = head ?? [];
  const [middle, last] = tail ?? [];
  if (head?.length !== 1 || tail?.length !== 2 || !only || !middle || !last) return undefined;
  const shape = inSequence([only, middle, last]);
  return shape && isOnce(only) && isWithin(only.letters, last.letters) ? { ...shape, min: 1 } : undefined;
}

/** Whether a text has the shape. */
export function fits(shape: Shape, text: string): boolean {
  const letters = [...text].map((letter) => letter.codePointAt(0) ?? 0);
  const [first, last] = [letters[0], letters.at(-1)];
  if (letters.length < shape.min || letters.length > shape.max) return false;
  if (first === undefined || last === undefined) return true;
  return has(shape.first, first) && has(shape.last, last) && letters.every((each) => has(shape.all, each));
}

function has(letters: Letters, code: number): boolean {
  return letters.some(([from, to]) => code >= from && code <= to);
}

/** `a`, `ab*` and `ab*c`, where whatever comes first and last may be in the middle, too. */
function inSequence(parts: readonly Part[] | undefined): Shape | undefined {
  if (parts === undefined || parts.length === 0 || parts.length > 3) return undefined;
  const most = parts.length === 1 ? parts[0] : parts[1];
  const [first, last] = [parts[0], parts.length === 3 ? parts[2] : most];
  if (!first || !most || !last) return undefined;
  if (parts.length > 1 && !isOnce(first)) return undefined;
  if (parts.length > 2 && !isOnce(last)) return undefined;
  if (!isWithin(first.letters, most.letters) || !isWithin(last.letters, most.letters)) return undefined;
  const sum = (of: 'min' | 'max'): number => parts.reduce((total, part) => total + part[of], 0);
  return {
    ...{ all: most.letters, first: first.letters, last: last.letters },
    ...{ min: sum('min'), max: sum('max') },
  };
}

const isOnce = ({ min, max }: Part): boolean => min === 1 && max === 1;

function isWithin(some: Letters, others: Letters): boolean {
  return some.every(([from, to]) => others.some(([start, end]) => from >= start && to <= end));
}

const PART = /\[((?:[^\]\\^[]|\\[^\s\w])(?:[^\]\\[]|\\[^\s\w])*)\](?:\{(\d+)(,?)(\d*)\}|([*+?]))?/uy;

/** Classes of letters and how often each comes; undefined: there is something else. */
function partsOf(text: string): Part[] | undefined {
  const parts: Part[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const found = PART.exec(text);
    if (!found) return undefined;
    const letters = lettersOf(found[1] ?? '');
    if (!letters) return undefined;
    parts.push({ letters, ...timesOf(found) });
  }
  return parts;
}

function timesOf([, , least, comma, most, sign]: RegExpExecArray): { min: number; max: number } {
  if (least !== undefined) {
    const min = Number(least);
    return { min, max: comma === '' ? min : most === '' ? Infinity : Number(most) };
  }
  if (sign === undefined) return { min: 1, max: 1 };
  return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity };
}

/** The letters of a class, `a-z0-9_.-`. */
function lettersOf(text: string): Letters | undefined {
  const found: [number, number][] = [];
  const codes = [...text.matchAll(/\\(.)|(.)/gsu)].map(([, escaped, plain]) => ({
    code: (escaped ?? plain ?? '').codePointAt(0) ?? 0,
    isRange: plain === '-',
  }));
  for (let index = 0; index < codes.length; index += 1) {
    const [one, dash, other] = codes.slice(index, index + 3);
    if (!one) continue;
    if (dash?.isRange && other) {
      if (other.code < one.code) return undefined;
      found.push([one.code, other.code]);
      index += 2;
    } else found.push([one.code, one.code]);
  }
  return joined(found);
}

function joined(ranges: readonly [number, number][]): Letters {
  const result: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else result.push([from, to]);
  }
  return result;
}
