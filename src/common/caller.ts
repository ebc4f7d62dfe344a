/** What a service token may do; see CONTRACT of the service tokens in docs/authentication.md. */
export type Scope = 'credentials' | 'provision' | 'admin';

/** Who makes a request, as an authenticator found out. */
export interface Caller {
  /** Name of the person, or of the service token. */
  name: string;
  kind: 'person' | 'service';
  /** May administer: by a role of the auth service, or by the scope `admin` of a service token. */
  admin: boolean;
  /** Scopes of a service token; empty for a person. */
  scopes: readonly Scope[];
  /** SHA-256 of the token in hex: identifies the token without being it. */
  tokenHash: string;
  /** The person's e-mail address, where the one who made the token has verified it. */
  verifiedEmail?: string;
}

/** A caller in one request: what an audit event names. */
export interface Actor {
  name: string;
  kind: 'person' | 'service' | 'system';
  requestId?: string;
}
