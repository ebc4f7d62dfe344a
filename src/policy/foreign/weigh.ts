import type { PolicyDocument } from '../../madmin/types.js';
import { type AccessRequest, prepared, questionOf, type Statement } from '../evaluate.js';
import { openly, some, type Truth } from '../matching/truth.js';

/** A document in MinIO, whoever wrote it; null: it cannot be read, so it may say anything. */
export type AnyDocument = PolicyDocument | null;

/** A document that allows the request, or may. */
export interface Weight {
  /** Its index in the input. */
  document: number;
  /** The index of its statement; absent for a document that cannot be read. */
  statement?: number;
  sure: boolean;
}

export interface Weighed {
  /** `unknown`: it depends on facts that only the request has. */
  allowed: Truth;
  /** A Deny applies: it also overrides what other documents of the holder allow. */
  denied: Truth;
  /** Each document that allows the request, or may; none when it is denied. */
  because: Weight[];
}

/**
 * What MinIO answers to a request of a holder of these documents, as far as the question decides it: facts that it does not carry
 * (addresses, tags, claims, headers) are unknown, never absent. Never throws, whatever the documents are. `folder`: the request stands for
 * all objects below this prefix (with a final slash), and a statement about a part of them leaves it unknown.
 */
export function weigh(documents: readonly AnyDocument[], request: AccessRequest, folder?: string): Weighed {
  return weighBelow(documents, request, folder && `${request.bucket}/${folder}`);
}

/** The same; the request stands for everything that begins with `start`, which contains its bucket, and may be a part of its name. */
export function weighBelow(
  documents: readonly AnyDocument[],
  request: AccessRequest,
  start: string | undefined,
): Weighed {
  const facts = openly(request.conditions ?? {}, start);
  const question = questionOf(request, facts);
  const read = documents.map(statementsOf);
  const denied = some(read, (statements) => {
    if (!statements) return 'unknown';
    return some(statements.filter(isDeny), ({ applies }) => applies(question));
  });
  if (denied === true) return { allowed: false, denied, because: [] };
  const because = read.flatMap((statements, document): Weight[] => {
    if (!statements) return [{ document, sure: false }];
    const answers = statements
      .filter((statement) => !isDeny(statement))
      .map(({ applies, because }) => ({ truth: applies(question), statement: because.statement }));
    const best =
      answers.find(({ truth }) => truth === true) ?? answers.find(({ truth }) => truth === 'unknown');
    return best
      ? [{ document, statement: best.statement, sure: best.truth === true && denied === false }]
      : [];
  });
  if (because.length === 0) return { allowed: false, denied, because };
  return { allowed: because.some(({ sure }) => sure) || 'unknown', denied, because };
}

function isDeny({ because: { effect } }: Statement): boolean {
  return effect === 'Deny';
}

/** Undefined for a document of a form that no policy has. */
function statementsOf(document: AnyDocument, index: number): Statement[] | undefined {
  try {
    if (!document || document.Statement.some(({ Effect }) => Effect !== 'Allow' && Effect !== 'Deny'))
      return undefined;
    return prepared(document, index);
  } catch {
    return undefined;
  }
}
