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

/** Three base64url parts with a JSON object in front: a token of OIDC, whether or not OIDC is configured. */
export function isJsonWebToken(token: string): boolean {
  const header = /^([\w-]+)\.[\w-]+\.[\w-]*$/.exec(token)?.[1];
  if (header === undefined) return false;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    return typeof parsed === 'object' && parsed !== null;
  } catch {
    return false;
  }
}
