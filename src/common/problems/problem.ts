/**
 * Every problem the service answers with: HTTP status and title by code. The code is the machine-readable name, stable across releases. The
 * title is the same for every occurrence, the detail is not (RFC 9457, section 3.1).
 */
export const PROBLEMS = {
  malformed_request: { status: 400, title: 'The request is malformed' },
  unauthenticated: { status: 401, title: 'A valid token is required' },
  forbidden: { status: 403, title: 'Not allowed' },
  missing_role: { status: 403, title: 'A required role is missing' },
  insufficient_scope: { status: 403, title: 'The service token lacks a scope' },
  admin_target: { status: 403, title: 'A service token never acts for an administrator' },
  not_a_person: { status: 403, title: 'Only a person may ask for this' },
  login_required_again: { status: 403, title: 'A recent login is required' },
  user_disabled: { status: 403, title: 'The user is disabled' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  name_taken: { status: 409, title: 'The name is taken' },
  already_decided: { status: 409, title: 'The request was decided before' },
  request_changed: { status: 409, title: 'The request asks for something else' },
  idempotency_conflict: { status: 409, title: 'The idempotency key was used for another request' },
  not_possible: { status: 409, title: 'The current state does not allow this' },
  target_refused: { status: 409, title: 'A target refused an operation of this service' },
  plan_changed: { status: 409, title: 'The plan is another one by now' },
  run_in_progress: { status: 409, title: 'Such a run is in progress' },
  step_failed: { status: 409, title: 'A step of the workflow failed' },
  step_timed_out: { status: 409, title: 'A step of the workflow was not done in its time' },
  item_failed: { status: 409, title: 'An item of the plan failed' },
  undo_failed: { status: 409, title: 'What a step made could not be taken back' },
  user_being_removed: { status: 409, title: 'The user is being removed' },
  user_not_adopted: {
    status: 409,
    title: 'A MinIO user of this name exists that this service does not manage',
  },
  claimed: { status: 410, title: 'The key was handed out before' },
  precondition_failed: { status: 412, title: 'The resource has changed since it was read' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  expectation_failed: { status: 417, title: 'The expectation is not supported' },
  unprocessable: { status: 422, title: 'A rule is broken' },
  not_allowed_step: { status: 422, title: 'The workflow has a step that is not allowed' },
  quota_exceeded: { status: 422, title: 'A limit of the team is reached' },
  unknown_user: { status: 422, title: 'There is no such user' },
  reserved_name: { status: 422, title: 'The name is reserved' },
  all_refused: { status: 422, title: 'Every target was refused' },
  too_many_access_keys: { status: 422, title: 'Too many live access keys' },
  score_invalid: { status: 422, title: 'The Score file is not valid' },
  provider_invalid: { status: 422, title: 'The files of the provider are not valid' },
  headers_too_large: { status: 431, title: 'The headers of the request are too large' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Unexpected failure' },
  git_error: { status: 502, title: 'The Git server did not give the provider' },
  portal_error: { status: 502, title: 'The portal refused a call of this service' },
  notification_failed: { status: 502, title: 'The receiver of a notification did not take it' },
  storage_error: { status: 502, title: 'MinIO refused an operation of this service' },
  auth_unavailable: { status: 503, title: 'The authentication service does not answer' },
  portal_unavailable: { status: 503, title: 'The portal does not answer' },
  target_unavailable: { status: 503, title: 'A target does not answer' },
  storage_unavailable: { status: 503, title: 'MinIO does not answer' },
  database_unavailable: { status: 503, title: 'The database does not answer' },
  busy: { status: 503, title: 'Another change of the same subject is still running' },
} as const satisfies Record<string, { status: number; title: string }>;

/** The name of a problem; see {@link PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** One broken rule of one field. */
export interface FieldError {
  field: string;
  rule: string;
}

/** What is wrong in a file; lines and columns count from 1. */
export interface FileError {
  file: string;
  line: number;
  column: number;
  message: string;
  suggestion?: string;
}

/** A failure with a code in the contract. Its detail is shown to the caller: never put a token, a secret or raw input in it. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly code: ProblemCode,
    detail: string,
    readonly extra: {
      errors?: FieldError[] | FileError[];
      /** The result for each target, if all were refused. */
      results?: readonly object[];
      retryAfterSeconds?: number;
      /** For a limit that is reached. */
      rateLimit?: { limit: number; resetSeconds: number };
      cause?: unknown;
    } = {},
  ) {
    super(detail, extra.cause === undefined ? undefined : { cause: extra.cause });
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

/** A 404 problem: there is no such thing, or none that the caller may know of. */
export function noSuch(what: string): Problem {
  return new Problem('not_found', `There is no such ${what}`);
}

/** A 422 problem about one field. */
export function brokenRule(field: string, rule: string, code: ProblemCode = 'unprocessable'): Problem {
  return new Problem(code, `${field}: ${rule}`, { errors: [{ field, rule }] });
}

/** A failure in the form that a report on many items may show. */
export function reasonOf(error: unknown): { code: ProblemCode; detail: string } {
  if (error instanceof Problem) return { code: error.code, detail: error.message };
  return { code: 'internal', detail: error instanceof Error ? error.name : 'unknown failure' };
}
