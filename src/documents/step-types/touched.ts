import type { Json } from '../model.js';
import type { TouchedName } from './step-type.js';

/** The value if it is a text, otherwise an empty one. */
export const asText = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** The values of a list as texts. */
export const asTexts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(asText) : []);

/** The names that were given, as names of this kind; empty ones were not given. */
export const touched = (kind: TouchedName['kind'], ...given: string[]): TouchedName[] =>
  given.filter((name) => name !== '').map((name) => ({ kind, name }));

/** The path in the vault, or the namespace, to which a step delivers a secret. */
export function deliveredTo(deliver: Json | undefined): TouchedName[] {
  const [vault, kubernetes] = [fieldOf(deliver, 'vault'), fieldOf(deliver, 'kubernetes')];
  return [
    ...touched('vault_path', asText(fieldOf(vault, 'path'))),
    ...touched('namespace', asText(fieldOf(kubernetes, 'namespace'))),
    ...(kubernetes === undefined ? [] : touched('kubernetes_kind', 'Secret')),
  ];
}

/** A field of an object; undefined: it has none, or is no object. */
export function fieldOf(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined;
}
