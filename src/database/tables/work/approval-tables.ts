import type { ColumnType, Generated } from 'kysely';
import type { Stamp } from '../product-tables.js';

/** What people are asked about a run. At most one of a run is open. */
export interface WorkflowApprovalTable {
  seq: Generated<string>;
  id: Generated<string>;
  run_id: string;
  /** The provision that carried the run out when it was asked: a retry asks again for what was rejected. */
  attempt: string;
  /** The step before which the run waits. */
  position: number;
  state: ColumnType<'open' | 'approved' | 'rejected' | 'expired' | 'cancelled', string | undefined, string>;
  /** `Requirement` of src/governance. */
  requirements: ColumnType<unknown, string, never>;
  /** The steps from `position` on, as they were shown. */
  plan: ColumnType<unknown, string, never>;
  /** SHA-256 of the plan, in hex: who approves names it. */
  plan_digest: string;
  /** What changed since an earlier approval, if that is why it is asked. */
  difference: ColumnType<unknown, string | null, never>;
  created_at: Stamp;
  expires_at: Stamp;
  ended_at: Stamp | null;
}

/** What one person said to it. */
export interface WorkflowDecisionTable {
  approval_id: string;
  decided_by: string;
  /** `bypass`: an administrator decided alone, and `comment` says why. */
  decision: 'approve' | 'reject' | 'bypass';
  comment: string | null;
  /** The places in `requirements` for which it counts. */
  requirements: ColumnType<number[], string, string>;
  decided_at: Stamp;
}
