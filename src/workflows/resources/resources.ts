import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import { valuesOf } from '../../documents/expand/scope.js';
import type { JsonObject } from '../../documents/model.js';
import { Catalogue } from '../../providers/catalogue/catalogue.js';
import { factsOf } from '../engine/prepare.js';
import { RunActions } from '../runs/run-actions.js';
import { Runs } from '../runs/runs.js';
import type { Run } from '../runs/runs.store.js';
import { Teams } from '../runs/teams.js';
import { type Resource, ResourcesStore } from './resources.store.js';

/** A resource with what its workflow was given, and what it gave. */
export interface ShownResource {
  resource: Resource;
  run: Run;
  /** The application, otherwise the name of the first thing that was made. */
  name: string;
  inputs: JsonObject;
  outputs: JsonObject;
}

/** What runs of workflows created, as teams see it. */
@Injectable()
export class Resources {
  constructor(
    private readonly store: ResourcesStore,
    private readonly runs: Runs,
    private readonly actions: RunActions,
    private readonly teams: Teams,
    private readonly catalogue: Catalogue,
  ) {}

  /** Throws 404 if there is none, or it is another team's. */
  async require(id: string, context: RequestContext): Promise<ShownResource> {
    const resource = await this.store.find(id);
    if (!resource) throw noSuch('resource');
    const shown = await this.show(resource);
    await this.teams.requireSeen(shown.run, context, 'resource');
    return shown;
  }

  async show(resource: Resource): Promise<ShownResource> {
    const run = await this.runs.require(resource.run_id);
    const { inputs, outputs } = valuesOf(run.snapshot, resource.frame, factsOf(run));
    const first = run.steps.find(({ name, holds }) => isPart(name, resource.frame) && holds !== null);
    return {
      ...{ resource, run },
      name: run.application ?? first?.holds ?? resource.workflow,
      ...{ inputs: inputs as JsonObject, outputs: outputs as JsonObject },
    };
  }

  /**
   * Begins to delete a resource: a run of the type's delete workflow, which gets the inputs and outputs that it declares; of a type without
   * one the undo of the run that created it. Returns the run. Throws `not_possible` if the type has no delete workflow, and the run created
   * more than this.
   */
  async delete({ resource, run, inputs, outputs }: ShownResource, context: RequestContext): Promise<Run> {
    await this.teams.requireInCharge(run, context);
    const { provider } = await this.catalogue.require(resource.provider, context.caller);
    const type = provider.resourceTypes.find((each) => each.type === resource.type);
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
      application: run.application ?? undefined,
    };
    const deletion = await this.runs.request(request, context);
    await this.store.deletedBy(resource.id, deletion.id);
    return deletion;
  }
}

/** Whether a step is one of a frame, or of a workflow that it calls. */
function isPart(step: string, frame: string): boolean {
  return frame === '' || step.startsWith(`${frame}/`);
}
