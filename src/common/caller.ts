/** What a service token may do; see CONTRACT of the service tokens in docs/authentication.md. */
export type Scope = 'credentials' | 'provision' | 'workflows' | 'scim' | 'admin';

/** A service that identifies people: KBase, a JupyterHub, an OIDC issuer. */
export type DirectoryName = 'kbase' | 'hub' | 'oidc';

/** Where and when a login was found valid. */
export interface LoginProof {
  directory: DirectoryName;
  /** In milliseconds since 1970: when the directory was asked, or when the issuer signed the token. */
  asOf: number;
}

/** A group that a login names, and the role that it gives there. */
export interface LoginGroup {
  group: string;
  role: 'member' | 'reader' | 'owner';
}

/** What the source of a login said about the person's groups. */
export interface LoginGroups {
  /** The groups that count here, each once, by name. */
  groups: readonly LoginGroup[];
  /** The source named no group at all. That may be a mistake of the source. */
  nothing: boolean;
  /** When the source said so, in milliseconds since 1970: a later login counts more than an earlier one. */
  asOf: number;
}

/** Who makes a request, as determined by an authenticator. */
export interface Caller {
  /** Name of the person, or of the service token. */
  name: string;
  kind: 'person' | 'service';
  /** The caller is an administrator: by a role of the auth service, or by the scope `admin` of a service token. */
  admin: boolean;
  /** Scopes of a service token; empty for a person. */
  scopes: readonly Scope[];
  /** SHA-256 of the token in hex: identifies the token without revealing it. */
  tokenHash: string;
  /** The person's e-mail address, if the issuer of the token has verified it. */
  verifiedEmail?: string;
  /** Of a person: which directory knew the token, and when. */
  login?: LoginProof;
  /** When the token ends by itself, in milliseconds since 1970; absent if its issuer does not say. */
  tokenEndsAt?: number;
  /** The person's groups according to the login; absent if it does not say. */
  loginGroups?: LoginGroups;
}

/** The caller of one request, as an audit event names it. */
export interface Actor {
  name: string;
  kind: 'person' | 'service' | 'system';
  requestId?: string;
}

/** The service itself: its worker, its sweep, what it makes without a request. */
export const SYSTEM: Actor = { name: 'minio-manager', kind: 'system' };
