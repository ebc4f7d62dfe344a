import type { JsonObject, JsonSchema } from '../model.js';

/** The systems on which steps act; administrators configure each as a named target. */
export type TargetKind = 'minio' | 'postgres' | 'vault' | 'http' | 'kubernetes' | 'git';

/** What a team's name patterns are about. */
export type NameKind =
  | 'bucket'
  | 'path'
  | 'group'
  | 'user'
  | 'database'
  | 'role'
  | 'vault_path'
  | 'host'
  | 'managed_host'
  | 'namespace'
  | 'kubernetes_kind'
  | 'cluster_object'
  | 'repository';

/** A thing that a step would touch: allowed only if the team's patterns for this kind of name match it. */
export interface TouchedName {
  kind: NameKind;
  name: string;
}

/** A type of steps: what it takes, what it gives, and what it does. `GET /api/step-types` shows it. */
export interface StepType {
  /** Such as `storage.bucket`. */
  name: string;
  /** The kind of provision that carries it out. */
  kind: string;
  /** What it makes, in one sentence. */
  description: string;
  /** On which system it acts; undefined: on none. */
  target?: TargetKind;
  /** The input. Unknown fields are refused: `additionalProperties` is false. */
  input: JsonSchema;
  /** The outputs, by name. Never a secret: a step that makes one delivers it, and its output tells where it is. */
  outputs: { readonly [name: string]: JsonSchema };
  /** An input that is valid as it stands. */
  example: JsonObject;
  /** What a dry run shows, what is done, and what an undo takes back; each in one sentence. */
  plan: string;
  apply: string;
  /** Null: there is nothing to take back. */
  undo: string | null;
  /** Its field `undo` may refer to outputs of the step itself. */
  undoNamesOutputs?: true;
  /** The names that a step with this input touches. The input is valid, and its references are filled in. */
  touches(input: JsonObject): TouchedName[];
}
