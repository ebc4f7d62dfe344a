/** Methods of Python's `str` for templates, because nunjucks passes JavaScript strings. Each behaves as in Python 3. */
export const STRING_METHODS: Readonly<Record<string, (text: string, ...args: never[]) => unknown>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  title: titleCase,
  capitalize: (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase(),
  strip: (text, characters?: string) => stripEnd(stripStart(text, characters), characters),
  lstrip: stripStart,
  rstrip: stripEnd,
  replace: (text, from: string, to: string) => text.split(from).join(to),
  split: (text, separator?: string) =>
    separator === undefined ? text.split(/\s+/).filter((part) => part !== '') : text.split(separator),
  join: (text, parts: string[]) => parts.join(text),
  startswith: (text, start: string) => text.startsWith(start),
  endswith: (text, end: string) => text.endsWith(end),
  removeprefix: (text, start: string) => (text.startsWith(start) ? text.slice(start.length) : text),
  removesuffix: (text, end: string) => (end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text),
};

/** Python's `title`: a letter is upper case if no letter precedes it. */
function titleCase(text: string): string {
  return text.replace(/\p{L}+/gu, (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase());
}

function stripStart(text: string, characters?: string): string {
  let start = 0;
  while (start < text.length && isStripped(text[start] as string, characters)) start += 1;
  return text.slice(start);
}

function stripEnd(text: string, characters?: string): string {
  let end = text.length;
  while (end > 0 && isStripped(text[end - 1] as string, characters)) end -= 1;
  return text.slice(0, end);
}

function isStripped(character: string, characters?: string): boolean {
  return characters === undefined ? /\s/.test(character) : characters.includes(character);
}
