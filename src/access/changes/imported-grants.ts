import type { PolicyDocument, PolicyStatement } from '../../madmin/types.js';
import { type CanonicalStatement, normalise, UnreadablePolicyError } from '../../policy/documents.js';
import type { PolicyGrant } from '../../policy/grants/grants.js';
import { arnOf, resourceOf } from '../../policy/paths.js';

/**
 * The grants that a document of this service was written from, as far as the document shows them: a listed path is readable, and it is
 * writable if a statement with the same end says so. A read grant on an object and one on the folder of that name are written alike: they
 * come back as the folder. Grants that another one covered are not in it. If an owner gave many grants, an end may be stated earlier than
 * it was given (`policy/guards`). A document that was edited into a form that this service never writes yields no grants.
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
      // a name prefix is an administrator's: no owner could take it back
      if (!pattern.endsWith('/*')) return [];
      const prefix = pattern.slice(0, -2);
      const arn = arnOf(`${bucket}/${prefix}`);
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
  const arns = strings(Resource).map(resourceOf);
  return arns.find((arn) => !arn.includes('/'));
}

/** `StringLike` does not name all of them; in documents of older versions it stands alone. */
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
