import type { ConditionValue } from '../../madmin/types.js';
import type { Facts } from './truth.js';

/** Facts of every request that a question here need not carry. Asked for, they cannot be taken for absent. */
const OF_EVERY_REQUEST = /^(?:aws:|jwt:|ldap:|s3:(?:signatureversion|authType|signatureAge)$)/;

/** Those of them that MinIO always has a value for, be it an empty one. */
const ALWAYS_PRESENT =
  /^(?:aws:(?:CurrentTime|EpochTime|SecureTransport|SourceIp|UserAgent|Referer|principaltype|userid|username)|s3:(?:versionid|signatureversion|authType))$/;

/** Keys that MinIO replaces in patterns; any other variable stands for itself. */
const VARIABLES =
  /^(?:aws:|jwt:|ldap:|s3:(?:signatureversion|authType|signatureAge|x-amz-content-sha256|LocationConstraint)$)/;

const VARIABLE = /\$\{([^}]*)\}/g;

/** The value of a condition key, nothing if the request has none; `known` false: only the request says. */
export function valueOf(key: string, facts: Facts): { known: boolean; value?: string | undefined } {
  if (Object.hasOwn(facts.values, key)) return { known: true, value: facts.values[key] };
  if (!facts.open && !OF_EVERY_REQUEST.test(key)) return { known: true };
  facts.unknown(`the question does not say ${key}`);
  return { known: false };
}

export function isAlwaysPresent(key: string): boolean {
  return ALWAYS_PRESENT.test(key);
}

/** Whether a pattern holds a policy variable such as `${aws:username}`. */
export function hasVariable(pattern: string): boolean {
  return pattern.includes('${');
}

/**
 * Puts what the request carries for its policy variables into a pattern; as MinIO does it, without an escape. `sure` false: it holds `*` for
 * one that only the request fills in.
 */
export function withVariables(pattern: string, facts: Facts): { text: string; sure: boolean } {
  let sure = true;
  const text = pattern.replaceAll(VARIABLE, (variable, key: string) => {
    const isKnown = VARIABLES.test(key);
    if (isKnown && facts.values[key]) return facts.values[key];
    // MinIO leaves a variable as it stands when it is empty or not one of the common keys
    if (facts.open && !isKnown) return variable;
    facts.unknown(`policy variable ${variable}`);
    sure = false;
    return '*';
  });
  return { text, sure };
}

/** A set as a policy spells it: nothing, one value alone, or an array. */
export function strings(set: ConditionValue | readonly ConditionValue[] | undefined): string[] {
  if (set === undefined) return [];
  return (Array.isArray(set) ? set : [set]).map(String);
}
