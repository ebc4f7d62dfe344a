/** How the command line ends, for scripts. */
export const EXIT = {
  done: 0,
  /** The service, a run or the network failed. */
  failed: 1,
  /** Arguments, a file or parameters are not valid. */
  usage: 2,
  /** It is not finished: somebody has to approve, or steps are under way. */
  waits: 3,
  /** Not allowed, or not in the state that it is in. */
  refused: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a sentence. */
export class CtlError extends Error {
  override readonly name = 'CtlError';

  /** `details`: further lines, one for each thing that is wrong. */
  constructor(
    message: string,
    readonly exit: ExitCode,
    readonly details: readonly string[] = [],
  ) {
    super(message);
  }
}

/** Arguments or a file are not valid. */
export function usage(message: string, details: readonly string[] = []): CtlError {
  return new CtlError(message, EXIT.usage, details);
}
