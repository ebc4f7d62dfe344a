/** An expression that cannot be compiled, or has no result. */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly suggestion?: string,
  ) {
    super(message);
  }
}
