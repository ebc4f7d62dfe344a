import type { Caller } from '../../common/caller.js';

/** One way to find out who holds a token. The implementations are asked in the order of the chain. */
export interface Authenticator {
  /** Whether a token of this form belongs here; then no other authenticator sees it. */
  accepts(token: string): boolean;
  /**
   * The caller, or undefined when the token is not valid. Throws `missing_role` for a valid token that may not use the service and
   * `auth_unavailable` when it cannot be checked.
   */
  authenticate(token: string): Promise<Caller | undefined>;
}
