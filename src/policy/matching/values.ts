import type { ConditionValue } from '../../madmin/types.js';

/** What a request carries, by condition key. A key that is there with `undefined` is known to be absent. */
export type RequestValues = Readonly<Record<string, string | undefined>>;

/** A document asks for something that cannot be answered here: no verdict is guessed. */
export class UnsupportedPolicyError extends Error {
  override readonly name = 'UnsupportedPolicyError';
}

/** Facts of every request that a question here need not carry. Asked for, they cannot be taken for absent. */
const OF_EVERY_REQUEST = /^(?:aws:|jwt:|ldap:|s3:(?:signatureversion|authType|signatureAge)$)/;

const VARIABLE = /\$\{([^}]*)\}/g;

/** The value of a condition key, or nothing if the request has none. */
export function valueOf(key: string, values: RequestValues): string | undefined {
  if (!Object.hasOwn(values, key) && OF_EVERY_REQUEST.test(key)) {
    throw new UnsupportedPolicyError(`the question does not say ${key}`);
  }
  return values[key];
}

/** Whether a pattern holds a policy variable such as `${aws:username}`. */
export function hasVariable(pattern: string): boolean {
  return pattern.includes('${');
}

/** Puts what the request carries for its policy variables into a pattern; as MinIO does it, without an escape. */
export function withVariables(pattern: string, values: RequestValues): string {
  if (!hasVariable(pattern)) return pattern;
  return pattern.replaceAll(VARIABLE, (variable, key: string) => {
    // MinIO leaves a variable as it stands when it is empty or not one of the common keys; whether it is, only the server knows.
    const value = OF_EVERY_REQUEST.test(key) ? values[key] : undefined;
    if (!value) throw new UnsupportedPolicyError(`policy variable ${variable}`);
    return value;
  });
}

/** A set as a policy spells it: nothing, one value alone, or an array. */
export function strings(set: ConditionValue | readonly ConditionValue[] | undefined): string[] {
  if (set === undefined) return [];
  return (Array.isArray(set) ? set : [set]).map(String);
}
