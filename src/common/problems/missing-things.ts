import { Problem } from './problem.js';

/** Something that a request may need. A database or role is named with its target. */
export interface Thing {
  kind: 'bucket' | 'database' | 'group' | 'role' | 'user';
  name: string;
}

/** A problem that is none once these things are there, all of them or any: something else may make them before. */
export class MissingThings extends Problem {
  constructor(
    { code, message, extra }: Problem,
    readonly things: readonly Thing[],
    readonly enough: 'all' | 'any' = 'all',
  ) {
    super(code, message, extra);
  }
}
