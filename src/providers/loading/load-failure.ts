import { type FieldError, type FileError, Problem } from '../../common/problems/problem.js';
import type { Finding } from '../../documents/model.js';
import { SourceError } from '../sources/source-error.js';

/** Why a load failed, as it is shown at the provider. */
export interface LoadFailure {
  code: 'provider_invalid' | 'unprocessable' | 'git_error';
  message: string;
  errors?: FieldError[] | FileError[];
}

/** An answer names no more errors than anybody reads. */
const MAX_ERRORS = 100;

/** The documents are wrong. */
export function invalid(errors: readonly Finding[]): LoadFailure {
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  return {
    code: 'provider_invalid',
    message: `The provider has ${count}`,
    errors: errors.slice(0, MAX_ERRORS).map(fileError),
  };
}

/** The source gave nothing that may be loaded. Throws what is no {@link SourceError}. */
export function unread(error: unknown): LoadFailure {
  if (!(error instanceof SourceError)) throw error;
  const { about, message } = error;
  if (about === undefined) return { code: 'git_error', message };
  if ('file' in about) return invalid([{ file: about.file, line: 1, column: 1, message }]);
  const { field } = about;
  return { code: 'unprocessable', message: `${field}: ${message}`, errors: [{ field, rule: message }] };
}

/** The answer to the request that asked for the load. */
export function problemOf({ code, message, errors }: LoadFailure): Problem {
  return new Problem(code, message, errors ? { errors } : {});
}

function fileError({ file, line, column, message, suggestion }: Finding): FileError {
  return { file, line, column, message, ...(suggestion === undefined ? {} : { suggestion }) };
}
