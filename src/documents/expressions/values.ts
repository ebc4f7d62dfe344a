import type { JsonSchema } from '../model.js';
import { type Filled, isUnknown } from '../references/unknown.js';

/**
 * A value as CEL has it: whole numbers are `int`, mappings have no inherited fields. A schema of type `number` makes a
 * whole number a `double`. The caller has made sure that nothing is UNKNOWN in what the expression names.
 */
export function toCel(value: Filled, schema?: JsonSchema): unknown {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && schema?.type !== 'number' ? BigInt(value) : value;
  if (value === null || typeof value !== 'object' || isUnknown(value)) return value;
  if (Array.isArray(value)) return value.map((item) => toCel(item));
  const properties = (schema?.properties ?? {}) as Record<string, JsonSchema>;
  return new Map(
    Object.entries(value).map(([key, child]) => [
      key,
      toCel(child, Object.hasOwn(properties, key) ? properties[key] : undefined),
    ]),
  );
}

/** A result of CEL as JSON. Values that JSON does not have become texts. */
export function fromCel(value: unknown): Filled {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, child]) => [String(key), fromCel(child)]));
  if (Array.isArray(value)) return value.map(fromCel);
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as Filled;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fromCel(child)]));
  return `${value as string}`;
}
