import { EXIT, type ExitCode } from '../exit-codes.js';

/** One broken rule, or one error in a file. */
interface ProblemDetail {
  field?: string;
  rule?: string;
  file?: string;
  line?: number;
  column?: number;
  message?: string;
  suggestion?: string;
}

/** A problem answer (RFC 9457). */
export interface ProblemBody {
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: ProblemDetail[];
}

/** The service refused a request, or failed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly problem: ProblemBody,
    /** The address that `run_in_progress` tells. */
    readonly location: string | undefined,
  ) {
    super(problem.detail);
  }

  get exit(): ExitCode {
    return exitOf(this.problem);
  }
}

/** Whatever the answer is, a problem. Proxies answer without one. */
export function problemOf(status: number, body: unknown, requestId: string | undefined): ProblemBody {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Partial<ProblemBody>;
  return {
    title: given.title ?? `The service answered ${status}`,
    status,
    detail: given.detail ?? 'The answer has no problem: is MINIO_MANAGER_URL the address of the service?',
    code: given.code ?? `http_${status}`,
    request_id: given.request_id ?? requestId ?? '',
    ...(Array.isArray(given.errors) ? { errors: given.errors } : {}),
  };
}

/** Rules of the platform, which no other input changes. */
const REFUSALS = ['not_allowed_step', 'quota_exceeded', 'approval_required'];

function exitOf({ status, code }: ProblemBody): ExitCode {
  if (REFUSALS.includes(code)) return EXIT.refused;
  if ([400, 413, 415, 422].includes(status)) return EXIT.usage;
  if (status >= 500 || [404, 405, 408, 429].includes(status)) return EXIT.failed;
  return EXIT.refused;
}

/**
 * A problem for people: what happened, then what is wrong with each field. `fileName`: what the service calls a file, and how it is called here.
 */
export function problemText(
  { title, detail, errors = [], request_id }: ProblemBody,
  fileName?: [string, string],
): string {
  const lines = errors.map(({ field, rule, file, line, column, message, suggestion }) => {
    if (file === undefined) return `  ${field}: ${rule}`;
    const name = file === fileName?.[0] ? fileName[1] : file;
    return `  ${name}:${line}:${column}: ${message}${suggestion === undefined ? '' : ` (${suggestion})`}`;
  });
  // with the rules beside it, the detail says that they are there
  const said = errors.length > 0 && /`errors`/.test(detail) ? `${title}.` : `${title}: ${detail}`;
  return [said, ...lines, `  request id: ${request_id}`].join('\n');
}
