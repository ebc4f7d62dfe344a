import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import type { Executor } from '../../database/schema.js';
import { resourceValues, valuesOf } from '../../documents/expand/scope.js';
import type { LeftResource } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { isSole } from '../../documents/score/score-parameters.js';
import type { ExistingResource } from '../../documents/score/plan-resources.js';
import { factsOf } from '../engine/prepare.js';
import { RunInProgress } from '../runs/run-in-progress.js';
import { type NewRun, type Run, RunsStore } from '../runs/runs.store.js';
import { type Resource, ResourcesStore } from './resources.store.js';

/** How a resource is: what its workflows were given, and what they gave. */
export interface ResourceState {
  resource: Resource;
  /** The run that made it. */
  made: Run;
  inputs: JsonObject;
  outputs: JsonObject;
  /** What the Score file last said of it. */
  params: JsonObject;
}

/** A resource that a Score file knows again. */
export type KnownResource = ExistingResource & Pick<Resource, 'id' | 'last_run_id'>;

/** How resources are, and what new runs do with them. */
@Injectable()
export class ResourceStates {
  constructor(
    private readonly store: ResourcesStore,
    private readonly runs: RunsStore,
  ) {}

  /** One that is there; undefined: there is none, or none any more. */
  find(id: string): Promise<Resource | undefined> {
    return this.store.find(id);
  }

  /** How each of them is, in their order. A change counts once its run is completed, and until that is undone. */
  async of(resources: readonly Resource[]): Promise<ResourceState[]> {
    const ids = resources.flatMap(({ run_id, changed }) => [run_id, ...(changed ? [changed.run_id] : [])]);
    const runs = await this.runs.loadAll([...new Set(ids)]);
    return resources.map((resource) => {
      const { run_id, frame, changed } = resource;
      const made = runOf(runs, run_id);
      const first = stateIn(made, frame);
      if (!changed) return { resource, made, ...first };
      const last = stateIn(runOf(runs, changed.run_id), changed.frame);
      return { resource, made, ...last, inputs: { ...first.inputs, ...last.inputs } };
    });
  }

  /** Those of an application that its Score file had, and has no longer. `keys` has those that it has. */
  async left(teamId: string, application: string, keys: readonly string[]): Promise<LeftResource[]> {
    const made = await this.store.ofApplication(teamId, application);
    return made.flatMap(({ id, key, name, type, class: given, provider }) => {
      const isLeft = key !== null && isSole(key) && !keys.includes(key);
      return isLeft ? [{ id, name: name ?? '', type, class: given ?? '', provider }] : [];
    });
  }

  /** What a run made, or is to make, for its Score file, whether it is there for others or not. */
  madeFor(run: Run, db?: Executor): Promise<Resource[]> {
    return this.store.madeFor(run.id, db);
  }

  /** How one of these is as its run made it. All of its steps are done. */
  asMade(made: Run, resource: Resource): ResourceState {
    return { resource, made, ...stateIn(made, resource.frame) };
  }

  /** Lets one stay when the run that made it is taken back, because a later run changed it. */
  async keep(resource: Resource): Promise<void> {
    await this.store.keep(resource, resource.last_run_id);
  }

  /** A run makes everything again. */
  async madeAgain(runId: string, trx: Executor): Promise<void> {
    await this.store.madeAgain(runId, trx);
  }

  /** Those of a team that there are, by key. */
  async known(teamId: string, keys: readonly string[]): Promise<Map<string, KnownResource>> {
    const newest = new Map<string, Resource>();
    for (const resource of await this.store.withKeys(teamId, keys))
      if (resource.key !== null && !newest.has(resource.key)) newest.set(resource.key, resource);
    const states = await this.of([...newest.values()]);
    return new Map(
      states.map(({ resource: { key, id, provider, last_run_id }, params, outputs }) => [
        key ?? '',
        { id, provider, last_run_id, params, outputs },
      ]),
    );
  }

  /**
   * Records what a new run creates, changes and deletes. Call it while requests of the team wait for each other. Throws {@link RunInProgress} if another
   * run is at one of the resources, and `busy` if one has changed since the run was planned.
   */
  async record(id: string, run: NewRun, trx: Executor): Promise<void> {
    const keys = run.expected.map(({ key }) => key);
    if (keys.length > 0) {
      const active = await this.store.activeAt(run.team_id, keys, trx);
      if (active !== undefined && active !== id)
        throw new RunInProgress(active, 'A run at a resource of the Score file');
      const present = await this.store.withKeys(run.team_id, keys, trx);
      const isAsPlanned = run.expected.every(({ key, resource_id, last_run_id }) => {
        const now = present.find((each) => each.key === key);
        return (now?.id ?? null) === resource_id && (now?.last_run_id ?? null) === last_run_id;
      });
      if (!isAsPlanned)
        throw new Problem('busy', 'A resource of the Score file has just changed', { retryAfterSeconds: 1 });
    }
    await this.store.create(id, run.resources, trx);
    if (run.deletes !== undefined && !(await this.store.deletedBy(run.deletes, id, trx)))
      throw new Problem('busy', 'Another run deletes the resource, or has', { retryAfterSeconds: 1 });
    for (const { key, frame } of changesOf(run))
      await this.store.change(
        { resource_id: run.expected.find((each) => each.key === key)?.resource_id ?? '', run_id: id, frame },
        trx,
      );
  }
}

function runOf(runs: ReadonlyMap<string, Run>, id: string): Run {
  const run = runs.get(id);
  if (!run) throw new Problem('not_found', 'There is no such run');
  return run;
}

function stateIn(run: Run, frame: string): Omit<ResourceState, 'resource' | 'made'> {
  const facts = factsOf(run);
  const { inputs, outputs } = valuesOf(run.snapshot, frame, facts);
  const asked = run.snapshot.resources?.find((each) => each.frame === frame);
  const values = asked ? resourceValues(run.snapshot, asked, facts) : { params: {}, outputs };
  // the run is completed: everything is known
  return { inputs: inputs as JsonObject, ...(values as { params: JsonObject; outputs: JsonObject }) };
}

function changesOf({ snapshot }: NewRun): { key: string; frame: string }[] {
  return (snapshot.resources ?? []).flatMap(({ key, frame, operation }) =>
    operation === 'update' && frame !== undefined ? [{ key, frame }] : [],
  );
}
