import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import { RunActions } from '../runs/run-actions.js';
import { RunInProgress } from '../runs/run-in-progress.js';
import { Runs } from '../runs/runs.js';
import type { Run } from '../runs/runs.store.js';
import { Teams } from '../runs/teams.js';
import { Deletions } from './deletions.js';
import { type ResourceState, ResourceStates } from './resource-states.js';
import type { Resource } from './resources.store.js';

/** A resource with what its workflow was given, and what it gave. */
export interface ShownResource extends ResourceState {
  /** Its name in a Score file, otherwise the application, otherwise the name of the first thing that was made. */
  name: string;
}

/** What runs of workflows created, as teams see it. */
@Injectable()
export class Resources {
  constructor(
    private readonly states: ResourceStates,
    private readonly runs: Runs,
    private readonly actions: RunActions,
    private readonly teams: Teams,
    private readonly deletions: Deletions,
  ) {}

  /** Throws 404 if there is none, or it is another team's. */
  async require(id: string, context: RequestContext): Promise<ShownResource> {
    const resource = await this.states.find(id);
    if (!resource) throw noSuch('resource');
    const [shown] = await this.show([resource]);
    if (!shown) throw noSuch('resource');
    await this.teams.requireSeen(shown.made, context, 'resource');
    return shown;
  }

  async show(resources: readonly Resource[]): Promise<ShownResource[]> {
    const states = await this.states.of(resources);
    return states.map((state) => {
      const { resource, made } = state;
      const first = made.steps.find(({ name, holds }) => isPart(name, resource.frame) && holds !== null);
      return { ...state, name: resource.name ?? made.application ?? first?.holds ?? resource.workflow };
    });
  }

  /**
   * Begins to delete a resource: a run of the type's delete workflow, which gets the inputs and outputs that it declares; of a type without
   * one the undo of the run that created it. Returns the run. Throws `not_possible` if the type has no delete workflow, and the run created
   * more than this, and `run_in_progress` while a run changes it.
   */
  async delete(shown: ShownResource, context: RequestContext): Promise<Run> {
    const { resource, made } = shown;
    await this.teams.requireInCharge(made, context);
    if (resource.changing !== null) throw new RunInProgress(resource.changing, 'A change of it');
    const request = await this.deletions.requestFor(shown, context);
    if (request) return this.runs.request(request, context);
    if (resource.frame === '') return this.actions.undo(made, context);
    throw new Problem(
      'not_possible',
      'Its type has no workflow that deletes it: undo the run that created it',
    );
  }
}

/** Whether a step is one of a frame, or of a workflow that it calls. */
function isPart(step: string, frame: string): boolean {
  return frame === '' || step.startsWith(`${frame}/`);
}
