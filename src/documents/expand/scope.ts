import { fill, FillError, type Scope } from '../references/fill.js';
import { type Filled, type FilledObject, UNKNOWN } from '../references/unknown.js';
import { fillParams } from '../score/placeholders.js';
import { holds } from '../workflows/conditions.js';
import { inputsOf } from './inputs.js';
import type { Facts, Frame, Snapshot, SnapshotResource, SnapshotStep } from './snapshot.js';

/**
 * What the references of a step mean. Throws an ExpandError if the inputs of its workflow cannot be filled in, or do not
 * obey the workflow's rules once they are.
 */
export function scopeOf(snapshot: Snapshot, step: SnapshotStep, facts: Facts): Scope {
  return new Scopes(snapshot, facts).of(step.frame, indexOf(snapshot, step));
}

/** The outputs of the whole run. Those that refer to a step without outputs, such as a skipped one, are left out. */
export function runOutputs(snapshot: Snapshot, facts: Facts): FilledObject {
  return new Scopes(snapshot, facts).outputsOf('') ?? {};
}

/** What the workflow of a frame was given, and what it gave. Throws as {@link scopeOf}. */
export function valuesOf(
  snapshot: Snapshot,
  frame: string,
  facts: Facts,
): { inputs: FilledObject; outputs: FilledObject } {
  const scopes = new Scopes(snapshot, facts);
  const { inputs } = scopes.of(frame, snapshot.steps.length);
  return { inputs: inputs, outputs: scopes.outputsOf(frame) ?? {} };
}

/** What a Score file said of a resource, as the run filled it in, and all that the resource gives since. */
export function resourceValues(
  snapshot: Snapshot,
  resource: SnapshotResource,
  facts: Facts,
): { params: FilledObject; outputs: FilledObject } {
  const scopes = new Scopes(snapshot, facts);
  const { frame = '', outputs } = resource;
  const params = fillParams(resource.params, {
    app: facts.app ?? '',
    resources: scopes.resources(scopes.range(frame).first),
  });
  return { params, outputs: { ...outputs, ...scopes.outputsOf(frame) } };
}

/**
 * Whether a step is carried out: its condition and those of the steps that call its workflow hold. UNKNOWN in a plan,
 * if that depends on what only applying tells. Throws an ExpressionError if a condition has no result.
 */
export function runs(snapshot: Snapshot, step: SnapshotStep, facts: Facts): boolean | typeof UNKNOWN {
  const calls: { condition: string; frame: string }[] = [];
  if (step.if !== undefined) calls.push({ condition: step.if, frame: step.frame });
  for (
    let frame = frameAt(snapshot, step.frame);
    frame.parent !== null;
    frame = frameAt(snapshot, frame.parent)
  )
    if (frame.if !== undefined) calls.push({ condition: frame.if, frame: frame.parent });
  let result: boolean | typeof UNKNOWN = true;
  const scopes = new Scopes(snapshot, facts);
  const before = indexOf(snapshot, step);
  // the outermost first: the inputs of a workflow that is skipped need not have values
  for (const { condition, frame } of calls.reverse()) {
    const { parameters } = frameAt(snapshot, frame);
    const each = holds(condition, parameters, scopes.of(frame, before));
    if (each === false) return false;
    if (each !== true) result = UNKNOWN;
  }
  return result;
}

/**
 * Where a run goes on after a step that failed for good: the index of the next step, or the number of steps if that was
 * the last one. Undefined: the run has failed.
 */
export function nextAfterFailure(snapshot: Snapshot, index: number): number | undefined {
  const step = snapshot.steps[index];
  if (!step) return undefined;
  if (step.onError === 'continue') return index + 1;
  for (let id = step.frame; ;) {
    const frame = frameAt(snapshot, id);
    if (frame.parent === null) return undefined;
    if (frame.onError === 'continue') {
      const inside = (each: SnapshotStep): boolean => each.frame === id || each.frame.startsWith(`${id}/`);
      const next = snapshot.steps.findIndex((each, at) => at > index && !inside(each));
      return next < 0 ? snapshot.steps.length : next;
    }
    id = frame.parent;
  }
}

function indexOf(snapshot: Snapshot, step: SnapshotStep): number {
  return snapshot.steps.findIndex(({ name }) => name === step.name);
}

function frameAt(snapshot: Snapshot, id: string): Frame {
  const frame = snapshot.frames[id];
  if (!frame) throw new Error(`The snapshot has no frame ${id}`);
  return frame;
}

/** Scopes of one run at one moment. Each is made once: frames refer to each other's outputs. */
class Scopes {
  private readonly made = new Map<string, Scope>();
  private readonly outputs = new Map<string, FilledObject | undefined>();

  constructor(
    private readonly snapshot: Snapshot,
    private readonly facts: Facts,
  ) {}

  /** The scope of a frame for the step at an index of the snapshot: only what comes before it is in it. */
  of(id: string, before: number): Scope {
    const key = `${before}@${id}`;
    const known = this.made.get(key);
    if (known) return known;
    const frame = frameAt(this.snapshot, id);
    const { app, team, requester, runId, inputs } = this.facts;
    const scope: Scope = {
      inputs:
        frame.parent === null ? inputs : inputsOf(frame, this.of(frame.parent, this.range(id).first), id),
      steps: this.steps(id, before),
      // a provider knows nothing of the file that asks for its resources
      resources: this.ofResource(id) ? {} : this.resources(before),
      app: app === undefined ? {} : { name: app },
      ...{ team, requester, run: { id: runId } },
      targets: this.snapshot.targets ?? UNKNOWN,
    };
    this.made.set(key, scope);
    return scope;
  }

  /** The outputs of the resources that are there before a step, by the names that the Score file has for them. */
  resources(before: number): Scope['resources'] {
    const values: [string, Filled][] = [];
    for (const { names, frame, operation, outputs } of this.snapshot.resources ?? []) {
      const isMade = frame === undefined || this.range(frame).last < before;
      if (!isMade && operation === 'create') continue;
      const given = frame !== undefined && isMade ? this.outputsOf(frame) : {};
      for (const name of names) values.push([name, { ...outputs, ...given }]);
    }
    return Object.fromEntries(values);
  }

  private ofResource(id: string): boolean {
    return (this.snapshot.resources ?? []).some(
      ({ frame }) => frame !== undefined && (id === frame || id.startsWith(`${frame}/`)),
    );
  }

  /** The outputs of a workflow; undefined if none of its steps is done. */
  outputsOf(id: string): FilledObject | undefined {
    if (!this.outputs.has(id)) this.outputs.set(id, this.makeOutputs(id));
    return this.outputs.get(id);
  }

  private makeOutputs(id: string): FilledObject | undefined {
    const below = id === '' ? '' : `${id}/`;
    if (!Object.keys(this.facts.outputs).some((name) => name.startsWith(below))) return undefined;
    const scope = this.of(id, this.snapshot.steps.length);
    const filled = Object.entries(frameAt(this.snapshot, id).outputs).map(([name, value]) => {
      try {
        return fill({ [name]: value }, scope);
      } catch (error) {
        if (error instanceof FillError) return {};
        throw error;
      }
    });
    return Object.assign({}, ...filled) as FilledObject;
  }

  /** The outputs of the steps of a frame, by their names in the workflow. */
  private steps(id: string, before: number): Scope['steps'] {
    const prefix = id === '' ? '' : `${id}/`;
    const { outputs } = this.facts;
    const own = this.snapshot.steps
      .filter(({ name, frame }, index) => frame === id && index < before && Object.hasOwn(outputs, name))
      .map(({ name }) => [name, outputs[name] as Filled] as const);
    const called = Object.entries(this.snapshot.frames)
      .filter(([each, { parent }]) => parent === id && this.range(each).last < before)
      .flatMap(([each]) => {
        const values = this.outputsOf(each);
        return values ? [[each, values] as const] : [];
      });
    return Object.fromEntries(
      [...own, ...called].map(([name, values]) => [name.slice(prefix.length), { outputs: values }]),
    );
  }

  /** The indexes of the first and the last step of a frame, those of the workflows that it calls included. */
  range(id: string): { first: number; last: number } {
    const inside = ({ frame }: SnapshotStep): boolean => frame === id || frame.startsWith(`${id}/`);
    return { first: this.snapshot.steps.findIndex(inside), last: this.snapshot.steps.findLastIndex(inside) };
  }
}
