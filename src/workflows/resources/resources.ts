import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import type { JsonObject } from '../../documents/model.js';
import { Catalogue } from '../../providers/catalogue/catalogue.js';
import { RunActions } from '../runs/run-actions.js';
import { RunInProgress } from '../runs/run-in-progress.js';
import { Runs } from '../runs/runs.js';
import type { Run } from '../runs/runs.store.js';
import { Teams } from '../runs/teams.js';
import { ResourceStates } from './resource-states.js';
import type { Resource } from './resources.store.js';

/** A resource with what its workflow was given, and what it gave. */
export interface ShownResource {
  resource: Resource;
  run: Run;
  /** Its name in a Score file, otherwise the application, otherwise the name of the first thing that was made. */
  name: string;
  inputs: JsonObject;
  outputs: JsonObject;
}

/** What runs of workflows created, as teams see it. */
@Injectable()
export class Resources {
  constructor(
    private readonly states: ResourceStates,
    private readonly runs: Runs,
    private readonly actions: RunActions,
    private readonly teams: Teams,
    private readonly catalogue: Catalogue,
  ) {}

  /** Throws 404 if there is none, or it is another team's. */
  async require(id: string, context: RequestContext): Promise<ShownResource> {
    const resource = await this.states.find(id);
    if (!resource) throw noSuch('resource');
    const [shown] = await this.show([resource]);
    if (!shown) throw noSuch('resource');
    await this.teams.requireSeen(shown.run, context, 'resource');
    return shown;
  }

  async show(resources: readonly Resource[]): Promise<ShownResource[]> {
    const states = await this.states.of(resources);
    return states.map(({ resource, made: run, inputs, outputs }) => {
      const first = run.steps.find(({ name, holds }) => isPart(name, resource.frame) && holds !== null);
      const name = resource.name ?? run.application ?? first?.holds ?? resource.workflow;
      return { resource, run, name, inputs, outputs };
    });
  }

  /**
   * Begins to delete a resource: a run of the type's delete workflow, which gets the inputs and outputs that it declares; of a type without
   * one the undo of the run that created it. Returns the run. Throws `not_possible` if the type has no delete workflow, and the run created
   * more than this, and `run_in_progress` while a run changes it.
   */
  async delete({ resource, run, inputs, outputs }: ShownResource, context: RequestContext): Promise<Run> {
    await this.teams.requireInCharge(run, context);
    if (resource.changing !== null) throw new RunInProgress(resource.changing, 'A change of it');
    const { provider } = await this.catalogue.require(resource.provider, context.caller);
    const types = provider.resourceTypes.filter((each) => each.type === resource.type);
    const type = types.find((each) => each.class === (resource.class ?? undefined)) ?? types[0];
    const workflow = provider.workflows.find(({ name }) => name === type?.operations.delete);
    if (!workflow) {
      if (resource.frame === '') return this.actions.undo(run, context);
      throw new Problem(
        'not_possible',
        'Its type has no workflow that deletes it: undo the run that created it',
      );
    }
    const declared = Object.keys(workflow.parameters.properties ?? {});
    const known: JsonObject = { ...inputs, ...outputs };
    const parameters = Object.fromEntries(
      declared.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]] as const])),
    );
    const request = {
      ...{ provider: resource.provider, workflow: workflow.name, parameters, team: run.team },
      ...{ application: run.application ?? undefined, deletes: resource.id },
    };
    return this.runs.request(request, context);
  }
}

/** Whether a step is one of a frame, or of a workflow that it calls. */
function isPart(step: string, frame: string): boolean {
  return frame === '' || step.startsWith(`${frame}/`);
}
