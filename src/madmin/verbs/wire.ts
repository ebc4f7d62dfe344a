/** As RustFS writes a date where it does not use RFC 3339: `2026-11-29 16:05:01.123456789 +00:00:00`. */
const SPACED = /^(\S+) (\S+) ([+-]\d\d:\d\d):00$/;

/** Go's zero time, and the epoch that stands for "never expires", are no dates. */
export function dateOf(text: string | null | undefined): Date | undefined {
  if (!text) return undefined;
  const date = new Date(text.replace(SPACED, '$1T$2$3'));
  return date.getTime() > 0 ? date : undefined;
}

/** MinIO joins policy names by commas, and stores empty elements if it receives some. */
export function splitList(text: string | null | undefined): string[] {
  return (text ?? '').split(',').filter((name) => name !== '');
}
