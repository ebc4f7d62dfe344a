import type { PageSessionRow } from '../../database/schema.js';
import type { SessionId } from './session-id.js';

/** What a session keeps of its login, sealed. */
export interface LoginSecrets {
  token: string;
  /** Of an OIDC login: gives the next token. */
  refresh?: string;
  /** Of an OIDC login: names it to the issuer at the log-out. It is no credential here. */
  idToken?: string;
  /** When `token` ends by itself, in milliseconds since 1970. */
  endsAt?: number;
}

/** What the row of a session has sealed; undefined if it was not sealed with this id. */
export function secretsIn(id: SessionId, { sealed }: PageSessionRow): LoginSecrets | undefined {
  const text = id.open(sealed);
  return text === undefined ? undefined : (JSON.parse(text) as LoginSecrets);
}
