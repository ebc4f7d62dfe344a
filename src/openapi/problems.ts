import { type OpenAPIObject, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from '../common/problems/problem.dto.js';
import { type ProblemCode, PROBLEMS } from '../common/problems/problem.js';
import { PROBLEMS_OF_OPERATION } from '../common/problems/problems.decorator.js';
import { type Json, type Operation, operationsOf } from './json.js';
import { problemExample } from './problem-examples.js';

/** Marks a response that the head of the document explains: its page shows it in one line. */
const EXPLAINED_ONCE = 'x-explained-once';

/** Responses that nearly every operation has: each is one component, with every code of its status. */
const SHARED: Record<string, ProblemCode[]> = {
  Malformed: ['malformed_request'],
  Unauthenticated: ['unauthenticated'],
  NotAllowed: [
    ...(['forbidden', 'user_disabled', 'missing_role'] as const),
    ...(['not_a_person', 'insufficient_scope', 'admin_target', 'login_required_again'] as const),
  ],
  BodyTooLarge: ['payload_too_large'],
  NotJson: ['unsupported_media_type'],
  TooManyRequests: ['rate_limited'],
  UnexpectedFailure: ['internal'],
  RefusedElsewhere: ['storage_error', 'portal_error', 'git_error'],
  Unavailable: [
    ...(['storage_unavailable', 'auth_unavailable', 'portal_unavailable'] as const),
    ...(['database_unavailable', 'busy'] as const),
  ],
};

/** Problems that a request meets before it reaches an operation. */
const BEFORE: ProblemCode[] = [
  'method_not_allowed',
  'request_timeout',
  'expectation_failed',
  'headers_too_large',
];

const SECONDS = { type: 'integer', minimum: 0 } as const;
const RETRY_AFTER = { description: 'When to retry, in seconds', required: true, schema: SECONDS };

/** Headers of some problem answers. */
const HEADERS: Record<number, Json> = {
  401: {
    'WWW-Authenticate': {
      description: 'How to authenticate',
      required: true,
      schema: { type: 'string', enum: ['Bearer'] },
    },
  },
  429: {
    'Retry-After': RETRY_AFTER,
    'RateLimit-Limit': { description: 'Calls per minute', required: true, schema: SECONDS },
    'RateLimit-Remaining': { description: 'Remaining calls', required: true, schema: SECONDS },
    'RateLimit-Reset': { description: 'Seconds until the minute ends', required: true, schema: SECONDS },
  },
  503: { 'Retry-After': RETRY_AFTER },
};

/** Makes the responses of each operation from the codes that it declares: shared ones by reference, its own with its own examples. */
export function writeProblems(document: OpenAPIObject): void {
  const responses = Object.fromEntries(
    Object.entries(SHARED).map(([name, codes]) => [name, { ...responseOf(codes), [EXPLAINED_ONCE]: true }]),
  );
  document.components = { ...document.components, responses: responses as never };
  for (const { path, method, operation } of operationsOf(document))
    for (const [status, codes] of byStatus(takeCodes(operation)))
      operation.responses[status] = sharedFor(codes) ?? responseOf(codes, `${method} ${path}`);
}

/** The table in the head of the document: what any operation may answer. */
export function sharedProblemsTable(): string {
  const rows = [...byStatus([...Object.values(SHARED).flat(), ...BEFORE])]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => `| ${status} | ${meaningOf(codes)} |`);
  return ['| status | what it means |', '|---|---|', ...rows].join('\n');
}

function takeCodes(operation: Operation): ProblemCode[] {
  const declared = operation[PROBLEMS_OF_OPERATION] as { codes: ProblemCode[] } | undefined;
  delete operation[PROBLEMS_OF_OPERATION];
  return declared?.codes ?? [];
}

function byStatus(codes: readonly ProblemCode[]): Map<number, ProblemCode[]> {
  return Map.groupBy(codes, (code) => PROBLEMS[code].status);
}

function sharedFor(codes: readonly ProblemCode[]): Json | undefined {
  const [name] =
    Object.entries(SHARED).find(([, shared]) => codes.every((code) => shared.includes(code))) ?? [];
  return name === undefined ? undefined : { $ref: `#/components/responses/${name}` };
}

function meaningOf(codes: readonly ProblemCode[]): string {
  return codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; ');
}

function responseOf(codes: readonly ProblemCode[], operation?: string): Json {
  const status = PROBLEMS[codes[0] ?? 'internal'].status;
  const examples = codes.map((code) => [
    code,
    { summary: PROBLEMS[code].title, value: problemExample(code, operation) },
  ]);
  return {
    description: meaningOf(codes),
    ...(HEADERS[status] ? { headers: HEADERS[status] } : {}),
    content: {
      'application/problem+json': {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(examples) as Json,
      },
    },
  };
}
