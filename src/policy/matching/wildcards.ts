export type Match = (text: string) => boolean;

/** MinIO's wildcards: `*` is any run of bytes and `?` is any one byte, slashes included; there is no escape. */
export function matchWildcard(pattern: string, text: string): boolean {
  // Only `?` sees bytes: literals and stars agree on bytes and on UTF-16, since both encodings are self-synchronizing.
  if (pattern.includes('?')) return matchUnits(binary(pattern), binary(text));
  return matchUnits(pattern, text);
}

/** Whether the pattern matches some text that begins with this one. */
export function matchesBelow(pattern: string, start: string): boolean {
  if (pattern.includes('?')) return startsMatch(binary(pattern), binary(start));
  return startsMatch(pattern, start);
}

function startsMatch(pattern: string, start: string): boolean {
  // positions in the pattern that the text so far may have reached
  let places = new Set([0]);
  const pass = (place: number): number[] => {
    const reached = [place];
    for (let at = place; pattern[at] === '*'; at++) reached.push(at + 1);
    return reached;
  };
  for (const unit of start) {
    const next = new Set<number>();
    for (const place of [...places].flatMap(pass)) {
      const here = pattern[place];
      if (here === '*') next.add(place);
      else if (here === '?' || here === unit) next.add(place + 1);
    }
    places = next;
  }
  return places.size > 0;
}

/**
 * Whether any of the patterns matches. A pattern that this service writes is exact, or has its only star at the end: such patterns are
 * looked up, so that a document of hundreds of paths takes the time of one.
 */
export function matcherOf(patterns: readonly string[]): Match {
  const exact = new Set<string>();
  const below = new Set<string>();
  const starts = new Map<number, Set<string>>();
  const others: string[] = [];
  for (const pattern of patterns) {
    const wild = pattern.search(/[*?]/);
    if (wild < 0) exact.add(pattern);
    else if (wild === pattern.length - 1 && pattern.endsWith('/*')) below.add(pattern.slice(0, -1));
    else if (wild === pattern.length - 1 && pattern.endsWith('*')) addStart(starts, pattern.slice(0, -1));
    else others.push(pattern);
  }
  const lengths = new Set([...below].map((start) => start.length));
  const byLength = [...starts];
  return (text) =>
    exact.has(text) ||
    startsWithAny(below, lengths, text) ||
    byLength.some(([length, known]) => known.has(text.slice(0, length))) ||
    others.some((pattern) => matchWildcard(pattern, text));
}

/** Adds the text to those of its length. */
function addStart(starts: Map<number, Set<string>>, text: string): void {
  const known = starts.get(text.length);
  if (known) known.add(text);
  else starts.set(text.length, new Set([text]));
}

/** Whether the text starts with one of these, each of which ends in a slash and has one of the lengths. */
function startsWithAny(starts: ReadonlySet<string>, lengths: ReadonlySet<number>, text: string): boolean {
  if (starts.size === 0) return false;
  for (let slash = text.indexOf('/'); slash >= 0; slash = text.indexOf('/', slash + 1)) {
    if (lengths.has(slash + 1) && starts.has(text.slice(0, slash + 1))) return true;
  }
  return false;
}

function binary(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Greedy matching that backtracks only to the latest star: at most pattern times text steps. */
function matchUnits(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
