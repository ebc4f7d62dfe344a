import type { ConditionValue, PolicyDocument, PolicyStatement } from '../madmin/types.js';
import { parseInstant } from './documents.js';

/**
 * One question that MinIO asks its policy engine while it serves a request. `key` is absent for questions about the bucket.
 * `conditions` holds what the request carries: `s3:prefix` and `s3:delimiter` (absent is not the same as empty), `aws:CurrentTime`
 * in RFC 3339.
 */
export interface AccessRequest {
  action: string;
  bucket: string;
  key?: string;
  conditions?: Record<string, string | undefined>;
}

/** The answer, and the statement that decided it (indexes into what was given). No `because`: nothing allows it. */
export interface Verdict {
  allowed: boolean;
  because?: { document: number; statement: number; effect: 'Allow' | 'Deny' };
}

/** A document uses something never written here (another operator, NotAction, a policy variable): no verdict is guessed. */
export class UnsupportedPolicyError extends Error {
  override readonly name = 'UnsupportedPolicyError';
}

type Matcher = (value: string, actual: string) => boolean;

const ARN = 'arn:aws:s3:::';

/** How one value of a condition is met. MinIO refuses a Date condition with more than one value, so "any of them" fits all. */
const OPERATORS: ReadonlyMap<string, Matcher> = new Map<string, Matcher>([
  ['StringLike', (pattern, actual) => matchWildcard(literal(pattern), actual)],
  ['StringEquals', (value, actual) => literal(value) === actual],
  ['DateLessThan', (limit, actual) => parseInstant(actual) < parseInstant(limit)],
]);

/**
 * What MinIO answers to `request` when a user holds these documents: any Deny wins over any Allow, nothing is allowed by
 * default. Proven against the real server by `test/e2e/policy-verdicts.spec.ts`. It does not know MinIO's defects: that a header or
 * a second query key can shadow a condition is not expressed in a request here.
 */
export function evaluate(documents: readonly PolicyDocument[], request: AccessRequest): Verdict {
  const verdict = decide(documents, request);
  // MinIO asks HeadBucket first and falls back to ListBucket, so even a Deny on HeadBucket alone does not hold.
  if (!verdict.allowed && request.action === 's3:HeadBucket') {
    const fallback = decide(documents, { ...request, action: 's3:ListBucket' });
    if (fallback.allowed) return fallback;
  }
  return verdict;
}

/** MinIO's wildcards: `*` is any run of bytes and `?` is any one byte, slashes included; there is no escape. */
export function matchWildcard(pattern: string, text: string): boolean {
  // Only `?` sees bytes: literals and stars agree on bytes and on UTF-16, since both encodings are self-synchronising.
  if (pattern.includes('?')) return matchUnits(binary(pattern), binary(text));
  return matchUnits(pattern, text);
}

function decide(documents: readonly PolicyDocument[], request: AccessRequest): Verdict {
  for (const effect of ['Deny', 'Allow'] as const) {
    for (const [document, { Statement }] of documents.entries()) {
      const statement = Statement.findIndex(
        (candidate) => candidate.Effect === effect && applies(candidate, request),
      );
      if (statement >= 0) return { allowed: effect === 'Allow', because: { document, statement, effect } };
    }
  }
  return { allowed: false };
}

function applies(statement: PolicyStatement, request: AccessRequest): boolean {
  if (statement.NotAction !== undefined || statement.NotResource !== undefined) {
    throw new UnsupportedPolicyError('NotAction or NotResource');
  }
  const actions = strings(statement.Action);
  return (
    actions.some((pattern) => matchesAction(pattern, request.action)) &&
    (actions.some(hasNoResource) || matchesResource(strings(statement.Resource), request)) &&
    meetsConditions(statement.Condition ?? {}, request.conditions ?? {})
  );
}

/** Reading any version implies reading the present one. */
function matchesAction(pattern: string, action: string): boolean {
  return matchWildcard(pattern, action) || (pattern === 's3:GetObjectVersion' && action === 's3:GetObject');
}

/**
 * Rights of administration and STS cannot be scoped: MinIO ignores the Resource of such a statement. The action `*`
 * counts as one of STS, so a document that says `*` on one folder gives every bucket, and administration with it.
 */
function hasNoResource(action: string): boolean {
  return action === '*' || /^(admin|sts):/.test(action);
}

/**
 * A question about the bucket is asked as `bucket/`, so `bucket/*` answers it too. The requested path also matches once cleaned:
 * this is how `bucket` meets `bucket/`, and how a right on the key `x` reaches the key `x/`.
 */
function matchesResource(resources: readonly string[], { bucket, key = '' }: AccessRequest): boolean {
  const resource = key.startsWith('/') ? bucket + key : `${bucket}/${key}`;
  const cleaned = cleanPath(resource);
  return resources.some((arn) => {
    const pattern = literal(arn.startsWith(ARN) ? arn.slice(ARN.length) : arn);
    return (cleaned !== '.' && cleaned === pattern) || matchWildcard(pattern, resource);
  });
}

function meetsConditions(
  condition: NonNullable<PolicyStatement['Condition']>,
  actual: Record<string, string | undefined>,
): boolean {
  return Object.entries(condition).every(([operator, keys]) => {
    const matches = OPERATORS.get(operator);
    if (!matches) throw new UnsupportedPolicyError(`condition operator ${operator}`);
    return Object.entries(keys).every(([key, values]) => {
      const value = actual[key];
      return value !== undefined && strings(values).some((wanted) => matches(wanted, value));
    });
  });
}

/** A set as a policy spells it: nothing, one value alone, or an array. */
function strings(set: ConditionValue | readonly ConditionValue[] | undefined): string[] {
  if (set === undefined) return [];
  return (Array.isArray(set) ? set : [set]).map(String);
}

/** MinIO replaces `${aws:username}` and its kin; nothing written here has variables, and the principal is not known here. */
function literal(pattern: string): string {
  if (pattern.includes('${')) throw new UnsupportedPolicyError('policy variable');
  return pattern;
}

/** What Go's path.Clean makes of a relative path: no empty or `.` segments, `..` resolved, no final slash. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else kept.push(segment);
  }
  return kept.length > 0 ? kept.join('/') : '.';
}

function binary(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Greedy matching with one point of return, the latest star: at most pattern times text steps. */
function matchUnits(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
