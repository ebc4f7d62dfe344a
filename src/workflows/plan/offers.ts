import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { expand, type FindWorkflow, type Located } from '../../documents/expand/expand.js';
import { ExpandError } from '../../documents/expand/expand-error.js';
import type { Snapshot } from '../../documents/expand/snapshot.js';
import type { PlannedResource } from '../../documents/score/plan-resources.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import {
  Catalogue,
  type CurrentProvider,
  type CurrentWorkflow,
} from '../../providers/catalogue/catalogue.js';
import type { AskContext } from '../../provisioning/kinds/kind.js';
import { Kinds } from '../../provisioning/kinds/kinds.js';
import { requireText } from '../../provisioning/records/provisions.js';
import { Targets } from '../../targets/targets.js';
import { givenParameters } from '../requests/given-parameters.js';
import type { NewRun } from '../runs/runs.store.js';
import { Teams } from '../runs/teams.js';
import { offeredTo, providedBy, resourcesIn } from './offered-types.js';
import type { RunRequest } from './run-request.js';
import { type ScorePlan, ScoreResources } from './score-resources.js';

const NO_SCORE: ScorePlan = { planned: [], expected: [], left: [] };

type Providers = ReadonlyMap<string, CurrentProvider>;

/** What providers offer to a caller, made ready to run. */
@Injectable()
export class Offers {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly teams: Teams,
    private readonly kinds: Kinds,
    private readonly targets: Targets,
    private readonly score: ScoreResources,
  ) {}

  /** Checks a request: the caller's team, the parameters, the resources, the steps. Throws a problem if it cannot be run. */
  async runOf(request: RunRequest, context: AskContext): Promise<NewRun> {
    const offered = await this.catalogue.workflow(request.provider, request.workflow, context.caller);
    const team = await this.teams.runningFor(offered.team, request.team, context);
    const providers = await this.providers(offered, request, context);
    const base = expanded(offered, providers);
    const types = offeredTo(team.team, offered.name, providers.values());
    const provides = providedBy(base, providers.values());
    const { parameters, application, wanted } = givenParameters(
      request,
      offered.workflow,
      provides,
      { team: team.team, requester: context.name },
      types,
    );
    requireText({ parameters, params: wanted.map(({ params }) => params) });
    const { planned, expected, left } =
      request.score === undefined
        ? NO_SCORE
        : await this.score.plan(
            { text: request.score, app: application ?? '', team_id: team.team_id },
            wanted,
            types,
          );
    const snapshot = planned.length > 0 ? expanded(offered, providers, planned) : base;
    if (left.length > 0) snapshot.left = left;
    snapshot.targets = this.targets.kindsFor(team.team);
    this.requireKnown(snapshot);
    const used = new Set(snapshot.steps.map(({ provider }) => provider));
    const owners = Object.fromEntries([...used].map((name) => [name, providers.get(name)?.team ?? null]));
    const isPlatforms = Object.values(owners).every((owner) => owner === null);
    return {
      ...{ ...team, parameters, application, snapshot, owners, version: offered.version },
      ...{ resources: resourcesIn(snapshot, providers), expected, deletes: request.deletes },
      // an administrator may do by hand what the platform offers
      bound: request.event !== undefined || !(context.caller.admin && isPlatforms),
      event: request.event ?? null,
      ...{ provider: offered.name, workflow: offered.workflow.name },
    };
  }

  /** The providers whose workflows the run may need, by name. */
  private async providers(
    offered: CurrentWorkflow,
    { score }: RunRequest,
    { caller }: RequestContext,
  ): Promise<Providers> {
    const needsOthers = score !== undefined || offered.workflow.steps.some(({ type }) => type === 'workflow');
    const providers = new Map<string, CurrentProvider>([[offered.name, offered]]);
    for (const { current } of needsOthers ? await this.catalogue.list(caller) : [])
      // the version that was found first counts, should it have changed meanwhile
      if (current && current.name !== offered.name) providers.set(current.name, current);
    return providers;
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

/** Throws `not_possible` if workflows are called that are not there, or in a circle. */
function expanded(
  offered: CurrentWorkflow,
  providers: Providers,
  planned: readonly PlannedResource[] = [],
): Snapshot {
  const start: Located = { provider: offered.name, workflow: offered.workflow };
  const find: FindWorkflow = (name, called) => {
    const workflow = providers.get(name)?.provider.workflows.find((each) => each.name === called);
    return workflow && { provider: name, workflow };
  };
  try {
    return expand(start, find, planned);
  } catch (error) {
    if (error instanceof ExpandError)
      throw new Problem('not_possible', `Step ${error.step}: ${error.message}`);
    throw error;
  }
}
