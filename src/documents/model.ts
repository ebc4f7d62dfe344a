/** A JSON value. In a document, its texts may contain references such as `${inputs.bucket_name}`. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** A position in a file; lines and columns count from 1. */
export interface Place {
  /** The path below the provider's folder, with slashes. */
  file: string;
  line: number;
  column: number;
}

/** What is wrong in a document, or worth a warning. */
export interface Finding extends Place {
  /** A sentence that names the field and the rule. Never a value that may be secret. */
  message: string;
  /** What to write instead, if that is known: a correct name, another step type. */
  suggestion?: string;
}

/** A document that was read. `value` is undefined exactly if there are errors. */
export interface Reading<T> {
  value: T | undefined;
  errors: Finding[];
  warnings: Finding[];
}

/** The files of a provider: text by path below its folder. */
export type Files = ReadonlyMap<string, string>;

/** A team's catalogue of workflows. */
export interface Provider {
  name: string;
  version?: string;
  description?: string;
  owner?: string;
  category?: string;
  tags: string[];
  /** By name, in the order of the documents. */
  workflows: Workflow[];
  resourceTypes: ResourceType[];
}

/** What a workflow does with a resource. */
export type Operation = 'create' | 'read' | 'update' | 'delete';

/** What starts workflows by itself. */
export type EventName =
  | 'data_product.created'
  | 'data_product.approved'
  | 'data_product.deleted'
  | 'group.created'
  | 'resource.created';

/** A sequence of steps. */
export interface Workflow {
  name: string;
  /** The file that it was read from. */
  file: string;
  description?: string;
  owner?: string;
  /** `goldenpath`: people are meant to run it; `provisioner`: it serves a resource type or another workflow. */
  category: 'provisioner' | 'goldenpath';
  operation: Operation;
  /** The order among workflows that one event starts. */
  phase: 'pre' | 'main' | 'post';
  /** What starts it by itself; `manual`: nothing has to. People may run it in any case. */
  triggers: (EventName | 'manual')[];
  /** A schema of type object, also if the document has upstream's list form. Defaults are applied by the validator. */
  parameters: JsonSchema;
  steps: Step[];
  /** Outputs of the whole workflow: values with references to outputs of its steps. */
  outputs: JsonObject;
  /** What happens when a step fails for good: undo what the run made, or leave it for a retry. */
  onFailure: 'rollback' | 'keep';
}

/** One step of a workflow. */
export interface Step {
  /** Unique in the workflow. */
  name: string;
  /** A name of the catalogue; the document may have an alias. */
  type: string;
  /** The input of the step type, with references. */
  with: JsonObject;
  /** CEL: the step is skipped if it is false. */
  if?: string;
  /** `continue`: a failure of this step is recorded, and the run goes on. */
  onError: 'fail' | 'continue';
  /** How long the step may take over all of its attempts, in seconds. */
  timeoutSeconds?: number;
}

/** A type of resources that a provider offers, for Score files and `GET /api/resources`. */
export interface ResourceType {
  /** The name that Score files use. */
  type: string;
  /** Undefined: every class. */
  class?: string;
  /** The workflow for each operation, by name. */
  operations: Partial<Record<Operation, string>>;
}
