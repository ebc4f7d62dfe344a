import type { PolicyDocument, PolicyStatement } from '../../madmin/types.js';
import { type CanonicalStatement, normalise, UnreadablePolicyError } from '../../policy/documents.js';
import type { PolicyGrant } from '../../policy/grants.js';

const ARN = 'arn:aws:s3:::';

/**
 * The grants that a document of ours was written from, as far as it tells: what is listed is readable, and writable where a statement with the
 * same end says so. A read grant on an object and one on the folder of that name are written alike: they come back as the folder. An
 * end of an owner who gave many may be said earlier than it was given (`policy/guards`). A document that somebody changed into one that is
 * never written here tells nothing.
 */
export function grantsIn(document: PolicyDocument): PolicyGrant[] {
  const statements = statementsOf(document);
  return statements.flatMap((statement): PolicyGrant[] => {
    const bucket = listedBucket(statement);
    if (bucket === undefined) return [];
    const end = endOf(statement);
    const writable = new Set(
      statements
        .filter((each) => strings(each.Action).includes('s3:PutObject') && endOf(each) === end)
        .flatMap((each) => strings(each.Resource)),
    );
    return listedPrefixes(statement).flatMap((pattern): PolicyGrant[] => {
      if (!pattern.endsWith('/*')) return [];
      const prefix = pattern.slice(0, -2);
      const arn = `${ARN}${bucket}/${prefix}`;
      const grant = { bucket, prefix, ...(end === undefined ? {} : { expiresAt: new Date(end) }) };
      return writable.has(`${arn}/*`)
        ? [{ ...grant, folder: !writable.has(arn), permission: 'write' }]
        : [{ ...grant, folder: true, permission: 'read' }];
    });
  });
}

function statementsOf(document: PolicyDocument): CanonicalStatement[] {
  try {
    return normalise(document).Statement;
  } catch (error) {
    if (error instanceof UnreadablePolicyError) return [];
    throw error;
  }
}

function listedBucket({ Action, Resource }: PolicyStatement): string | undefined {
  if (!strings(Action).includes('s3:ListBucket')) return undefined;
  const arns = strings(Resource).map((arn) => arn.slice(ARN.length));
  return arns.find((arn) => !arn.includes('/'));
}

/** `StringLike` says not all of them; in documents of versions of before it stands alone. */
function listedPrefixes({ Condition = {} }: PolicyStatement): string[] {
  const { 'ForAllValues:StringLike': every, StringLike: one } = Condition;
  return strings((every ?? one)?.['s3:prefix']);
}

function endOf({ Condition }: PolicyStatement): string | undefined {
  return strings(Condition?.DateLessThan?.['aws:CurrentTime'])[0];
}

function strings(set: unknown): string[] {
  if (set === undefined) return [];
  return (Array.isArray(set) ? set : [set]).map(String);
}
