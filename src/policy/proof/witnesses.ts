import type { PolicyDocument, PolicyStatement } from '../../madmin/types.js';
import { parseInstant } from '../documents.js';
import type { AccessRequest } from '../evaluate.js';
import { resourceOf } from '../paths.js';
import { UnsupportedPolicyError } from '../matching/truth.js';
import { strings } from '../matching/values.js';
import { matchWildcard } from '../matching/wildcards.js';
import { BUCKET_ACTIONS, OBJECT_ACTIONS, SERVER_ACTIONS } from './actions.js';
import { ALWAYS, instant } from './probes.js';

const ALL_ACTIONS = [...BUCKET_ACTIONS, ...OBJECT_ACTIONS, ...SERVER_ACTIONS];

/**
 * Requests that show what a document says, derived from the document itself: for each statement each of its actions on each of its
 * resources, a wildcard once empty and then as something that no grant names (`token`). If a pattern reaches anything that is not granted,
 * it reaches one of these: a pattern that reaches a name that no grant contains reaches all such names.
 *
 * `always`: moments to ask at, besides those around the statement's dates.
 *
 * Throws UnsupportedPolicyError for forms that no document of this service has and that requests of this kind would not show.
 */
export function* witnesses(
  document: PolicyDocument,
  token: string,
  always: readonly string[] = ALWAYS,
): Generator<AccessRequest> {
  for (const statement of document.Statement) {
    if (statement.NotAction !== undefined || statement.NotResource !== undefined) {
      throw new UnsupportedPolicyError('NotAction or NotResource');
    }
    const moments = momentsOf(statement, always);
    for (const question of questions(statement, token)) {
      for (const now of moments) {
        yield { ...question, conditions: { ...question.conditions, 'aws:CurrentTime': now } };
      }
    }
  }
}

function* questions(statement: PolicyStatement, token: string): Generator<AccessRequest> {
  // The last one is for a Resource that MinIO ignores.
  const patterns = [...strings(statement.Resource), `${token}/${token}`];
  const places = patterns.flatMap((arn) => filled(resourceOf(arn), token));
  const prefixes = prefixesOf(statement, token);
  for (const action of strings(statement.Action).flatMap((pattern) => actionsOf(pattern, token))) {
    // MinIO ignores the Resource of rights over the server.
    if (!action.startsWith('s3:')) yield { action, bucket: '' };
    const buckets = new Set<string>();
    for (const place of places) {
      const slash = place.indexOf('/');
      const bucket = slash < 0 ? place : place.slice(0, slash);
      const isAboutBucket = !OBJECT_ACTIONS.has(action) && !buckets.has(bucket);
      buckets.add(bucket);
      for (const prefix of prefixes) {
        const conditions = { 's3:prefix': prefix };
        if (isAboutBucket) yield { action, bucket, conditions };
        if (!BUCKET_ACTIONS.has(action) && slash >= 0) {
          yield { action, bucket, key: place.slice(slash + 1), conditions };
        }
      }
    }
  }
}

/** The actions that a pattern stands for; an unknown action is its own example. */
function actionsOf(pattern: string, token: string): string[] {
  const known = ALL_ACTIONS.filter((action) => matchWildcard(pattern, action));
  return pattern.includes('*') || pattern.includes('?') ? [...known, ...filled(pattern, token)] : [pattern];
}

/**
 * The prefixes to ask with: none, and if the statement lists or a condition is about prefixes (any request can carry one), everything,
 * something, and the values of the conditions.
 */
function prefixesOf(
  { Action, Condition = {} }: PolicyStatement,
  token: string,
): (string | string[] | undefined)[] {
  const prefixes = new Set<string | undefined>([undefined]);
  const lists = strings(Action).some((pattern) => matchWildcard(pattern, 's3:ListBucket'));
  if (lists || Object.keys(Condition).length > 0)
    for (const text of ['', token, `${token}/`]) prefixes.add(text);
  for (const keys of Object.values(Condition)) {
    for (const pattern of strings(keys['s3:prefix'])) {
      for (const prefix of filled(pattern, token)) prefixes.add(prefix);
    }
  }
  const own = filled(ownPatternOf(Condition) ?? '*', token)[0];
  const repeated = [...prefixes].flatMap((prefix) =>
    prefix === undefined || own === undefined ? [] : [[prefix, own]],
  );
  return [...prefixes, ...repeated];
}

/**
 * A pattern of which one value is enough to satisfy `StringLike`. `ForAllValues` must accept it, too: then every prefix that it accepts can
 * be listed with this one as a second value, and no other. Any two patterns together would accept requests that none here shows.
 */
function ownPatternOf(condition: NonNullable<PolicyStatement['Condition']>): string | undefined {
  const { StringLike: one, 'ForAllValues:StringLike': every } = condition;
  const patterns = strings(one?.['s3:prefix']).filter((pattern) => pattern !== '*');
  const known = new Set(strings(every?.['s3:prefix']));
  if (every && patterns.some((pattern) => !known.has(pattern))) {
    throw new UnsupportedPolicyError('a prefix in StringLike alone');
  }
  return patterns[0];
}

/** Around each date in the statement, and `always`. */
function momentsOf({ Condition = {} }: PolicyStatement, always: readonly string[]): string[] {
  const moments = new Set(always);
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, values] of Object.entries(keys)) {
      const date = key === 'aws:CurrentTime' && /^Date/.test(operator);
      const prefix = key === 's3:prefix' && /^(?:ForAllValues:)?StringLike$/.test(operator);
      if (!date && !prefix) throw new UnsupportedPolicyError(`condition ${operator} on ${key}`);
      for (const time of date ? strings(values).map(parseInstant) : []) {
        for (const seconds of Number.isNaN(time) ? [] : [-1, 0, 1])
          moments.add(instant(time + seconds * 1000));
      }
    }
  }
  return [...moments];
}

/** What a pattern matches: its stars empty, as one new name, as a path if it has none, and with each of three letters for a `?`. */
function filled(pattern: string, token: string): string[] {
  if (!/[*?]/.test(pattern)) return [pattern];
  const texts = pattern.includes('/') ? ['', token] : ['', token, `${token}/${token}`];
  const stars = texts.map((text) => pattern.replaceAll('*', text));
  // no path contains the last one, so no name prefix starts with it
  const letters = ['x', '-', '\u0001'];
  return stars.flatMap((text) => [...new Set(letters.map((letter) => text.replaceAll('?', letter)))]);
}
