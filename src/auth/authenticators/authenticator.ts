import type { AuthResult } from './verdicts.js';

/** Does work that asks a service about a token, not before its turn. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/** One way to find out who holds a token. Those that accept its form are asked in the order of the chain, until one knows it. */
export interface Authenticator {
  /** Whether a token of this form can be one of these. */
  accepts(token: string): boolean;
  /** Whether a token of this form is certainly one of these: it is then asked for also while an authenticator before this one is away. */
  recognises?(token: string): boolean;
  /**
   * What is known of the token, and for how many milliseconds that holds; 0: it is not to be kept. `turn` does what asks a service outside,
   * when its turn has come. Throws `auth_unavailable` when the token cannot be checked.
   */
  ask(token: string, tokenHash: string, turn: Turn): Promise<[AuthResult, number]>;
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

/** A token of another service: `svc_…`. */
export function isServiceToken(token: string): boolean {
  return token.startsWith('svc_');
}

/** Neither of the above: only the one who made it knows whose it is. */
export function isOpaque(token: string): boolean {
  return !isServiceToken(token) && !isJsonWebToken(token);
}
