import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { JsonObject } from '../../documents/model.js';
import { PolicyFile } from '../../governance/file/policy-file.js';
import {
  type Judged,
  type Judgement,
  judgeRules,
  judgeStep,
  type Refusal,
  touchedBy,
} from '../../governance/judge.js';
import { type Limits, limitsFor, type Quotas, quotasFor } from '../../governance/policy.js';
import { formatPath, homePaths } from '../../policy/paths.js';
import { teamsOfName } from '../../governance/prefixes.js';
import type { NewRun } from '../runs/runs.store.js';
import { AS_NOW, type ExpectedThings } from '../../provisioning/kinds/expected-things.js';
import { NOT_KNOWN, type PlannedStep } from './step-plans.js';
import { TakenNamesStore } from './taken-names.store.js';

/** What of a run the policy is about. */
export type Governed = Pick<
  NewRun,
  | 'provider'
  | 'workflow'
  | 'team'
  | 'team_id'
  | 'application'
  | 'event'
  | 'parameters'
  | 'snapshot'
  | 'owners'
  | 'bound'
> & {
  requested_by: string;
  requested_by_kind: 'person' | 'service' | 'system';
  /** What will have been made before the run. */
  expected?: ExpectedThings | undefined;
};

/** What the policy says of runs, as it is now. */
@Injectable()
export class Rulings {
  constructor(
    private readonly policies: PolicyFile,
    private readonly config: AppConfig,
    private readonly names: TakenNamesStore,
  ) {}

  /** Whether rules could say anything: without one no plan is needed for them. */
  get hasRules(): boolean {
    return this.policies.current.rules.length > 0;
  }

  limitsOf({ team }: Pick<Governed, 'team'>): { limits: Limits; quotas: Quotas } {
    const policy = this.policies.current;
    return { limits: limitsFor(policy, team), quotas: quotasFor(policy, team) };
  }

  /** The policy on all steps of a run, as far as they are known, and its rules. */
  async of(run: Governed, plan: readonly PlannedStep[]): Promise<Judgement> {
    const { refusals, ...rest } = this.rules(run, plan);
    const ofSteps: Refusal[] = [];
    for (const position of run.snapshot.steps.keys())
      ofSteps.push(...(await this.step(run, position, knownInput(plan, position))));
    const { steps: most } = this.limitsOf(run).limits;
    const count = run.snapshot.steps.length;
    const tooMany = most !== undefined && count > most;
    return {
      refusals: [
        ...(tooMany
          ? [{ field: 'steps', rule: `a run may have ${most} steps, and this one has ${count}` }]
          : []),
        ...ofSteps,
        ...refusals,
      ],
      ...rest,
    };
  }

  /** The policy on one step. Without its input only the type is judged. */
  async step(run: Governed, position: number, input: JsonObject | undefined): Promise<Refusal[]> {
    const step = run.snapshot.steps[position];
    if (!step) return [];
    const { name, type, provider } = step;
    const touched = run.bound && input ? touchedBy(type, input) : [];
    const users = touched.flatMap((each) => (each.kind === 'user' ? [each.name] : []));
    const { expected = AS_NOW, team } = run;
    const groups = await this.names.groupsOfOthers(touched.flatMap(teamsOfName), run.team_id);
    const others = await this.names.usersOfOthers(users, run.team_id);
    const taken = {
      groups: new Set([...groups, ...expected.ofOthers('group', team).map((each) => each.toLowerCase())]),
      users: new Set([...others, ...expected.ofOthers('user', team)]),
    };
    const judged = { name, type, owner: run.owners[provider] ?? null, input };
    return judgeStep(this.policies.current, judged, this.judged(run, taken));
  }

  /** The rules of the policy on a run with this plan. */
  rules(run: Governed, plan: readonly PlannedStep[]): Judgement {
    const { provider, workflow, team, application, event, parameters, snapshot, requested_by } = run;
    const providers = new Map(snapshot.steps.map((step) => [step.name, step.provider]));
    return judgeRules(this.policies.current, {
      request: {
        provider,
        workflow,
        team,
        application: application ?? '',
        event: event ?? '',
        requester: requested_by,
        parameters,
      },
      plan: plan
        .filter(({ state }) => state !== 'skipped')
        .map(({ step, type, input, changes }) => ({
          ...{ name: step, type, provider: providers.get(step) ?? provider },
          input: input as JsonObject,
          changes: (changes ?? []).map(({ change }) => change),
        })),
    });
  }

  private judged(
    { team, requested_by, requested_by_kind, bound }: Governed,
    taken: Pick<Judged, 'groups' | 'users'>,
  ): Judged {
    const { lake, products } = this.config;
    const isPerson = requested_by_kind === 'person';
    const homes = isPerson ? homePaths(lake, requested_by).map(formatPath) : [];
    const buckets = new Set([...lake.homes.map(({ bucket }) => bucket), products.bucket]);
    return { team, requester: requested_by, homes, anyName: !bound, ...taken, buckets };
  }
}

/** The input of a step if all of it is known and it is carried out. */
function knownInput(plan: readonly PlannedStep[], position: number): JsonObject | undefined {
  const { state, input } = plan[position] ?? {};
  const isKnown = state !== undefined && state !== 'skipped' && !JSON.stringify(input).includes(NOT_KNOWN);
  return isKnown ? (input as JsonObject) : undefined;
}
