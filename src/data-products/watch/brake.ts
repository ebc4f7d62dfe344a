/** What one look at the whole portal has found of the products for which something was made. */
export interface Survey {
  /** How many there are. */
  held: number;
  /** How many of them the portal does not have; counting may end above {@link few}. */
  missed: number;
  /** The portal when everything was last found; null: it never was. */
  before: Portal | null;
  now: Portal;
}

/** How a portal is known again. */
export interface Portal {
  url: string;
  /** Ids of its configuration that no other portal has; none: nothing tells it from another. */
  marks: readonly string[];
}

/** So many may be missing without anybody asking why. */
export function few(held: number): number {
  return Math.max(3, Math.floor(held / 10));
}

/**
 * Why nothing may be changed by what this portal says; null: it may be followed. A portal that has all products is followed, whatever it
 * is called; one that has none of them is another one, unless it is one product that is missing in a portal that is known again.
 */
export function brakeReason({ held, missed, before, now }: Survey): string | null {
  if (missed === 0) return null;
  const known = before !== null && before.marks.some((mark) => now.marks.includes(mark));
  if (before && before.marks.length > 0 && now.marks.length > 0 && !known)
    return 'it is another portal than before: nothing of its configuration is the same';
  if (missed > few(held)) return `it does not have more than ${few(held)} of ${held} products`;
  if (missed < held) return null;
  const same = known && before?.url === now.url;
  return same && held === 1 ? null : `it has none of the ${held} product(s) that are known here`;
}
