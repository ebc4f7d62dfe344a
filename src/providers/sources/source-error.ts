/** Why a source gave no provider. The message is shown to whoever registered it: it never contains a token, or what a server answered. */
export class SourceError extends Error {
  override readonly name = 'SourceError';

  /**
   * `about`: the file, or the field of the registration, that is refused. With neither, the source could not be reached; a later try may
   * succeed.
   */
  constructor(
    message: string,
    readonly about: { file: string } | { field: SourceField } | undefined = undefined,
  ) {
    super(message);
  }
}

/** A field of a registration. */
export type SourceField = 'git_url' | 'ref' | 'path' | 'pin' | 'token_ref' | 'verify';

/** A field of the registration does not fit what the source has. */
export function wrongField(field: SourceField, rule: string): SourceError {
  return new SourceError(rule, { field });
}

/** A file of the provider is refused. */
export function wrongFile(file: string, rule: string): SourceError {
  return new SourceError(rule, { file });
}
