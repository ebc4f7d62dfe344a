/** The result of one check of the whole portal for the products that have resources. */
export interface Survey {
  /** The number of these products. */
  held: number;
  /** The number of them that the portal does not have; counting may stop above {@link few}. */
  missed: number;
  /** The portal at the last time when everything was found; null: never. */
  before: Portal | null;
  now: Portal;
}

/** The identity of a portal. */
export interface Portal {
  url: string;
  /** Ids from its configuration that no other portal has; if empty, it cannot be told from another one. */
  marks: readonly string[];
}

/** The number of products that may be missing without a confirmation. */
export function few(held: number): number {
  return Math.max(3, Math.floor(held / 10));
}

/**
 * The reason why this portal must not be followed; null if it may. A portal that has all products is followed, whatever its address. A
 * portal that has none of them is a different portal, except if only one product is missing in a portal whose identity is known.
 */
export function brakeReason({ held, missed, before, now }: Survey): string | null {
  if (missed === 0) return null;
  const known = before !== null && before.marks.some((mark) => now.marks.includes(mark));
  if (before && before.marks.length > 0 && now.marks.length > 0 && !known)
    return 'it is another portal than before: no part of its configuration is the same';
  if (missed > few(held)) return `it does not have more than ${few(held)} of ${held} products`;
  if (missed < held) return null;
  const same = known && before?.url === now.url;
  return same && held === 1 ? null : `it has none of the ${held} known product(s)`;
}
