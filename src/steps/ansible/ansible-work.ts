import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { digestOf } from '../../common/canonical.js';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { hideSecrets } from '../../documents/ansible/secret-tasks.js';
import type { Json } from '../../documents/model.js';
import {
  type AskContext,
  newlyMade,
  type Operation,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { PlaybookRun, type Told } from '../../targets/ansible/playbook-run.js';
import { namesOf, requirePlanned } from '../tools/planned.js';
import { SecretVariables } from '../tools/secret-variables.js';
import { ToolFolders } from '../tools/tool-folders.js';
import { whileGuarded } from '../tools/while-guarded.js';
import type { AnsibleInput } from './input.js';
import { checkedInput } from './playbooks.js';
import { begunOn, resultOf } from './results.js';

/** Plans playbooks, and runs them. */
@Injectable()
export class AnsibleWork {
  constructor(
    private readonly config: AppConfig,
    private readonly secrets: SecretVariables,
    private readonly folders: ToolFolders,
  ) {}

  /** What would be done now, by check mode. */
  async plan(input: AnsibleInput, { team = '' }: AskContext): Promise<ShownChange[]> {
    const plays = checkedInput(input, this.allows);
    const { changes } = await this.within(`plan-${randomUUID()}`, plays, input, team, (run) => run.check());
    return [...changes];
  }

  /** Runs the playbook, if check mode tells what was planned before. After a crash it is run again. */
  apply(input: AnsibleInput, context: RunContext): Promise<ProvisionResult> {
    const plays = checkedInput(input, this.allows);
    const { provisionId, team = '', saved } = context;
    return this.within(provisionId, plays, input, team, async (run) => {
      const { changes } = await whileGuarded(context, (signal) => run.check(signal));
      const earlier = saved?.['applying'] as string[] | undefined;
      requirePlanned(changes, context.planned, earlier);
      const digest = digestOf(plays);
      const begun = [...(saved?.operations ?? []), ...begunOn(digest, changes)];
      await context.save({ operations: begun, applying: earlier ?? namesOf(changes) });
      const told = await this.ran(run, input, context);
      return resultOf(digest, told.events, saved?.operations ?? []);
    });
  }

  /** Runs the playbook that takes it back, if the step names one. */
  async undo(input: AnsibleInput, made: ProvisionResult, context: RunContext): Promise<ProvisionResult> {
    const done = newlyMade(made);
    if (done.length === 0) return { operations: [] };
    const told = (more: Partial<Operation>) => ({
      operations: done.map((each): Operation => ({ ...each, action: 'remove', ...more })),
    });
    if (!input.undo_plays)
      return told({ status: 'skipped', message: 'the step names no playbook that takes it back' });
    await this.takeBack(input, context);
    return told({ status: 'done' });
  }

  /** Runs it. What has failed for good is taken back at once, if the step says how. */
  private async ran(run: PlaybookRun, input: AnsibleInput, context: RunContext): Promise<Told> {
    try {
      return await whileGuarded(context, (signal) => run.apply(signal));
    } catch (error) {
      const isFinal = error instanceof Problem && error.code === 'target_refused';
      if (!isFinal || !input.undo_plays || context.signal.aborted) throw error;
      await this.takeBack(input, context).catch((second: unknown) => {
        throw second instanceof Problem
          ? new Problem(error.code, `${error.message}. What it did is still there: ${second.message}`)
          : second;
      });
      await context.save({ operations: [] });
      throw error;
    }
  }

  private async takeBack(input: AnsibleInput, context: RunContext): Promise<void> {
    const { undo_plays: plays = [] } = input;
    checkedInput(input, this.allows);
    await this.within(`${context.provisionId}-undo`, plays, input, context.team ?? '', (run) =>
      whileGuarded(context, (signal) => run.apply(signal)),
    );
  }

  /** Works in a folder of its own, which is gone afterwards: it has secrets in clear. */
  private async within<T>(
    name: string,
    plays: readonly Json[],
    { hosts, variables = {}, private_key: place, secret_variables: places }: AnsibleInput,
    team: string,
    work: (run: PlaybookRun) => Promise<T>,
  ): Promise<T> {
    const secrets = await this.secrets.of(places, team);
    const key = place && (await this.secrets.at(place, team));
    const folder = this.folders.of(`ansible-${name}`);
    try {
      const hidden = hideSecrets(plays, secrets.keys());
      const contents = { plays: hidden, variables, secrets, hosts, key };
      return await work(await PlaybookRun.open(this.program.binary, folder, contents));
    } finally {
      await PlaybookRun.removeAt(folder);
    }
  }

  private get allows() {
    const { modules, worker } = this.program;
    return { modules, worker };
  }

  private get program() {
    const { ansible } = this.config.workflowTools;
    if (!ansible) throw new Problem('not_possible', 'This worker has no WORKFLOW_TOOLS=ansible');
    return ansible;
  }
}
