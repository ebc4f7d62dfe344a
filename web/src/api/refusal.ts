/** A field of a request and the rule that its value breaks. */
export interface FieldError {
  field: string;
  rule: string;
}

/** What is wrong in a file, such as a Score file, and where. */
export interface FileError {
  file: string;
  line: number;
  column: number;
  message: string;
  suggestion?: string;
}

/** What the service, or the way to it, refused: the problem document (RFC 9457) of the answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly errors: readonly FieldError[];
  readonly fileErrors: readonly FileError[];
  /** Where there is what stands in the way, as the API has it. */
  readonly location: string | undefined;

  constructor(problem: {
    code: string;
    status: number;
    detail: string;
    requestId?: string;
    errors?: FieldError[];
    fileErrors?: FileError[];
    location?: string;
  }) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.requestId = problem.requestId;
    this.errors = problem.errors ?? [];
    this.fileErrors = problem.fileErrors ?? [];
    this.location = problem.location;
  }
}

/** The refusal that an answer's body describes. An answer without a problem document came from something in between. */
export function toRefusal(status: number, body: unknown, location: string | null = null): Refusal {
  const { code, detail, request_id, errors } = (body ?? {}) as Record<string, unknown>;
  return new Refusal({
    code: typeof code === 'string' ? code : 'no_problem',
    status,
    detail: typeof detail === 'string' ? detail : `The service answered ${status}.`,
    ...(typeof request_id === 'string' ? { requestId: request_id } : {}),
    ...(location === null ? {} : { location }),
    ...(Array.isArray(errors)
      ? { errors: errors.filter(isFieldError), fileErrors: fileErrorsOf(errors) }
      : {}),
  });
}

/** The service could not be reached at all. */
export function unreachable(): Refusal {
  return new Refusal({ code: 'unreachable', status: 0, detail: 'The service cannot be reached.' });
}

/** What a failure is to a person; what is not a {@link Refusal} is a fault of the page. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal({
    code: 'page_fault',
    status: 0,
    detail: error instanceof Error ? error.message : String(error),
  });
}

function isFieldError(value: unknown): value is FieldError {
  const { field, rule } = (value ?? {}) as Record<string, unknown>;
  return typeof field === 'string' && typeof rule === 'string';
}

/** Those of the errors that are about places in files. */
export function fileErrorsOf(errors: readonly unknown[]): FileError[] {
  return errors.filter(isFileError);
}

function isFileError(value: unknown): value is FileError {
  const { file, line, column, message } = (value ?? {}) as Record<string, unknown>;
  return (
    [typeof file, typeof message].every((each) => each === 'string') &&
    [typeof line, typeof column].every((each) => each === 'number')
  );
}
