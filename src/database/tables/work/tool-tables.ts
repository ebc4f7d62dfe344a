import type { Generated } from 'kysely';
import type { Stamp } from '../product-tables.js';

/** What OpenTofu knows of the things that a team's module has made. */
export interface TofuStateTable {
  team: string;
  name: string;
  /** From which its passphrase is derived, and with which master key. */
  secret_salt: string;
  secret_key_id: string;
  /** As OpenTofu has encrypted it; null: there is nothing. */
  content: string | null;
  /** Every write raises it. */
  version: Generated<string>;
  /** The provision that wrote it. */
  changed_by: string | null;
  changed_at: Stamp;
}
