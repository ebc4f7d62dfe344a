import type { PolicyDocument } from '../madmin/types.js';
import { type AccessRequest, evaluate } from './evaluate.js';
import type { LakePath } from './paths.js';
import { type AnyDocument, weigh, type Weighed } from './weigh.js';

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

/**
 * The same of documents that others wrote, as far as it can be known; never throws. A folder of which they give a part is unknown, and so is
 * whatever hangs on an address, a tag, or another fact of the request. Without a principal it is asked for anybody.
 */
export function weighAccess(documents: readonly AnyDocument[], question: AccessQuestion): Weighed {
  const { action, prefix, folder, now, principal } = question;
  const { conditions, ...request } = requestOf(question);
  const known = {
    // who reads or writes an object sends no prefix
    's3:prefix': undefined,
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    ...(principal === undefined ? {} : { 'aws:userid': principal }),
    ...conditions,
  };
  const whole = folder && action !== 'list' ? `${prefix}/` : undefined;
  return weigh(documents, { ...request, conditions: known }, whole);
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
