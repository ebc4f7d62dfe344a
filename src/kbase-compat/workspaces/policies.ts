import type { PolicyDocument } from '../../madmin/types.js';
import { type CanonicalStatement, normalise } from '../../policy/documents.js';
import { resourceOf } from '../../policy/paths.js';

/** A policy in KBase's model: one action a statement, and only what is allowed. */
export interface KbasePolicy {
  policy_name: string;
  policy_document: { version: string; statement: KbaseStatement[] };
}

interface KbaseStatement {
  effect: 'Allow';
  action: string;
  resource: string[];
  condition: Record<string, Record<string, string[]>> | null;
  principal: null;
}

/** The actions that KBase's model knows and this service gives. */
const BUCKET_ACTIONS: readonly string[] = ['s3:GetBucketLocation', 's3:ListBucket'];
const OBJECT_ACTIONS: readonly string[] = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];

/**
 * What documents allow, as far as KBase's model can say it. What it cannot say is left out: other actions, denials, and resources that an
 * action has no effect on.
 */
export function kbasePolicy(name: string, documents: Iterable<PolicyDocument>): KbasePolicy {
  const statement = [...documents].flatMap((document) =>
    normalise(document).Statement.flatMap(kbaseStatements),
  );
  return { policy_name: name, policy_document: { version: '2012-10-17', statement } };
}

function kbaseStatements({ Effect, Action, Resource = [], Condition }: CanonicalStatement): KbaseStatement[] {
  if (Effect !== 'Allow') return [];
  return [...BUCKET_ACTIONS, ...OBJECT_ACTIONS].flatMap((action): KbaseStatement[] => {
    const resource = Resource.filter((arn) => isObject(arn) === OBJECT_ACTIONS.includes(action));
    if (!Action.includes(action) || resource.length === 0) return [];
    return [{ effect: 'Allow', action, resource, condition: Condition ?? null, principal: null }];
  });
}

function isObject(arn: string): boolean {
  return resourceOf(arn).includes('/');
}
