import type { Caller } from '../../common/caller.js';
import type { Problem } from '../../common/problems/problem.js';

/** How long a refused token stays refused without asking again, in milliseconds. */
export const REFUSED_MS = 5000;

/** What is known of a token: whose it is, that its holder may not use the service, or that it is not valid here. */
export type AuthResult = { caller: Caller } | { problem: Problem } | { refused: true };
