import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { expand, ExpandError, type Located } from '../../documents/expand/expand.js';
import type { Snapshot } from '../../documents/expand/snapshot.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import { type CurrentWorkflow, Catalogue } from '../../providers/catalogue/catalogue.js';
import { Kinds } from '../../provisioning/kinds/kinds.js';
import type { RunRequest } from './run-request.js';
import type { NewRun } from './runs.store.js';
import { Teams } from './teams.js';
import { checkParameters } from '../engine/step-inputs.js';

/** What providers offer to a caller, made ready to run. */
@Injectable()
export class Offers {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly teams: Teams,
    private readonly kinds: Kinds,
  ) {}

  /** Checks a request: the caller's team, the parameters, the steps. Throws a problem if it cannot be run. */
  async runOf(request: RunRequest, context: RequestContext): Promise<NewRun> {
    const offered = await this.catalogue.workflow(request.provider, request.workflow, context.caller);
    const team = await this.teams.runningFor(offered.team, request.team);
    const parameters = checkParameters(offered.workflow.parameters, request.parameters);
    const snapshot = await this.expand(offered, context);
    this.requireKnown(snapshot);
    return {
      ...{ ...team, parameters, snapshot, version: offered.version },
      ...{ provider: offered.name, workflow: offered.workflow.name },
      application: request.application ?? null,
    };
  }

  private async expand(offered: CurrentWorkflow, { caller }: RequestContext): Promise<Snapshot> {
    const callsOthers = offered.workflow.steps.some(({ type }) => type === 'workflow');
    const found = new Map<string, Located>();
    for (const { current } of callsOthers ? await this.catalogue.list(caller) : [])
      for (const workflow of current?.provider.workflows ?? [])
        found.set(`${current?.name}/${workflow.name}`, { provider: current?.name ?? '', workflow });
    try {
      const start = { provider: offered.name, workflow: offered.workflow };
      return expand(start, (provider, workflow) => found.get(`${provider}/${workflow}`));
    } catch (error) {
      if (error instanceof ExpandError)
        throw new Problem('not_possible', `Step ${error.step}: ${error.message}`);
      throw error;
    }
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
