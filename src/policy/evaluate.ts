import type { PolicyDocument, PolicyStatement } from '../madmin/types.js';
import { conditionOf } from './matching/conditions.js';
import { type Question, resourcesOf } from './matching/resources.js';
import {
  both,
  not,
  type RequestValues,
  strictly,
  type Truth,
  UnsupportedPolicyError,
} from './matching/truth.js';
import { strings } from './matching/values.js';
import { type Match, matcherOf, matchWildcard } from './matching/wildcards.js';

export { UnsupportedPolicyError };

/**
 * One question that MinIO asks its policy engine while it serves a request. `key` is absent for questions about the bucket. `conditions`
 * contains the values of the request: `s3:prefix` and `s3:delimiter` (absent is not the same as empty; several values if the request
 * repeats the key), `aws:CurrentTime` in RFC 3339, `aws:username` for documents with variables.
 */
export interface AccessRequest {
  action: string;
  bucket: string;
  key?: string;
  conditions?: RequestValues;
}

/** The answer, and the statement that decided it (indexes into the input). No `because`: nothing allows it. */
export interface Verdict {
  allowed: boolean;
  because?: { document: number; statement: number; effect: 'Allow' | 'Deny' };
}

/** One statement prepared for evaluation. */
export interface Statement {
  because: NonNullable<Verdict['because']>;
  applies: (question: Question) => Truth;
}

/**
 * What MinIO answers to `request` when a user holds these documents: any Deny wins over any Allow, nothing is allowed by default. Throws
 * UnsupportedPolicyError when the answer depends on something unknown here (an IP address, or a variable or fact of the request that the
 * question does not carry). Proven against the real server by `test/e2e/policy/`. It does not model MinIO's defects: a request
 * here cannot express that a header, or a query key in another case, can shadow a condition.
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
    const question = questionOf(request, strictly(request.conditions ?? {}));
    const because = ordered.find(({ applies }) => applies(question) === true)?.because;
    return because ? { allowed: because.effect === 'Allow', because } : { allowed: false };
  };
  return (request) => {
    const verdict = decide(request);
    // MinIO checks HeadBucket first and falls back to ListBucket, so even a Deny on HeadBucket alone has no effect.
    if (!verdict.allowed && request.action === 's3:HeadBucket') {
      const fallback = decide({ ...request, action: 's3:ListBucket' });
      if (fallback.allowed) return fallback;
    }
    return verdict;
  };
}

/** The statements of a document; `document` is its index among those of its holder. */
export function prepared({ Statement }: PolicyDocument, document: number): Statement[] {
  return Statement.map((source, statement) => ({
    because: { document, statement, effect: source.Effect },
    applies: appliesOf(source),
  }));
}

function appliesOf(source: PolicyStatement): Statement['applies'] {
  const matchesAction = actionMatcher(source);
  // Rights of administration and STS cannot be scoped: MinIO ignores Resource and NotResource of such a statement.
  const matchesResource = strings(source.Action).some(hasNoResource) ? () => true : scopeMatcher(source);
  const meets = conditionOf(source.Condition);
  return (question) => {
    const truth = both(matchesAction(question), () => matchesResource(question));
    return both(truth, () => meets(question.facts));
  };
}

/** Reading any version implies reading the current one. */
function actionMatcher({ Action, NotAction }: PolicyStatement): Statement['applies'] {
  const set = (patterns: string[]): Match => {
    const version = patterns.includes('s3:GetObjectVersion');
    const matches = matcherOf(patterns);
    return (action) => matches(action) || (version && action === 's3:GetObject');
  };
  const [named, excepted] = [strings(Action), strings(NotAction)];
  const [wanted, refused] = [set(named), set(excepted)];
  return ({ action, facts }) => {
    // MinIO accepts no document with such a statement.
    if (named.length === 0 && excepted.length === 0) return facts.unknown('a statement without Action');
    return (named.length === 0 || wanted(action)) && !refused(action);
  };
}

/** MinIO counts the action `*` as one of STS, so a document that says `*` on one folder gives every bucket, and administration with it. */
function hasNoResource(action: string): boolean {
  return (
    /^(admin|sts):/.test(action) ||
    matchWildcard(action, 'sts:AssumeRole') ||
    matchWildcard(action, 'admin:ServerInfo')
  );
}

function scopeMatcher({ Resource, NotResource }: PolicyStatement): Statement['applies'] {
  const [named, excepted] = [strings(Resource), strings(NotResource)];
  const [wanted, refused] = [resourcesOf(named), resourcesOf(excepted)];
  return (question) => {
    if (named.length === 0 && excepted.length === 0)
      return question.facts.unknown('a statement without Resource');
    return both(named.length === 0 || wanted(question), () => not(refused(question)));
  };
}

/** The question as MinIO's policy engine sees it. */
export function questionOf({ action, bucket, key = '' }: AccessRequest, facts: Question['facts']): Question {
  if (action.startsWith('kms:')) throw new UnsupportedPolicyError('rights to keys');
  const resource = key.startsWith('/') ? bucket + key : `${bucket}/${key}`;
  return { action, resource, cleaned: cleanPath(resource), facts };
}

/** Go's path.Clean of a relative path: no empty or `.` segments, `..` resolved, no final slash. */
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
