import type { ColumnType, Generated } from 'kysely';
import type { Stamp } from '../product-tables.js';

/** A run of a workflow. At most one is active for each team, workflow and application. */
export interface WorkflowRunTable {
  /** In the order of acceptance. */
  seq: Generated<string>;
  id: Generated<string>;
  /** The group for which it runs. */
  team: string;
  /** That group: one of the same name that is made later sees nothing of the run. */
  team_id: string;
  provider: string;
  workflow: string;
  /** The application for which it runs, if there is one. */
  application: string | null;
  /** Which files of the provider: digest, and commit of a Git source. */
  version: ColumnType<{ digest: string; commit?: string }, string, never>;
  /** The parameters as they were checked, with defaults. */
  parameters: ColumnType<Record<string, unknown>, string, never>;
  /** The group that owns each provider of the steps, by the name of the provider; null: the platform. */
  owners: ColumnType<Record<string, string | null>, string, never>;
  /** Its steps may touch only names of the team and of the requester. */
  bound: boolean;
  /** What started it; null: somebody asked for it. */
  event: string | null;
  /** The steps as they were accepted: `Snapshot` of src/documents. */
  snapshot: ColumnType<unknown, string, never>;
  /** The provision that carries it out: of the last retry. */
  provision_id: string | null;
  /** It runs, or is being undone. */
  active: Generated<boolean>;
  cancel_requested: Generated<boolean>;
  requested_by: string;
  requested_by_kind: 'person' | 'service' | 'system';
  created_at: Stamp;
  /** When its first step began. */
  started_at: Stamp | null;
  ended_at: Stamp | null;
  undone_at: Stamp | null;
}

/** What a run creates: it is there when the run is completed, and until it is undone or the run that deletes it is completed. */
export interface WorkflowResourceTable {
  /** In the order of acceptance. */
  seq: Generated<string>;
  id: Generated<string>;
  run_id: string;
  /** The part of the run that creates it: a frame of its snapshot. */
  frame: string;
  type: string;
  class: string | null;
  /** The provider and the workflow that create it. */
  provider: string;
  workflow: string;
  /** The last run that was to delete it. */
  delete_run_id: string | null;
  /** Its name in the Score file that asked for it; null: no file did. */
  name: string | null;
  /** A later run that changed it, for which it stayed when the run that made it was taken back. */
  kept_for: string | null;
  /** What the team knows it again by in Score files: type, class, and id or application and name. */
  key: string | null;
}

/** A run that changes a resource, because a Score file says something else of it. */
export interface WorkflowResourceUpdateTable {
  resource_id: string;
  run_id: string;
  /** The part of the run that changes it. */
  frame: string;
}

/** One step of a run. The state of its provision is its state. */
export interface WorkflowStepTable {
  run_id: string;
  /** From 0, in the order of the snapshot. */
  position: number;
  name: string;
  type: string;
  /** `condition`: its `if` is false; `failure`: another step of its sub-workflow failed. */
  skipped: 'condition' | 'failure' | null;
  /** Why it could not begin: it failed. */
  refused: string | null;
  refused_code: string | null;
  /** The provision that carries it out: of the last retry. Null: it has not begun. */
  provision_id: string | null;
  /** The provision that undoes it. */
  undo_id: string | null;
  /** A quota counts what it makes. */
  counted: Generated<boolean>;
  /** The name of what it makes, or removes if it is not counted. Null: it is not known yet, or each one counts. */
  holds: string | null;
  /** The hard quota that it gives a bucket. */
  holds_bytes: string | null;
}
