import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { JsonObject } from '../../documents/model.js';
import { Catalogue } from '../../providers/catalogue/catalogue.js';
import type { RunRequest } from '../plan/run-request.js';
import type { ResourceState } from './resource-states.js';

/** How resources are deleted: by the delete workflow of their type. */
@Injectable()
export class Deletions {
  constructor(private readonly catalogue: Catalogue) {}

  /**
   * The run that deletes a resource, with those of the inputs and outputs that its workflow declares. Undefined: the type has no such workflow.
   * Throws 404 if the provider is not there any more.
   */
  async requestFor(
    { resource, made: run, inputs, outputs }: ResourceState,
    context: RequestContext,
  ): Promise<RunRequest | undefined> {
    const { provider } = await this.catalogue.require(resource.provider, context.caller);
    const types = provider.resourceTypes.filter((each) => each.type === resource.type);
    const type = types.find((each) => each.class === (resource.class ?? undefined)) ?? types[0];
    const workflow = provider.workflows.find(({ name }) => name === type?.operations.delete);
    if (!workflow) return undefined;
    const declared = Object.keys(workflow.parameters.properties ?? {});
    const known: JsonObject = { ...inputs, ...outputs };
    const parameters = Object.fromEntries(
      declared.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]] as const])),
    );
    return {
      ...{ provider: resource.provider, workflow: workflow.name, parameters, team: run.team },
      ...{ application: run.application ?? undefined, deletes: resource.id },
    };
  }
}
