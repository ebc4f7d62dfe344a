import type { PolicyDocument } from '../madmin/types.js';
import { type AccessRequest, evaluate } from './evaluate.js';
import type { LakePath } from './paths.js';

/** A path, what somebody wants to do there, and when. */
export interface AccessQuestion extends LakePath {
  action: 'read' | 'write' | 'list' | 'delete';
  now: Date;
  /** The MinIO user who asks: fills `${aws:username}` in documents that others wrote. */
  principal?: string;
}

export interface AccessAnswer {
  allowed: boolean;
  /** The document and the statement in it that allowed or denied it; without one nothing allows it. */
  because?: { name: string; statement: number };
}

/**
 * Stands for "anything" below a folder. The grammar of paths refuses control characters, so no grant names it, and nothing but a
 * pattern over the whole folder can match it: what is allowed for it is allowed for every name, unless a Deny names one.
 */
const ANYTHING = '\u0001anything\u0001';

const ACTIONS = { read: 's3:GetObject', write: 's3:PutObject', delete: 's3:DeleteObject' } as const;

/**
 * Whether documents let their holder do this. A folder is reached if whatever is in it is; a path without final slash if the object of
 * that name is. To list means to list what is below the path, for either. Throws UnsupportedPolicyError as `evaluate` does.
 */
export function reaches(
  documents: readonly { name: string; document: PolicyDocument }[],
  question: AccessQuestion,
): AccessAnswer {
  const { allowed, because } = evaluate(
    documents.map(({ document }) => document),
    requestOf(question),
  );
  const name = because && documents[because.document]?.name;
  return because && name !== undefined
    ? { allowed, because: { name, statement: because.statement } }
    : { allowed };
}

function requestOf({ bucket, prefix, folder, action, now, principal }: AccessQuestion): AccessRequest {
  const conditions = {
    'aws:CurrentTime': now.toISOString(),
    ...(principal === undefined ? {} : { 'aws:username': principal }),
  };
  if (action === 'list') {
    return { action: 's3:ListBucket', bucket, conditions: { ...conditions, 's3:prefix': `${prefix}/` } };
  }
  return { action: ACTIONS[action], bucket, key: folder ? `${prefix}/${ANYTHING}` : prefix, conditions };
}
