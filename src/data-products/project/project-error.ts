export type ProjectErrorCode = 'invalid_name' | 'invalid_value' | 'invalid_template' | 'unsafe_path';

/** What a project's folder refuses. The message names a file, a variable or a rule, never a value: one of them may be a secret. */
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
