import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { expand, ExpandError, type Located } from '../../documents/expand/expand.js';
import type { Snapshot } from '../../documents/expand/snapshot.js';
import type { ResourceType } from '../../documents/model.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import {
  Catalogue,
  type CurrentProvider,
  type CurrentWorkflow,
} from '../../providers/catalogue/catalogue.js';
import { Kinds } from '../../provisioning/kinds/kinds.js';
import { requireText } from '../../provisioning/records/provisions.js';
import { Targets } from '../../targets/targets.js';
import type { RunRequest } from './run-request.js';
import { givenParameters } from '../requests/given-parameters.js';
import type { NewResource, NewRun } from '../runs/runs.store.js';
import { Teams } from '../runs/teams.js';

/** What providers offer to a caller, made ready to run. */
@Injectable()
export class Offers {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly teams: Teams,
    private readonly kinds: Kinds,
    private readonly targets: Targets,
  ) {}

  /** Checks a request: the caller's team, the parameters, the steps. Throws a problem if it cannot be run. */
  async runOf(request: RunRequest, context: RequestContext): Promise<NewRun> {
    const offered = await this.catalogue.workflow(request.provider, request.workflow, context.caller);
    const team = await this.teams.runningFor(offered.team, request.team, context);
    const { snapshot, owners, resources } = await this.expand(offered, context);
    const provides = request.score === undefined ? [] : await this.provides(snapshot, context);
    const asker = { team: team.team, requester: context.name };
    const { parameters, application } = givenParameters(request, offered.workflow, provides, asker);
    snapshot.targets = this.targets.kindsFor(team.team);
    requireText({ parameters });
    this.requireKnown(snapshot);
    const isPlatforms = Object.values(owners).every((owner) => owner === null);
    return {
      ...{ ...team, parameters, application, snapshot, owners, resources, version: offered.version },
      // an administrator may do by hand what the platform offers
      bound: !(context.caller.admin && isPlatforms),
      ...{ provider: offered.name, workflow: offered.workflow.name },
    };
  }

  private async expand(
    offered: CurrentWorkflow,
    { caller }: RequestContext,
  ): Promise<Pick<NewRun, 'snapshot' | 'owners' | 'resources'>> {
    const callsOthers = offered.workflow.steps.some(({ type }) => type === 'workflow');
    const found = new Map<string, Located>();
    const providers = new Map<string, CurrentProvider>([[offered.name, offered]]);
    for (const { current } of callsOthers ? await this.catalogue.list(caller) : []) {
      if (current) providers.set(current.name, current);
      for (const workflow of current?.provider.workflows ?? [])
        found.set(`${current?.name}/${workflow.name}`, { provider: current?.name ?? '', workflow });
    }
    try {
      const start = { provider: offered.name, workflow: offered.workflow };
      const snapshot = expand(start, (provider, workflow) => found.get(`${provider}/${workflow}`));
      const used = new Set(snapshot.steps.map(({ provider }) => provider));
      return {
        snapshot,
        owners: Object.fromEntries([...used].map((name) => [name, providers.get(name)?.team ?? null])),
        resources: resourcesIn(snapshot, providers),
      };
    } catch (error) {
      if (error instanceof ExpandError)
        throw new Problem('not_possible', `Step ${error.step}: ${error.message}`);
      throw error;
    }
  }

  /** The types of resources that the workflow creates, or the workflows that it calls. */
  private async provides({ frames }: Snapshot, { caller }: RequestContext): Promise<ResourceType[]> {
    const carriedOut = new Set(
      Object.values(frames).map(({ provider, workflow }) => `${provider}/${workflow}`),
    );
    return (await this.catalogue.list(caller)).flatMap(({ current }) =>
      (current?.provider.resourceTypes ?? []).filter(({ operations }) =>
        carriedOut.has(`${current?.name}/${operations.create}`),
      ),
    );
  }

  /** Throws `not_allowed_step` for steps that this service cannot carry out. */
  private requireKnown({ steps }: Snapshot): void {
    const errors = steps
      .filter(({ type }) => !this.kinds.find(STEP_TYPES.get(type)?.kind ?? ''))
      .map(({ name, type }: { name: string; type: string }) => ({
        field: `steps.${name}`,
        rule: `this service cannot carry out steps of the type ${type}`,
      }));
    if (errors.length > 0) throw new Problem('not_allowed_step', errors[0]?.rule ?? '', { errors });
  }
}

/** What the workflows of a run create: those by which a resource type of their provider is created. */
function resourcesIn({ frames }: Snapshot, providers: ReadonlyMap<string, CurrentProvider>): NewResource[] {
  return Object.entries(frames).flatMap(([frame, { provider, workflow }]) => {
    const types = providers.get(provider)?.provider.resourceTypes ?? [];
    const [made] = types.filter(({ operations }) => operations.create === workflow);
    return made ? [{ frame, type: made.type, class: made.class ?? null, provider, workflow }] : [];
  });
}
