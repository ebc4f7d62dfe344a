import type { PolicyDocument, PolicyStatement } from '../../madmin/types.js';
import { type AccessRequest, evaluatorOf, UnsupportedPolicyError } from '../evaluate.js';
import { strings } from '../matching/values.js';
import { unnamed } from '../proof/probes.js';
import { witnesses } from '../proof/witnesses.js';
import type { AnyDocument } from './weigh.js';
import { fixed } from './fixed.js';

/**
 * Why a foreign document cannot be detached from a holder of `others`: something that it allows and they do not, as a sentence. Undefined:
 * whatever request the document allows, they allow it too. A request that repeats `prefix` is not counted: MinIO lists one of the values
 * and compares another. `principal` as for `fixed`.
 */
export function uncovered(
  source: AnyDocument,
  others: readonly PolicyDocument[],
  principal?: string,
): string | undefined {
  const read = fixed(source, principal);
  if ('why' in read) return read.why;
  const document = loosened(read.document);
  const token = unnamed([JSON.stringify(document), ...others.map((each) => JSON.stringify(each))]);
  try {
    const [theirs, ours] = [evaluatorOf([document]), evaluatorOf(others)];
    for (const request of witnesses(document, token)) {
      if (Array.isArray(request.conditions?.['s3:prefix'])) continue;
      if (theirs(request).allowed && !ours(request).allowed) return sentence(request, token);
    }
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedPolicyError) return `It cannot be compared: ${error.message}.`;
    throw error;
  }
}

/**
 * The same without every condition that is not about the prefix of a listing: it allows at least as much. What covers it then holds for any
 * address, at any time.
 */
function loosened(document: PolicyDocument): PolicyDocument {
  return { ...document, Statement: document.Statement.map(withoutConditions) };
}

function withoutConditions({ Condition = {}, ...statement }: PolicyStatement): PolicyStatement {
  const lists = Object.entries(Condition).flatMap(([operator, keys]): string[][] => {
    const patterns = strings(keys['s3:prefix']);
    const name = /^(?:ForAnyValue:)?(StringLike|StringEquals)$/.exec(operator)?.[1];
    // without wildcards both operators say the same
    const isKnown =
      name === 'StringLike' || (name !== undefined && !patterns.some((each) => /[*?]/.test(each)));
    return isKnown && patterns.length > 0 ? [patterns] : [];
  });
  // all of several must hold: one of them alone allows more
  const [patterns] = lists;
  return patterns ? { ...statement, Condition: { StringLike: { 's3:prefix': patterns } } } : statement;
}

function sentence({ action, bucket, key, conditions = {} }: AccessRequest, token: string): string {
  const shown = (text: string): string => text.replaceAll(token, '…');
  const prefix = conditions['s3:prefix'];
  if (action.startsWith('s3:List') && key === undefined) {
    const what = prefix === undefined ? 'without a prefix' : `with the prefix "${shown(String(prefix))}"`;
    return `It also allows ${action} on ${shown(bucket)} ${what}.`;
  }
  const where = bucket === '' ? '' : ` on ${shown(key === undefined ? bucket : `${bucket}/${key}`)}`;
  return `It also allows ${shown(action)}${where}.`;
}
