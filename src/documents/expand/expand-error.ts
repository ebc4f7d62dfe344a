/** A workflow that cannot be expanded. */
export class ExpandError extends Error {
  constructor(
    message: string,
    /** The full name of the step that is the reason. */
    readonly step: string,
  ) {
    super(message);
  }
}
