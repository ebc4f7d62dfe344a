/** What a mode of access is taken for. */
export type ModeMeaning = 'read' | 'write' | 'unknown';

const READS = new Set(['read', 'reader', 'readonly', 'ro']);
const WRITES = new Set(['write', 'writer', 'readwrite', 'rw']);
const NEGATIONS = new Set(['no', 'not', 'non', 'never', 'without']);

/**
 * Administrators of a portal name its access modes as they like. The last word of the name counts, in any case: `write`, `readwrite` or
 * `rw` mean write (`write`, `s3-write`, `Read / Write`), unless a word before denies it; `read` or `readonly` and `read only` mean read.
 * Anything else is unknown and gives no more than read, as does no mode at all.
 */
export function meaningOf(mode: string | null): ModeMeaning {
  if (mode === null) return 'read';
  const words = mode.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const last = words.at(-1) ?? '';
  if (READS.has(last) || (last === 'only' && words.at(-2) === 'read')) return 'read';
  if (!WRITES.has(last)) return 'unknown';
  return words.some((word) => NEGATIONS.has(word)) ? 'unknown' : 'write';
}
