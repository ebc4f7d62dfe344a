/** How a mode of access is interpreted. */
export type ModeMeaning = 'read' | 'write' | 'unknown';

const READS = new Set(['read', 'reader', 'readonly', 'ro']);
const WRITES = new Set(['write', 'writer', 'readwrite', 'rw']);
const NEGATIONS = new Set(['no', 'not', 'non', 'never', 'without']);

/**
 * Administrators of a portal choose the names of its access modes. The last word of the name decides, in any case: `write`, `readwrite` or
 * `rw` mean write (`write`, `s3-write`, `Read / Write`), unless an earlier word negates it; `read`, `readonly` and `read only` mean read.
 * Any other name is unknown and gives only read. A missing mode gives read, too.
 */
export function meaningOf(mode: string | null): ModeMeaning {
  if (mode === null) return 'read';
  const words = mode.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const last = words.at(-1) ?? '';
  if (READS.has(last) || (last === 'only' && words.at(-2) === 'read')) return 'read';
  if (!WRITES.has(last)) return 'unknown';
  return words.some((word) => NEGATIONS.has(word)) ? 'unknown' : 'write';
}
