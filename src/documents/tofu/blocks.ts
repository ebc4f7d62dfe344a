import type { Json, JsonObject } from '../model.js';
import { isObject } from '../reader.js';

/** A block of a configuration in JSON syntax, with its labels and where it is. */
export interface Block {
  labels: string[];
  body: JsonObject;
  at: string;
}

/** What is wrong with a configuration, and where. */
export interface Refusal {
  /** The file, and the way to the place in it, such as `main.tf.json: resource.terraform_data.a`. */
  at: string;
  rule: string;
}

/**
 * The blocks of a type. Wherever the syntax allows an object it also allows a list of them, at each level: all of them count. What is neither
 * is refused, so nothing is overlooked that OpenTofu would read in another way.
 */
export function blocksOf(
  value: Json | undefined,
  labels: number,
  at: string,
  refuse: (refusal: Refusal) => void,
): Block[] {
  if (value === undefined) return [];
  const [bodies, more] = [Array.isArray(value) ? value : [value], labels - 1];
  return bodies.flatMap((body): Block[] => {
    if (!isObject(body)) {
      refuse({ at, rule: 'must be a mapping, or a list of mappings' });
      return [];
    }
    if (labels === 0) return [{ labels: [], body, at }];
    return Object.entries(body).flatMap(([label, inner]) =>
      blocksOf(inner, more, `${at}.${label}`, refuse).map((each) => ({
        ...each,
        labels: [label, ...each.labels],
      })),
    );
  });
}
