import type { JsonObject, Step, Workflow } from '../model.js';
import { problemsOfCall } from './call-parameters.js';
import { referencesIn } from '../references/references-in.js';
import { fieldName } from '../parameters/validator.js';
import { ExpandError } from './expand-error.js';
import type { Frame, Snapshot, SnapshotResource, SnapshotStep } from './snapshot.js';

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

/** What a resource of a Score file calls. */
export interface ResourceCall {
  located: Located;
  resource: SnapshotResource & { frame: string };
  /** Its parameters, with placeholders of the file, and those that are known. */
  with: JsonObject;
  known: JsonObject;
}

/**
 * The snapshot of a workflow: each step of type `workflow` is replaced by the steps of the workflow that it names, at
 * most three levels deep. Resources of a Score file come first, in the order in which they are given. Throws an ExpandError for a workflow that is not there or calls itself, for parameters that
 * it does not take, and for too many steps.
 */
export function expand(
  root: Located,
  find: FindWorkflow,
  calls: readonly (ResourceCall | SnapshotResource)[] = [],
): Snapshot {
  const snapshot: Snapshot = { onFailure: root.workflow.onFailure, steps: [], frames: {} };
  if (calls.length > 0) snapshot.resources = [];
  for (const call of calls) {
    snapshot.resources?.push('located' in call ? call.resource : call);
    if ('located' in call) addResource(snapshot, root, call, find);
  }
  add(snapshot, root, { id: '', frame: frameOf(root, null, {}), callers: [] }, find);
  return snapshot;
}

/** A resource counts as a level: its workflow is called. */
function addResource(snapshot: Snapshot, root: Located, call: ResourceCall, find: FindWorkflow): void {
  const { located, resource, known } = call;
  const frame = { ...frameOf(located, '', call.with), score: { known } };
  add(snapshot, located, { id: resource.frame, frame, callers: [keyOf(root)] }, find);
}

const keyOf = ({ provider, workflow }: Located): string => `${provider}/${workflow.name}`;

interface Call {
  id: string;
  frame: Frame;
  /** The workflows around this one, the outermost first. */
  callers: string[];
}

function add(snapshot: Snapshot, located: Located, call: Call, find: FindWorkflow): void {
  const { provider, workflow } = located;
  snapshot.frames[call.id] = call.frame;
  const callers = [...call.callers, keyOf(located)];
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
  const key = keyOf(located);
  if (callers.includes(key))
    throw new ExpandError(`Workflow \`${key}\` calls itself: ${[...callers, key].join(' → ')}`, name);
  if (callers.length > MAX_LEVELS)
    throw new ExpandError(`Workflows call each other more than ${MAX_LEVELS} levels deep`, name);
  return located;
}

function checkParameters(frame: Frame, name: string): void {
  const [problem] = problemsOfCall(frame.parameters, frame.with);
  if (problem)
    throw new ExpandError(
      `Parameter \`${fieldName(problem.path)}\` of workflow \`${frame.workflow}\`: ${problem.message}`,
      name,
    );
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
