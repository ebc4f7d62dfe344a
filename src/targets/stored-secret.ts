import type { Secret } from '../common/secret.js';

/** A secret as a target keeps it. */
export interface StoredSecret {
  /** Changes with each write. */
  version: string;
  /** By key; those that are asked for and are texts. */
  values: ReadonlyMap<string, Secret>;
}
