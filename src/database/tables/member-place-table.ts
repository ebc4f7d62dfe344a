import type { Stamp } from './product-tables.js';

/** A path with `{user}` that a group gives to its members: each of them has the path with its own name. */
export interface MemberPlaceTable {
  group_id: string;
  bucket: string;
  /** With `{user}` in it; otherwise as in a grant. */
  prefix: string;
  folder: boolean;
  permission: 'read' | 'write';
  granted_by: string;
  created_at: Stamp;
}
