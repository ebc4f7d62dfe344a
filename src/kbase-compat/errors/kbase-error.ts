import { Problem, type ProblemCode, PROBLEMS } from '../../common/problems/problem.js';

/** An error as KBase's clients read it. */
export interface KbaseErrorBody {
  error: number | null;
  error_type: string | null;
  message: string;
}

/** The errors of KBase's service that clients can meet here, each with the problem that gives its status. */
const TYPES = {
  no_token: ['unauthenticated', 10010, 'No authentication token'],
  invalid_token: ['unauthenticated', 10020, 'Invalid token'],
  missing_role: ['missing_role', 10040, 'Missing required role'],
  storage: ['storage_error', 20000, 'S3 service error'],
  user: ['malformed_request', 20030, 'MinIO user operation error'],
  group: ['malformed_request', 20040, 'MinIO group operation error'],
  group_not_found: ['not_found', 20041, 'MinIO group not found'],
  governance: ['forbidden', 20042, 'Data governance policy violation'],
  not_in_force: ['storage_unavailable', 20050, 'MinIO connection error'],
  request: ['malformed_request', 30010, 'Request validation failed'],
  validation: ['malformed_request', 30030, 'Validation error'],
  tenant: ['malformed_request', 40010, 'Tenant operation error'],
  tenant_denied: ['forbidden', 40020, 'Tenant authorization error'],
  tenant_not_found: ['not_found', 40030, 'Tenant not found'],
  polaris_away: ['storage_unavailable', null, 'Polaris service does not answer'],
  polaris_odd: ['storage_error', null, 'Polaris service error'],
} as const satisfies Record<string, readonly [ProblemCode, number | null, string]>;

export type KbaseErrorType = keyof typeof TYPES;

/** Which of them a problem of this service is. Others keep their own title and have no number. */
const BY_CODE: Partial<Record<ProblemCode, KbaseErrorType>> = {
  malformed_request: 'request',
  missing_role: 'missing_role',
  not_found: 'group_not_found',
  reserved_name: 'validation',
  storage_error: 'storage',
  storage_unavailable: 'not_in_force',
  unknown_user: 'user',
  unprocessable: 'validation',
};

/** A problem that is one of KBase's errors. */
export class KbaseError extends Problem {
  constructor(
    readonly type: KbaseErrorType,
    detail: string,
  ) {
    super(TYPES[type][0], detail);
  }
}

/** What MinIO does not hold yet: KBase's clients know no 202, and would read it as a failure without a text. */
export function requireEnforced<T extends { enforced: boolean }>(done: T): T {
  if (done.enforced) return done;
  throw new KbaseError(
    'not_in_force',
    'The change is stored, and takes effect as soon as MinIO answers. Nothing needs to be repeated',
  );
}

/** Status and body of the answer to a problem. `hasToken`: the request had the header `Authorization`. */
export function envelopeOf(problem: Problem, hasToken: boolean): { status: number; body: KbaseErrorBody } {
  // KBase answers every invalid request with 400
  const status = problem.status === 422 ? 400 : problem.status;
  const type = typeOf(problem, hasToken);
  const [, error, error_type] = type ? TYPES[type] : [null, null, PROBLEMS[problem.code].title];
  return { status, body: { error, error_type, message: problem.message } };
}

function typeOf(problem: Problem, hasToken: boolean): KbaseErrorType | undefined {
  if (problem instanceof KbaseError) return problem.type;
  if (problem.code === 'unauthenticated') return hasToken ? 'invalid_token' : 'no_token';
  return BY_CODE[problem.code];
}
