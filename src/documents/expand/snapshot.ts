import type { JsonObject, JsonSchema, Step, Workflow } from '../model.js';
import type { UNKNOWN } from '../references/unknown.js';

/**
 * A workflow with its sub-workflows in their places, as a run was accepted with it. A JSON document: the run keeps it, so
 * a provider that changes meanwhile changes nothing of the run.
 */
export interface Snapshot {
  onFailure: Workflow['onFailure'];
  /** In the order in which they are carried out. None has the type `workflow`. */
  steps: SnapshotStep[];
  /** By id. `''` is the workflow itself; any other id is the full name of the step that calls the sub-workflow. */
  frames: { [id: string]: Frame };
  /** The kinds of targets of which a step that names none finds one. Absent: that is not known. */
  targets?: string[];
  /** The resources of a Score file that providers make, in the order of their frames. */
  resources?: SnapshotResource[];
  /** Those that are no longer in the Score file of the application: nothing is done with them. */
  left?: LeftResource[];
}

/** A resource of an application that is no longer in its Score file. */
export interface LeftResource {
  id: string;
  name: string;
  type: string;
  class: string;
  provider: string;
}

/** A resource of a Score file in a run. */
export interface SnapshotResource {
  /** The names that the file has for it. */
  names: string[];
  type: string;
  class: string;
  /** What it is the same resource by, for the team: type, class, and id or application and name. */
  key: string;
  provider: string;
  /** What the run does: nothing is done with one that is there with the same params. */
  operation: 'create' | 'update' | 'keep';
  /** The params of the file, with its placeholders. */
  params: JsonObject;
  /** The frame that makes or changes it; undefined: it is kept. */
  frame?: string;
  /** What it gave before the run. */
  outputs: JsonObject;
}

/** A step in its place. */
export interface SnapshotStep extends Step {
  /** Unique in the snapshot: the names of the calling steps and its own, such as `database/create-role`. */
  name: string;
  /** The provider whose document has the step: its team, its rules and its targets count. */
  provider: string;
  /** The id of the frame in which its references and its condition have their meaning. */
  frame: string;
}

/** One workflow in a snapshot: what the references of its steps mean. */
export interface Frame {
  provider: string;
  workflow: string;
  /** The frame of the calling step; null for the workflow itself. */
  parent: string | null;
  /** The inputs that the calling step gives, with references of the parent frame; empty for the workflow itself. */
  with: JsonObject;
  /** A resource of a Score file calls it: `with` has placeholders of that file instead, and `known` are inputs besides. */
  score?: { known: JsonObject };
  /** The schema of the inputs; its defaults are applied. */
  parameters: JsonSchema;
  /** The outputs of the workflow, with references to outputs of its steps. */
  outputs: JsonObject;
  /** The condition of the calling step, in the parent frame: if it is false, all steps of this frame are skipped. */
  if?: string;
  /** `continue`: if a step of this frame fails for good, the other ones of this frame are skipped and the run goes on. */
  onError: Step['onError'];
}

/** What is known of a run when a step's references are filled in. */
export interface Facts {
  /** The inputs of the run, validated, with defaults. */
  inputs: JsonObject;
  /** By full step name, for steps that are completed. In a plan: UNKNOWN for what only applying tells. */
  outputs: { readonly [step: string]: unknown };
  app?: string;
  team: string;
  requester: string;
  /** In the plan of a run that is not accepted yet: UNKNOWN. */
  runId: string | typeof UNKNOWN;
}
