import { Injectable } from '@nestjs/common';
import { digestOf } from '../../common/canonical.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { ConfigError } from '../../config/load-config.js';
import { isAllowable } from '../../documents/ansible/plugins.js';
import { ANSIBLE, ANSIBLE_RUN } from '../../documents/step-types/types/ansible.js';
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
import { AnsibleWork } from './ansible-work.js';
import type { AnsibleInput } from './input.js';
import { checkedInput } from './playbooks.js';

/** Runs a playbook of Ansible. */
@Kind(ANSIBLE, ANSIBLE_RUN.input, { requestable: false, lasting: false, bound: true })
@Injectable()
export class AnsibleKind implements ProvisionKind<AnsibleInput> {
  constructor(
    private readonly config: AppConfig,
    private readonly targets: Targets,
    private readonly work: AnsibleWork,
  ) {
    const refused = config.workflowTools.ansible?.modules.filter((module) => !isAllowable(module)) ?? [];
    if (refused.length > 0)
      throw new ConfigError([
        `ANSIBLE_MODULES must not name ${refused.join(', ')}: playbooks never use what acts on the worker or brings in other files`,
      ]);
  }

  /** Playbooks on the same hosts run one after the other. */
  subjectOf({ hosts = [] }: AnsibleInput): string {
    const places = hosts.map(({ name, address = name, port = 22 }) => `${address}:${port}`).sort();
    return `ansible_hosts:${digestOf(places).slice(0, 32)}`;
  }

  validate(input: AnsibleInput, { team }: AskContext): Promise<void> {
    const { workflowTools, worker } = this.config;
    if (!workflowTools.ansible && worker.role !== 'api')
      throw new Problem(
        'not_possible',
        'Steps of the type ansible run on workers with WORKFLOW_TOOLS=ansible only',
      );
    if (team === undefined) throw brokenRule('plays', 'belong to a team');
    checkedInput(input, workflowTools.ansible);
    const places = [
      ...Object.values(input.secret_variables ?? {}),
      ...(input.private_key ? [input.private_key] : []),
    ];
    for (const { target } of places) this.targets.vault(target, team);
    return Promise.resolve();
  }

  plan(input: AnsibleInput, context: AskContext): Promise<ShownChange[]> {
    if (!this.config.workflowTools.ansible) throw new PlannedByWorker();
    return this.work.plan(input, context);
  }

  apply(input: AnsibleInput, context: RunContext): Promise<ProvisionResult> {
    return this.work.apply(input, context);
  }

  undo(input: AnsibleInput, made: ProvisionResult, context: RunContext): Promise<ProvisionResult> {
    return this.work.undo(input, made, context);
  }
}
