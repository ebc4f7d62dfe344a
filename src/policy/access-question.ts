import type { PolicyDocument } from '../madmin/types.js';
import { type AccessRequest, evaluate } from './evaluate.js';
import { type LakePath, nameStart } from './paths.js';
import { type AnyDocument, weigh, type Weighed } from './foreign/weigh.js';

/** A path, the action on it, and the time. */
export interface AccessQuestion extends LakePath {
  action: 'read' | 'write' | 'list' | 'delete';
  now: Date;
  /** The MinIO user who asks: the value of `${aws:username}` in foreign documents. */
  principal?: string;
}

export interface AccessAnswer {
  allowed: boolean;
  /** The document and its statement that allowed or denied the action; absent if nothing allows it. */
  because?: { name: string; statement: number };
}

/**
 * Stands for "anything" below a folder. The grammar of paths refuses control characters, so no grant names it, and only a pattern over the
 * whole folder can match it. If it is allowed, every name is, unless a Deny names one.
 */
const ANYTHING = '\u0001anything\u0001';

const ACTIONS = { read: 's3:GetObject', write: 's3:PutObject', delete: 's3:DeleteObject' } as const;

/**
 * Whether documents let their holder do this. A folder is reached if everything in it is, a name prefix if every key of it is; a path
 * without final slash if the object of that name is. To list means, for a folder or object, to list what is below the path. Throws
 * UnsupportedPolicyError as `evaluate` does.
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
 * The same for foreign documents, as far as it can be known; never throws. If they give only a part of a folder, the answer is unknown. It
 * is also unknown if it depends on an address, a tag, or another fact of the request. Without a principal the answer is for any user.
 */
export function weighAccess(documents: readonly AnyDocument[], question: AccessQuestion): Weighed {
  const { action, prefix, folder, now, principal } = question;
  const start = nameStart(prefix);
  const { conditions, ...request } = requestOf(question);
  const known = {
    // a request that reads or writes an object sends no prefix
    's3:prefix': undefined,
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    ...(principal === undefined ? {} : { 'aws:userid': principal }),
    ...conditions,
  };
  const whole = action === 'list' ? undefined : folder ? `${prefix}/` : start;
  return weigh(documents, { ...request, conditions: known }, whole);
}

function requestOf({ bucket, prefix, folder, action, now, principal }: AccessQuestion): AccessRequest {
  const conditions = {
    'aws:CurrentTime': now.toISOString(),
    ...(principal === undefined ? {} : { 'aws:username': principal }),
  };
  const start = nameStart(prefix);
  if (action === 'list') {
    const listed = start ?? `${prefix}/`;
    return { action: 's3:ListBucket', bucket, conditions: { ...conditions, 's3:prefix': listed } };
  }
  const object = start === undefined ? prefix : start + ANYTHING;
  return { action: ACTIONS[action], bucket, key: folder ? `${prefix}/${ANYTHING}` : object, conditions };
}
