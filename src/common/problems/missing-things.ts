import { Problem } from './problem.js';

/** Something that a request may need. What is in a target of its own is named with it. */
export interface Thing {
  kind:
    | 'bucket'
    | 'database'
    | 'group'
    | 'kubernetes_kind'
    | 'kubernetes_object'
    | 'namespace'
    | 'role'
    | 'user'
    | 'vault_secret';
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
