/** Yes, no, or unknown from the question: a foreign document may depend on facts that only the request has. */
export type Truth = boolean | 'unknown';

/** What a request carries, by condition key; several values if it repeats a key. A key with the value `undefined` is known to be absent. */
export type RequestValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A document needs something that cannot be answered here: no verdict is guessed. */
export class UnsupportedPolicyError extends Error {
  override readonly name = 'UnsupportedPolicyError';
}

/** What is known of a request, and how unknown facts are treated. */
export interface Facts {
  readonly values: RequestValues;
  /** Keys that are not in `values` may be anything; otherwise optional keys are absent. */
  readonly open: boolean;
  /** The folder that a question is about as a whole, with its bucket and a final slash; in open questions only. */
  readonly folder?: string | undefined;
  readonly unknown: (what: string) => 'unknown';
}

/** For documents of this service: throws what cannot be answered. */
export function strictly(values: RequestValues): Facts {
  const unknown = (what: string): never => {
    throw new UnsupportedPolicyError(what);
  };
  return { values, open: false, unknown };
}

/** For foreign documents. */
export function openly(values: RequestValues, folder?: string): Facts {
  return { values, open: true, folder, unknown: () => 'unknown' };
}

/** No as soon as one is no, whatever else is unknown. */
export function every<T>(items: Iterable<T>, test: (item: T) => Truth): Truth {
  let all: Truth = true;
  for (const item of items) {
    const truth = test(item);
    if (truth === false) return false;
    if (truth === 'unknown') all = truth;
  }
  return all;
}

/** Yes as soon as one is yes, whatever else is unknown. */
export function some<T>(items: Iterable<T>, test: (item: T) => Truth): Truth {
  return not(every(items, (item) => not(test(item))));
}

/** The second is not evaluated if the first is no. */
export function both(first: Truth, second: () => Truth): Truth {
  if (first === false) return false;
  const then = second();
  return first === true || then === false ? then : first;
}

export function not(truth: Truth): Truth {
  return truth === 'unknown' ? truth : !truth;
}
