/** What separates the names in a field that takes several. */
const SEPARATOR = /[\s,;]/;

/** The name that is being typed: the last one of several, if a field takes several. */
export function lastName(text: string, isMany: boolean): string {
  if (!isMany) return text.trim();
  return text.slice(lastBreak(text)).trim();
}

/** The text with a name in place of the one that was being typed; a field of several is ready for the next one. */
export function withName(text: string, name: string, isMany: boolean): string {
  if (!isMany) return name;
  const before = text.slice(0, lastBreak(text)).trimEnd();
  return `${before === '' ? '' : `${before} `}${name}, `;
}

/** Where the name begins that is being typed. */
function lastBreak(text: string): number {
  for (let index = text.length - 1; index >= 0; index--) {
    if (SEPARATOR.test(text.charAt(index))) return index + 1;
  }
  return 0;
}
