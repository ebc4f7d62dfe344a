import type { AuthResult } from './verdicts.js';

/** Runs work that calls a token service when its turn has come. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/** One way to identify the holder of a token. Authenticators that accept the token's form are tried in order until one knows the token. */
export interface Authenticator {
  /** Whether a token of this form may belong to this authenticator. */
  accepts(token: string): boolean;
  /**
   * Whether a token of this form certainly belongs to this authenticator. It is then tried even while an earlier authenticator is
   * unavailable.
   */
  recognises?(token: string): boolean;
  /**
   * The result for the token and its lifetime in milliseconds; 0 means do not cache. `turn` runs calls to an external service when their
   * turn has come. Throws `auth_unavailable` if the token cannot be checked.
   */
  ask(token: string, tokenHash: string, turn: Turn): Promise<[AuthResult, number]>;
}

/** Three base64url parts, the first a JSON object: an OIDC token, whether or not OIDC is configured. */
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

/** A service token: `svc_…`. */
export function isServiceToken(token: string): boolean {
  return token.startsWith('svc_');
}

/** Neither of the above: only the issuer knows its holder. */
export function isOpaque(token: string): boolean {
  return !isServiceToken(token) && !isJsonWebToken(token);
}
