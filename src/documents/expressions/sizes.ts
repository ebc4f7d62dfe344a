/** Values in one list or mapping, with what is in them. */
const MAX_VALUES = 100_000;
const MAX_CHARACTERS = 300_000;
/** Characters that are compared or copied about as fast as one value. */
const CHARACTERS_A_VALUE = 64;

/** How large values are. A value that is in another one several times counts each time, but is walked over once. */
export class Sizes {
  private readonly known = new WeakMap<object, { items: number; size: number }>();

  /** The number of values in a value; undefined if it is too large. */
  of(value: unknown): number | undefined {
    if (typeof value === 'string')
      return value.length > MAX_CHARACTERS ? undefined : 1 + value.length / CHARACTERS_A_VALUE;
    if (typeof value !== 'object' || value === null) return 1;
    if (value instanceof Uint8Array) return this.of(' '.repeat(Math.min(value.length, MAX_CHARACTERS + 1)));
    // a list may have grown since it was last counted
    const before = this.known.get(value);
    if (before && !Array.isArray(value)) return before.size;
    const items = itemsOf(value);
    let size = before?.size ?? 1;
    for (let index = before?.items ?? 0; index < items.length; index += 1) {
      const item = this.of(items[index]);
      if (item === undefined) return undefined;
      size += item;
      if (size > MAX_VALUES) return undefined;
    }
    this.known.set(value, { items: items.length, size });
    return size;
  }
}

function itemsOf(value: object): unknown[] {
  if (Array.isArray(value)) return value;
  return value instanceof Map ? [...value.values()] : Object.values(value);
}
