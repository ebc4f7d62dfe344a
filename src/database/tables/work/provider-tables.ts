import type { ColumnType, Generated } from 'kysely';
import type { Stamp } from '../product-tables.js';

/** A provider of workflows: where it comes from, and what is current. This row is the truth for all replicas. */
export interface ProviderTable {
  /** Of a team's provider: `team/name`. */
  name: string;
  /** The group that owns it; null: the platform. */
  team: string | null;
  /** Its subject: a new group of the same name owns nothing of the old one's. */
  team_id: string | null;
  source: 'folder' | 'git';
  /** Never with credentials; null for a folder. */
  git_url: string | null;
  /** A branch, a tag or a commit; null: the default branch, or a folder. */
  ref: string | null;
  /** The folder of the provider: below the root of its repository, or below PROVIDERS_DIR. */
  path: string;
  /** The only commit that may be loaded. */
  pin: string | null;
  /** The name of a token in the configuration. */
  token_ref: string | null;
  /** Who must have signed the commit or tag. */
  verify: ColumnType<{ signers: string[] } | null, string | null, never>;
  /** How the last load ended. A failed one leaves the current version as it was. */
  status: 'ready' | 'failed';
  error: ColumnType<unknown, string | null, string | null>;
  /** The current version; null: none was ever loaded. */
  digest: string | null;
  /** The commit that `ref` was when it was last loaded. */
  commit: string | null;
  /** What starts workflows of the current version by itself. */
  events: Generated<string[]>;
  /** Counts the loads: one that began before another ended is not recorded over it. */
  loads: Generated<number>;
  registered_by: string;
  created_at: Stamp;
  /** When it was last loaded, or that was last tried. */
  loaded_at: Stamp;
}

/** The files of a provider as they were loaded once. A row never changes, and runs refer to it. */
export interface ProviderVersionTable {
  provider: string;
  /** SHA-256 of the files, in hex. */
  digest: string;
  /** The commit with which these files were first loaded. */
  commit: string | null;
  /** Text by path. */
  files: ColumnType<Record<string, string>, string, never>;
  loaded_at: Stamp;
}
