import type { PolicyDocument, PolicyStatement } from '../madmin/types.js';
import { conditionOf } from './matching/conditions.js';
import {
  hasVariable,
  type RequestValues,
  strings,
  UnsupportedPolicyError,
  withVariables,
} from './matching/values.js';
import { type Match, matcherOf } from './matching/wildcards.js';

export { UnsupportedPolicyError };

/**
 * One question that MinIO asks its policy engine while it serves a request. `key` is absent for questions about the bucket.
 * `conditions` holds what the request carries: `s3:prefix` and `s3:delimiter` (absent is not the same as empty), `aws:CurrentTime`
 * in RFC 3339, `aws:username` where a document has variables.
 */
export interface AccessRequest {
  action: string;
  bucket: string;
  key?: string;
  conditions?: RequestValues;
}

/** The answer, and the statement that decided it (indexes into what was given). No `because`: nothing allows it. */
export interface Verdict {
  allowed: boolean;
  because?: { document: number; statement: number; effect: 'Allow' | 'Deny' };
}

/** One statement made ready to be asked. */
interface Statement {
  because: NonNullable<Verdict['because']>;
  applies: (question: Question) => boolean;
}

/** A request as the policy engine sees it: the resource is `bucket/key`, or `bucket/`, and compared as it is and once cleaned. */
interface Question {
  action: string;
  resource: string;
  cleaned: string;
  values: RequestValues;
}

const ARN = 'arn:aws:s3:::';

/**
 * What MinIO answers to `request` when a user holds these documents: any Deny wins over any Allow, nothing is allowed by
 * default. Throws UnsupportedPolicyError when the answer hangs on something not known here (an IP address, a set operator, a variable
 * or a fact of the request that the question does not carry). Proven against the real server by `test/e2e/policy-*.spec.ts`. It does
 * not know MinIO's defects: that a header or a second query key can shadow a condition is not expressed in a request here.
 */
export function evaluate(documents: readonly PolicyDocument[], request: AccessRequest): Verdict {
  return evaluatorOf(documents)(request);
}

/** `evaluate` for many questions about the same documents, which must not change meanwhile. */
export function evaluatorOf(documents: readonly PolicyDocument[]): (request: AccessRequest) => Verdict {
  const statements = documents.flatMap((document, index) => prepared(document, index));
  const ordered = [
    ...statements.filter(({ because }) => because.effect === 'Deny'),
    ...statements.filter(({ because }) => because.effect === 'Allow'),
  ];
  const decide = (request: AccessRequest): Verdict => {
    const question = questionOf(request);
    const because = ordered.find(({ applies }) => applies(question))?.because;
    return because ? { allowed: because.effect === 'Allow', because } : { allowed: false };
  };
  return (request) => {
    const verdict = decide(request);
    // MinIO asks HeadBucket first and falls back to ListBucket, so even a Deny on HeadBucket alone does not hold.
    if (!verdict.allowed && request.action === 's3:HeadBucket') {
      const fallback = decide({ ...request, action: 's3:ListBucket' });
      if (fallback.allowed) return fallback;
    }
    return verdict;
  };
}

function prepared({ Statement }: PolicyDocument, document: number): Statement[] {
  return Statement.map((source, statement) => ({
    because: { document, statement, effect: source.Effect },
    applies: appliesOf(source),
  }));
}

function appliesOf(source: PolicyStatement): Statement['applies'] {
  const actions = strings(source.Action);
  const matchesAction = actionMatcher(source);
  // Rights of administration and STS cannot be scoped: MinIO ignores Resource and NotResource of such a statement.
  const matchesResource = actions.some(hasNoResource) ? () => true : scopeMatcher(source);
  const meets = conditionOf(source.Condition);
  return (question) => matchesAction(question.action) && matchesResource(question) && meets(question.values);
}

/** Reading any version implies reading the present one. */
function actionMatcher({ Action, NotAction }: PolicyStatement): Match {
  const set = (patterns: string[]): Match => {
    const version = patterns.includes('s3:GetObjectVersion');
    const matches = matcherOf(patterns);
    return (action) => matches(action) || (version && action === 's3:GetObject');
  };
  const [named, excepted] = [strings(Action), strings(NotAction)];
  const [wanted, refused] = [set(named), set(excepted)];
  return (action) => {
    // MinIO takes no document with such a statement.
    if (named.length === 0 && excepted.length === 0)
      throw new UnsupportedPolicyError('a statement without Action');
    return (named.length === 0 || wanted(action)) && !refused(action);
  };
}

/**
 * The action `*` counts as one of STS to MinIO, so a document that says `*` on one folder gives every bucket, and administration
 * with it.
 */
function hasNoResource(action: string): boolean {
  return action === '*' || /^(admin|sts):/.test(action);
}

function scopeMatcher({ Resource, NotResource }: PolicyStatement): Statement['applies'] {
  const [named, excepted] = [strings(Resource), strings(NotResource)];
  const [wanted, refused] = [resourceMatcher(named), resourceMatcher(excepted)];
  return (question) => {
    if (named.length === 0 && excepted.length === 0) {
      throw new UnsupportedPolicyError('a statement without Resource');
    }
    return (named.length === 0 || wanted(question)) && !refused(question);
  };
}

/**
 * A question about the bucket is asked as `bucket/`, so `bucket/*` answers it too. The requested path also matches once cleaned:
 * this is how `bucket` meets `bucket/`, and how a right on the key `x` reaches the key `x/`.
 */
function resourceMatcher(arns: readonly string[]): Statement['applies'] {
  const patterns = arns.map((arn) => (arn.startsWith(ARN) ? arn.slice(ARN.length) : arn));
  const variable = patterns.filter(hasVariable);
  const plain = pathMatcher(patterns.filter((pattern) => !hasVariable(pattern)));
  return (question) =>
    plain(question) ||
    (variable.length > 0 &&
      pathMatcher(variable.map((pattern) => withVariables(pattern, question.values)))(question));
}

function pathMatcher(patterns: readonly string[]): Statement['applies'] {
  const literal = new Set(patterns);
  const matches = matcherOf(patterns);
  return ({ resource, cleaned }) => matches(resource) || (cleaned !== '.' && literal.has(cleaned));
}

function questionOf({ action, bucket, key = '', conditions = {} }: AccessRequest): Question {
  if (action.startsWith('kms:')) throw new UnsupportedPolicyError('rights to keys');
  const resource = key.startsWith('/') ? bucket + key : `${bucket}/${key}`;
  return { action, resource, cleaned: cleanPath(resource), values: conditions };
}

/** What Go's path.Clean makes of a relative path: no empty or `.` segments, `..` resolved, no final slash. */
function cleanPath(path: string): string {
  if (!/\/(?:\/|\.|$)|^\.|^$/.test(path)) return path;
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else kept.push(segment);
  }
  return kept.length > 0 ? kept.join('/') : '.';
}
