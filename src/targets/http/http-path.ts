/** Segments that a server may read as "here" or "above", also where it decodes them first. */
const DOTS = /^\.{1,2}$/;
/** Nobody encodes a path more often than that for a good reason. */
const MAX_DECODES = 5;
/** Characters that end the path, or that servers read differently. Space and controls included. */
const NEVER = /[^\x21-\x7e]|[\\#"<>^`{|}]/;

/**
 * The address of a path below a base address; undefined if the path may lead out of it: not below it, an empty or dot segment however often
 * encoded, a backslash, a fragment, a character that is not encoded. What follows a `?` is the query.
 */
export function addressBelow(base: string, path: string): URL | undefined {
  if (!path.startsWith('/') || NEVER.test(path)) return undefined;
  const [name = ''] = path.split('?', 1);
  if (!staysBelow(name)) return undefined;
  const address = URL.parse(`${base}${path}`);
  const root = new URL(base);
  // the parser has the last word
  const isBelow =
    address?.origin === root.origin && address.pathname === `${root.pathname.replace(/\/$/, '')}${name}`;
  return isBelow ? address : undefined;
}

function staysBelow(path: string): boolean {
  let read = path;
  for (let times = 0; times <= MAX_DECODES; times += 1) {
    const segments = read.slice(1).split(/[/\\]/);
    const isLast = (index: number): boolean => index === segments.length - 1;
    if (segments.some((each, index) => DOTS.test(each) || (each === '' && !isLast(index)))) return false;
    const decoded = decode(read);
    if (decoded === undefined) return false;
    if (decoded === read) return true;
    read = decoded;
  }
  return false;
}

/** Undefined: it is not encoded text. */
function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    return /[\x00-\x1f\x7f\\]/.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
