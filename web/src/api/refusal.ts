/** A field of a request and the rule that its value breaks. */
export interface FieldError {
  field: string;
  rule: string;
}

/** What the service, or the way to it, refused: the problem document (RFC 9457) of the answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly errors: readonly FieldError[];

  constructor(problem: {
    code: string;
    status: number;
    detail: string;
    requestId?: string;
    errors?: FieldError[];
  }) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.requestId = problem.requestId;
    this.errors = problem.errors ?? [];
  }
}

/** The refusal that an answer's body describes. An answer without a problem document came from something in between. */
export function toRefusal(status: number, body: unknown): Refusal {
  const { code, detail, request_id, errors } = (body ?? {}) as Record<string, unknown>;
  return new Refusal({
    code: typeof code === 'string' ? code : 'no_problem',
    status,
    detail: typeof detail === 'string' ? detail : `The service answered ${status}.`,
    ...(typeof request_id === 'string' ? { requestId: request_id } : {}),
    ...(Array.isArray(errors) ? { errors: errors.filter(isFieldError) } : {}),
  });
}

/** The service could not be reached at all. */
export function unreachable(): Refusal {
  return new Refusal({ code: 'unreachable', status: 0, detail: 'The service cannot be reached.' });
}

function isFieldError(value: unknown): value is FieldError {
  const { field, rule } = (value ?? {}) as Record<string, unknown>;
  return typeof field === 'string' && typeof rule === 'string';
}
