import type { ColumnType, Generated } from 'kysely';
import type { Stamp } from './product-tables.js';

/** How somebody logged in to the page: a token that was pasted, KBase's cookie, an OIDC issuer, a hub, or as one of the demo's people. */
export type LoginWay = 'token' | 'kbase' | 'oidc' | 'jupyterhub' | 'demo';

/** A session of the page. Who has the row alone can neither use the session nor read the token in it. */
export interface PageSessionTable {
  /** SHA-256 of the session's id, in hex. Only the browser's cookie has the id. */
  id_hash: string;
  user_name: string;
  way: LoginWay;
  /** The token of the login, encrypted with a key that is derived from the id. */
  sealed: string;
  created_at: Stamp;
  /** Written at most once a minute. */
  used_at: Stamp;
  /** When the person last proved to be the person: for what asks for a recent login. */
  logged_in_at: ColumnType<Date, Date | undefined, Date>;
  /** The session ends then, used or not. */
  ends_at: ColumnType<Date, Date, never>;
  /** Until then one process renews the token at the issuer. */
  renewing_until: ColumnType<Date | null, never, Date | null>;
  /** Counts the renewals. */
  renewals: Generated<number>;
}
