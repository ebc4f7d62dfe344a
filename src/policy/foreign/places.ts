import type { AccessQuestion } from '../access-question.js';
import type { PolicyStatement } from '../../madmin/types.js';
import { strings } from '../matching/values.js';
import { matchWildcard } from '../matching/wildcards.js';
import { parseGrantPath, resourceOf } from '../paths.js';
import { type AnyDocument, weighBelow, type Weighed } from './weigh.js';

/** Where a foreign document lets its holder read or write: a bucket and a key as MinIO compares them, wildcards included. */
export type PlacePattern = string;

/** Stands for what the document does not name: it may be anywhere. */
export const ANYWHERE: PlacePattern = '*';
/** Stands for any text: a wildcard matches it, no name does. */
const ANY_TEXT = '\u0001any\u0001';

/** The places that the statements of a document name. A document that cannot be read, or names what it does not give, may give anything. */
export function placesOf(document: AnyDocument, principal: string): PlacePattern[] {
  try {
    return (document?.Statement ?? [{ Effect: 'Allow' as const }])
      .filter(({ Effect }) => Effect !== 'Deny')
      .flatMap((statement) => placesIn(statement, principal));
  } catch {
    return [ANYWHERE];
  }
}

function placesIn({ Action, Resource }: Partial<PolicyStatement>, principal: string): PlacePattern[] {
  const named = strings(Resource).map(resourceOf);
  // MinIO also ignores the Resource of what may be a right of STS
  if (named.length === 0 || strings(Action).some((action) => matchWildcard(action, 'sts:AssumeRole')))
    return [ANYWHERE];
  return (
    named
      .map((pattern) => pattern.replaceAll('${aws:username}', principal))
      // a bucket alone contains nothing to read
      .filter((pattern) => /[/*?]/.test(pattern))
  );
}

/** The path of a place without wildcards within, as this API spells it; undefined for other places. */
export function pathOfPlace(place: PlacePattern) {
  const parsed = parseGrantPath(`s3a://${place.endsWith('/*') ? place.slice(0, -1) : place}`);
  return parsed.ok ? parsed.path : undefined;
}

/** What MinIO answers about a place with wildcards; if foreign documents give or deny a part of it, that is unknown. */
export function weighPlace(
  documents: readonly AnyDocument[],
  place: PlacePattern,
  { action, now, principal }: Pick<AccessQuestion, 'now' | 'principal'> & { action: 'read' | 'write' },
): Weighed {
  const full = place.replaceAll('*', ANY_TEXT).replaceAll('?', '\u0001');
  const slash = full.indexOf('/');
  const bucket = slash < 0 ? full : full.slice(0, slash);
  const key = slash < 0 ? ANY_TEXT : full.slice(slash + 1);
  const conditions = {
    's3:prefix': undefined,
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    ...(principal === undefined ? {} : { 'aws:username': principal, 'aws:userid': principal }),
  };
  const start = /^[^*?]*/.exec(place)?.[0] ?? '';
  const request = { action: action === 'read' ? 's3:GetObject' : 's3:PutObject', bucket, key, conditions };
  return weighBelow(documents, request, start);
}
