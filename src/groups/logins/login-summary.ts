/** What all logins together say. */
export interface LoginSummary {
  /** People whose logins said something, and memberships that logins give. */
  people: number;
  memberships: number;
  /** People who would lose all groups: stopped by the brake, or not confirmed yet. */
  braked: number;
  unconfirmed: number;
  /** Named groups that do not exist, the most named first; one more than are shown. */
  missing: { name: string; people: number }[];
  /** Memberships that the next logins give and end. */
  toGive: number;
  toEnd: number;
}

/** How many missing groups are shown. */
export const SHOWN = 10;
