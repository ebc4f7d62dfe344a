import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import {
  type AskContext,
  newlyMade,
  type Operation,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { type Contents, Workspace } from '../../targets/tofu/workspace.js';
import { checkedModule } from './modules.js';
import { createdBy, creations, removals, resultOf, shownChanges } from './operations.js';
import { namesOf, requirePlanned } from '../tools/planned.js';
import { SecretVariables } from '../tools/secret-variables.js';
import { ToolFolders } from '../tools/tool-folders.js';
import { StateKeeper } from './state-keeper.js';
import { StateKeys } from './state-keys.js';
import type { TofuInput } from './input.js';
import { TofuStatesStore } from './tofu-states.store.js';

/** A workspace with its state. */
interface Opened {
  workspace: Workspace;
  keeper: StateKeeper;
}

/** Plans, applies and takes back what modules describe. */
@Injectable()
export class TofuWork {
  constructor(
    private readonly config: AppConfig,
    private readonly states: TofuStatesStore,
    private readonly keys: StateKeys,
    private readonly secrets: SecretVariables,
    private readonly folders: ToolFolders,
  ) {}

  /** What would be done now. Nothing is kept. */
  async plan(input: TofuInput, { team = '' }: AskContext): Promise<ShownChange[]> {
    const state = await this.states.find(team, input.state);
    const contents = await this.contentsOf(input, team, {
      state: state?.content ?? undefined,
      passphrases: this.keys.of(state ?? this.keys.fresh(team, input.state)).passphrases,
    });
    const folder = this.folderOf(`plan-${randomUUID()}`);
    try {
      const workspace = await Workspace.open(this.program, folder, contents);
      return shownChanges(input.state, await workspace.plan());
    } finally {
      await Workspace.removeAt(folder);
    }
  }

  /** Applies the plan that it makes, if that was what was planned before. */
  apply(input: TofuInput, context: RunContext): Promise<ProvisionResult> {
    return this.within(input, context, async (opened) => {
      const { workspace } = opened;
      const changes = await workspace.plan();
      const shown = shownChanges(input.state, changes);
      const earlier = (context.saved?.operations ?? []).map(({ entitlement }) => String(entitlement['id']));
      const created = [...new Set([...earlier, ...createdBy(changes)])];
      const giveUp = () => this.giveUp(input.state, created, opened, context);
      try {
        requirePlanned(shown, context.planned, context.saved?.['applying'] as string[] | undefined);
      } catch (error) {
        if (earlier.length > 0) await giveUp();
        throw error;
      }
      if (changes.length > 0) {
        const applying = context.saved?.['applying'] ?? namesOf(shown);
        await context.save({ operations: creations(input.state, created), applying });
        await this.applyOr(opened, context, giveUp);
      }
      const present = await workspace.show();
      const made = created.filter((address) => present.resources.has(address));
      return resultOf(input.state, changes, made, present);
    });
  }

  /** Destroys what the step made and nobody has changed since. */
  undo(input: TofuInput, made: ProvisionResult, context: RunContext): Promise<ProvisionResult> {
    const operations = newlyMade(made);
    if (operations.length === 0) return Promise.resolve({ operations: [] });
    return this.within(input, context, async (opened) => ({
      operations: await this.takeBack(operations, opened, context),
    }));
  }

  private async takeBack(
    operations: readonly Operation[],
    opened: Opened,
    context: RunContext,
  ): Promise<Operation[]> {
    const { workspace, keeper } = opened;
    const { remove, skipped } = removals(operations, await workspace.show());
    const of = (address: string) => operations.find(({ entitlement }) => entitlement['id'] === address);
    const told = (address: string, more: Partial<Operation>): Operation[] => {
      const found = of(address);
      return found ? [{ entitlement: found.entitlement, action: 'remove', status: 'done', ...more }] : [];
    };
    if (remove.length === 0) return skipped;
    const changes = await workspace.plan(remove);
    const others = changes.filter(
      ({ change, address }) => change !== 'set_output' && !remove.includes(address),
    );
    if (others.length > 0) {
      const message = `${others.map(({ address }) => address).join(', ')} needs it: it stays`;
      return [...skipped, ...remove.flatMap((each) => told(each, { status: 'skipped', message }))];
    }
    await this.applyOr(opened, context, () => Promise.resolve());
    const { resources: left } = await workspace.show();
    if (left.size === 0) await keeper.forget();
    return [...skipped, ...remove.flatMap((each) => told(each, {}))];
  }

  /** Applies the plan of the workspace. `onFailure` comes before the problem is thrown. */
  private async applyOr(
    { workspace, keeper }: Opened,
    context: RunContext,
    onFailure: () => Promise<void>,
  ): Promise<void> {
    await context.guard();
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const ended = await keeper.during(
      workspace.folder,
      () => workspace.apply(signal),
      () => stop.abort(),
    );
    await context.guard();
    if (ended.code === 0) return;
    const problem = workspace.problemOf(ended, 'apply');
    await onFailure();
    throw problem;
  }

  /** What a refused step made is taken back at once. What cannot be taken back stays in the state, and the next run goes on from there. */
  private async giveUp(
    state: string,
    created: readonly string[],
    opened: Opened,
    context: RunContext,
  ): Promise<void> {
    await context.save({ operations: await this.takeBack(creations(state, created), opened, context) });
  }

  private async within<T>(
    input: TofuInput,
    context: RunContext,
    work: (opened: Opened) => Promise<T>,
  ): Promise<T> {
    const { team = '' } = context;
    const state = await this.states.require(this.keys.fresh(team, input.state));
    const { key, passphrases } = this.keys.of(state);
    const keeper = new StateKeeper(this.states, state, key, context);
    const folder = this.folderOf(context.provisionId);
    await keeper.recover(folder);
    try {
      const contents = await this.contentsOf(input, team, { state: keeper.content, passphrases });
      const workspace = await Workspace.open(this.program, folder, contents, context.signal);
      return await work({ workspace, keeper });
    } finally {
      // what could not be kept is found there by the next attempt
      if (await keeper.has(folder)) await Workspace.removeAt(folder);
    }
  }

  private async contentsOf(
    input: TofuInput,
    team: string,
    rest: Pick<Contents, 'state' | 'passphrases'>,
  ): Promise<Contents> {
    const { files } = checkedModule(input, this.program.providers);
    return {
      files,
      variables: input.variables ?? {},
      secrets: await this.secrets.of(input.secret_variables, team),
      ...rest,
    };
  }

  private get program() {
    const { tofu } = this.config.workflowTools;
    if (!tofu) throw new Problem('not_possible', 'This worker has no WORKFLOW_TOOLS=tofu');
    return tofu;
  }

  private folderOf(name: string): string {
    return this.folders.of(`tofu-${name}`);
  }
}
