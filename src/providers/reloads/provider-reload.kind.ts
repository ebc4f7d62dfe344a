import { Injectable } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import { Problem } from '../../common/problems/problem.js';
import type { ProviderRow } from '../../database/schema.js';
import {
  Kind,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { ProviderLoads } from '../loading/provider-loads.js';
import { ProvidersStore } from '../providers.store.js';
import { reloadRequest } from './reload-request.js';

/** A provider to load again. */
export class ProviderReloadInput {
  /** Its name; without it, every provider in Git that may move */
  @Optional()
  @IsString()
  @MaxLength(130)
  name?: string;
}

/** Loads providers in Git again: nobody waits for it, so a load that fails is told at the provider. */
@Kind('provider.reload', ProviderReloadInput, {
  requestable: false,
  instead: 'is requested with POST /api/admin/providers/{name}/reload',
  redrivable: false,
})
@Injectable()
export class ProviderReloadKind implements ProvisionKind<ProviderReloadInput> {
  constructor(
    private readonly store: ProvidersStore,
    private readonly loads: ProviderLoads,
  ) {}

  subjectOf({ name }: ProviderReloadInput): string {
    return reloadRequest(name).subject;
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  async apply({ name }: ProviderReloadInput, context: RunContext): Promise<ProvisionResult> {
    if (name === undefined) return this.everything(context);
    const row = await this.store.find(name);
    return { operations: row?.source === 'git' ? [await this.load(row, context)] : [] };
  }

  /** One that fails does not keep the others from being loaded: it comes again with the next round. */
  private async everything(context: RunContext): Promise<ProvisionResult> {
    const operations: Operation[] = [];
    let failed = 0;
    for (const row of await this.store.movable()) {
      await context.guard();
      try {
        operations.push(await this.load(row, context));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        failed += 1;
      }
    }
    return { operations: operations.filter(({ status }) => status === 'done'), failed };
  }

  private async load(before: ProviderRow, { actor }: RunContext): Promise<Operation> {
    const { name, digest, commit } = await this.loads.reload(before, actor);
    const isSame = digest === before.digest && commit === before.commit;
    return {
      entitlement: { type: 'provider', id: name, commit },
      ...{ action: 'change', status: isSame ? 'unchanged' : 'done' },
    };
  }
}
