import type { Json, JsonObject, Step, Workflow } from '../model.js';
import { referencesIn } from '../references/references-in.js';
import { validatorOf, fieldName } from '../parameters/validator.js';
import type { Frame, Snapshot, SnapshotStep } from './snapshot.js';

/** How deep workflows may call others. */
export const MAX_LEVELS = 3;
/** Steps of a run, those of sub-workflows included. */
export const MAX_RUN_STEPS = 200;

/** A workflow, and the provider that has it. */
export interface Located {
  provider: string;
  workflow: Workflow;
}

/** Finds a workflow by its provider and name; undefined if there is none, or `caller` may not use it. */
export type FindWorkflow = (provider: string, workflow: string, caller: string) => Located | undefined;

/** A workflow that cannot be expanded. */
export class ExpandError extends Error {
  constructor(
    message: string,
    /** The full name of the step that is the reason. */
    readonly step: string,
  ) {
    super(message);
  }
}

/**
 * The snapshot of a workflow: each step of type `workflow` is replaced by the steps of the workflow that it names, at
 * most three levels deep. Throws an ExpandError for a workflow that is not there or calls itself, for parameters that
 * it does not take, and for too many steps.
 */
export function expand(root: Located, find: FindWorkflow): Snapshot {
  const snapshot: Snapshot = { onFailure: root.workflow.onFailure, steps: [], frames: {} };
  add(snapshot, root, { id: '', frame: frameOf(root, null, {}), callers: [] }, find);
  return snapshot;
}

interface Call {
  id: string;
  frame: Frame;
  /** The workflows around this one, the outermost first. */
  callers: string[];
}

function add(snapshot: Snapshot, located: Located, call: Call, find: FindWorkflow): void {
  const { provider, workflow } = located;
  snapshot.frames[call.id] = call.frame;
  const callers = [...call.callers, `${provider}/${workflow.name}`];
  const outputs = new Map<string, JsonObject>();
  for (const step of workflow.steps) {
    const name = call.id === '' ? step.name : `${call.id}/${step.name}`;
    checkOutputs(step, name, outputs);
    if (step.type !== 'workflow') {
      if (snapshot.steps.length >= MAX_RUN_STEPS)
        throw new ExpandError(`The run would have more than ${MAX_RUN_STEPS} steps`, name);
      snapshot.steps.push({ ...step, name, provider, frame: call.id } satisfies SnapshotStep);
      continue;
    }
    const called = locate(step, name, provider, callers, find);
    const given = step.with.parameters ?? {};
    const frame = frameOf(called, call.id, given as JsonObject, step);
    checkParameters(frame, name);
    outputs.set(step.name, called.workflow.outputs);
    add(snapshot, called, { id: name, frame, callers }, find);
  }
}

function frameOf(
  { provider, workflow }: Located,
  parent: string | null,
  given: JsonObject,
  step?: Step,
): Frame {
  return {
    ...{ provider, workflow: workflow.name, parent, with: given },
    ...{ parameters: workflow.parameters, outputs: workflow.outputs },
    ...(step?.if === undefined ? {} : { if: step.if }),
    onError: step?.onError ?? 'fail',
  };
}

function locate(step: Step, name: string, caller: string, callers: string[], find: FindWorkflow): Located {
  const provider = (step.with.provider as string | undefined) ?? caller;
  const workflow = step.with.workflow as string;
  const located = find(provider, workflow, caller);
  if (!located)
    throw new ExpandError(`There is no workflow \`${workflow}\` of provider \`${provider}\``, name);
  const key = `${located.provider}/${located.workflow.name}`;
  if (callers.includes(key))
    throw new ExpandError(`Workflow \`${key}\` calls itself: ${[...callers, key].join(' → ')}`, name);
  if (callers.length > MAX_LEVELS)
    throw new ExpandError(`Workflows call each other more than ${MAX_LEVELS} levels deep`, name);
  return located;
}

/** Parameters that hold a reference are checked when it is filled in. */
function checkParameters(frame: Frame, name: string): void {
  const { problems } = validatorOf(frame.parameters).check(frame.with);
  for (const { path, message, keyword } of problems) {
    const value = path.reduce<unknown>(
      (at, segment) => (at as Record<string, unknown> | undefined)?.[segment],
      frame.with,
    ) as Json | undefined;
    if (
      keyword !== 'required' &&
      keyword !== 'additionalProperties' &&
      value !== undefined &&
      referencesIn(value).length > 0
    )
      continue;
    throw new ExpandError(
      `Parameter \`${fieldName(path)}\` of workflow \`${frame.workflow}\`: ${message}`,
      name,
    );
  }
}

/** A step may refer to the outputs of a workflow that was called before. */
function checkOutputs(step: Step, name: string, outputs: ReadonlyMap<string, JsonObject>): void {
  for (const reference of referencesIn(step.with)) {
    const [root, called = '', , output = ''] = reference.path;
    const known = root === 'steps' ? outputs.get(called) : undefined;
    if (known && !Object.hasOwn(known, output))
      throw new ExpandError(
        `\`${reference.text}\` names nothing: the workflow of step \`${called}\` has no output \`${output}\``,
        name,
      );
  }
}
