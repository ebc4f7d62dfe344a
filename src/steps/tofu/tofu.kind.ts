import { Injectable } from '@nestjs/common';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { TOFU, TOFU_APPLY } from '../../documents/step-types/types/tofu.js';
import {
  type AskContext,
  Kind,
  PlannedByWorker,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { Targets } from '../../targets/targets.js';
import type { TofuInput } from './input.js';
import { checkedModule } from './modules.js';
import { TofuWork } from './tofu-work.js';

/** Makes what a module of OpenTofu describes. */
@Kind(TOFU, TOFU_APPLY.input, { requestable: false, bound: true })
@Injectable()
export class TofuKind implements ProvisionKind<TofuInput> {
  constructor(
    private readonly config: AppConfig,
    private readonly targets: Targets,
    private readonly work: TofuWork,
  ) {}

  /** States of one name in two teams only wait for each other. */
  subjectOf({ state }: TofuInput): string {
    return `tofu_state:${state}`;
  }

  validate(input: TofuInput, { team }: AskContext): Promise<void> {
    const { workflowTools, worker } = this.config;
    if (!workflowTools.tofu && worker.role !== 'api')
      throw new Problem(
        'not_possible',
        'Steps of the type tofu run on workers with WORKFLOW_TOOLS=tofu only',
      );
    if (team === undefined) throw brokenRule('state', 'belongs to a team');
    checkedModule(input, workflowTools.tofu?.providers);
    for (const { target } of Object.values(input.secret_variables ?? {})) this.targets.vault(target, team);
    return Promise.resolve();
  }

  plan(input: TofuInput, context: AskContext): Promise<ShownChange[]> {
    if (!this.config.workflowTools.tofu) throw new PlannedByWorker();
    return this.work.plan(input, context);
  }

  apply(input: TofuInput, context: RunContext): Promise<ProvisionResult> {
    return this.work.apply(input, context);
  }

  undo(input: TofuInput, made: ProvisionResult, context: RunContext): Promise<ProvisionResult> {
    return this.work.undo(input, made, context);
  }
}
