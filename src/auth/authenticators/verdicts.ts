import type { Caller } from '../../common/caller.js';
import type { Problem } from '../../common/problems/problem.js';

/** How long a refused token stays refused without a new check, in milliseconds. */
export const REFUSED_MS = 5000;

/** The result for a token: its holder, a problem that bars the holder from this service, or a refusal because it is not valid here. */
export type AuthResult = { caller: Caller } | { problem: Problem } | { refused: true };
