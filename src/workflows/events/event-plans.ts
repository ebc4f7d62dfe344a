import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import type { Executor } from '../../database/schema.js';
import type { EventTeam } from '../../events/event.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { PolicyFile } from '../../governance/file/policy-file.js';
import { OrderPlans, type PlanProgress } from '../../plans/records/order-plans.js';
import { Catalogue } from '../../providers/catalogue/catalogue.js';
import type { EventInput } from './event.dto.js';
import { type StartedRun, startedRuns } from './starts.js';
import { TRIGGERED_RUN_KIND } from './triggered-run.kind.js';

/** The order plans of events: a stage for each phase. */
@Injectable()
export class EventPlans {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly subjects: Subjects,
    private readonly policies: PolicyFile,
    private readonly plans: OrderPlans,
  ) {}

  /** The plan of an event; undefined: it was not accepted yet. */
  find(eventId: string): Promise<PlanProgress | undefined> {
    return this.plans.progressOf(eventId);
  }

  /** The runs that an event starts, by the current versions of the providers. Throws `not_possible` if there is no group for them. */
  async runsOf(input: EventInput, { caller }: RequestContext): Promise<StartedRun[]> {
    const listed = await this.catalogue.list(caller);
    const providers = listed.flatMap(({ row, current }) =>
      current ? [{ name: row.name, teamId: row.team_id, workflows: current.provider.workflows }] : [],
    );
    return startedRuns(providers, { ...input, team: input.team ?? (await this.teamOfProducts()) });
  }

  /**
   * Accepts the plan, which has the id of the event, and returns its provision. Each run is checked when its stage begins: one that is refused
   * stops no other of its stage.
   */
  accept(
    id: string,
    input: EventInput,
    runs: readonly StartedRun[],
    actor: RequestContext,
    trx: Executor,
  ): Promise<string> {
    const items = runs.map((run) => ({ ...run, kind: TRIGGERED_RUN_KIND, hard: true }));
    const order = `${input.event} ${input.about}`.slice(0, 200);
    return this.plans.accept({ id, order, items }, actor, trx);
  }

  private async teamOfProducts(): Promise<EventTeam> {
    const { data_product_team: name } = this.policies.current;
    if (name === undefined)
      throw new Problem(
        'not_possible',
        'The policy of workflows names no group in data_product_team, for which workflows run that data products start',
      );
    const group = await this.subjects.find({ kind: 'group', name });
    if (group?.name !== name || group.status !== 'active')
      throw new Problem(
        'not_possible',
        `There is no group ${name}, which the policy names in data_product_team`,
      );
    return { id: group.id, name };
  }
}
