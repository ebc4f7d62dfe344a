import { ExpressionError } from '../../documents/expressions/expression-error.js';
import type { Json, JsonObject } from '../../documents/model.js';
import type { Reader } from '../../documents/reader.js';
import type { Path } from '../../documents/yaml/yaml-source.js';
import { EXPIRES_IN_SECONDS, type Rule } from '../policy.js';
import { checkRule } from '../rules.js';

const FIELDS = ['name', 'when', 'then', 'from', 'count', 'message', 'expires_in_seconds'];
const MAX_RULES = 100;
const MAX_APPROVALS = 10;
/** In seconds: after a month nobody remembers the request. */
const EXPIRY = { least: 1, most: 2_592_000 };

/** Reads the rules of a policy. */
export function readRules(reader: Reader, policy: JsonObject): Rule[] {
  const list = reader.list(policy, [], 'rules');
  if (list.length > MAX_RULES) reader.error(['rules'], `A policy has at most ${MAX_RULES} rules`);
  const rules = list.flatMap((item, index) => readRule(reader, item, ['rules', index]) ?? []);
  for (const [index, { name }] of rules.entries())
    if (rules.findIndex((each) => each.name === name) < index)
      reader.error(['rules', index, 'name'], `Two rules are called \`${name}\``);
  return rules;
}

function readRule(reader: Reader, item: Json, path: Path): Rule | undefined {
  const fields = reader.fields(item, path, FIELDS, 'A rule');
  if (!fields) return undefined;
  const name = reader.requiredText(fields, path, 'name', 'A rule');
  const when = reader.requiredText(fields, path, 'when', 'A rule');
  const then = reader.choice(fields, path, 'then', ['deny', 'approve'] as const);
  if (fields['then'] === undefined) reader.errorAtKey(path, 'A rule needs `then`: `deny` or `approve`');
  const from = reader.text(fields, path, 'from');
  const message = reader.text(fields, path, 'message');
  const count = numberOf(reader, fields, path, 'count', { least: 1, most: MAX_APPROVALS }) ?? 1;
  const expires = numberOf(reader, fields, path, 'expires_in_seconds', EXPIRY) ?? EXPIRES_IN_SECONDS;
  if (name === undefined || when === undefined || then === undefined) return undefined;
  try {
    checkRule(when);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    reader.error([...path, 'when'], error.message, error.suggestion);
  }
  const more = { ...(from === undefined ? {} : { from }), ...(message === undefined ? {} : { message }) };
  return { name, when, then, count, expires_in_seconds: expires, ...more };
}

function numberOf(
  reader: Reader,
  fields: JsonObject,
  path: Path,
  name: string,
  { least, most }: { least: number; most: number },
): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  reader.error([...path, name], `\`${name}\` must be a whole number from ${least} to ${most}`);
  return undefined;
}
