import type { ConditionValue } from '../../madmin/types.js';
import type { Facts, RequestValues } from './truth.js';

/** Facts of every request that a question here need not carry. A document that asks for one must not find it absent. */
const OF_EVERY_REQUEST = /^(?:aws:|jwt:|ldap:|s3:(?:signatureversion|authType|signatureAge)$)/;

/** Those of them that MinIO always has a value for, even an empty one. */
const ALWAYS_PRESENT =
  /^(?:aws:(?:CurrentTime|EpochTime|SecureTransport|SourceIp|UserAgent|Referer|principaltype|userid|username)|s3:(?:versionid|signatureversion|authType))$/;

/** Keys that MinIO replaces in patterns; any other variable stands for itself. */
const VARIABLES =
  /^(?:aws:|jwt:|ldap:|s3:(?:signatureversion|authType|signatureAge|x-amz-content-sha256|LocationConstraint)$)/;

const VARIABLE = /\$\{([^}]*)\}/g;

/** The values of a condition key, none if the request does not have it; undefined: only the request knows. */
export function valuesOf(key: string, facts: Facts): readonly string[] | undefined {
  if (Object.hasOwn(facts.values, key)) return listOf(facts.values[key]);
  if (!facts.open && !OF_EVERY_REQUEST.test(key)) return [];
  facts.unknown(`the question does not say ${key}`);
  return undefined;
}

/** A proof asks this thousands of times for a document. */
function listOf(value: RequestValues[string]): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

export function isAlwaysPresent(key: string): boolean {
  return ALWAYS_PRESENT.test(key);
}

/** Whether a pattern contains a policy variable such as `${aws:username}`. */
export function hasVariable(pattern: string): boolean {
  return pattern.includes('${');
}

/**
 * Replaces the policy variables of a pattern by what the request carries; like MinIO, without an escape. `sure` false: it contains `*` for
 * a variable that only the request fills in.
 */
export function withVariables(pattern: string, facts: Facts): { text: string; sure: boolean } {
  let sure = true;
  const text = pattern.replaceAll(VARIABLE, (variable, key: string) => {
    const isKnown = VARIABLES.test(key);
    // of several values MinIO takes the first
    const [value] = listOf(facts.values[key]);
    if (isKnown && value) return value;
    // MinIO leaves a variable as it is when it is empty or not one of the common keys
    if (facts.open && !isKnown) return variable;
    facts.unknown(`policy variable ${variable}`);
    sure = false;
    return '*';
  });
  return { text, sure };
}

/** A set as a policy spells it: absent, a single value, or an array. */
export function strings(set: ConditionValue | readonly ConditionValue[] | undefined): string[] {
  if (set === undefined) return [];
  return (Array.isArray(set) ? set : [set]).map(String);
}
