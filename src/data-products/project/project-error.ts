export type ProjectErrorCode = 'invalid_name' | 'invalid_value' | 'invalid_template' | 'unsafe_path';

/** An operation on a project's folder was refused. The message names a file, a variable or a rule, never a value, which may be a secret. */
export class ProjectError extends Error {
  override readonly name = 'ProjectError';

  constructor(
    readonly code: ProjectErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
