import { Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { ProvisionKind, ProvisionResult, RunContext, ShownChange } from '../kinds/kind.js';
import { Kinds } from '../kinds/kinds.js';
import { ProvisionsStore } from './provisions.store.js';

/** A provision that is to be taken back. */
export class UndoInput {
  /** Id of the provision */
  @IsUUID()
  provision_id!: string;
}

/** Takes back what another provision has created. It waits its turn behind what was accepted for the same subject before. */
@Injectable()
export class UndoKind implements ProvisionKind<UndoInput> {
  readonly name = 'undo';
  readonly input = UndoInput;

  constructor(
    private readonly kinds: Kinds,
    private readonly store: ProvisionsStore,
  ) {}

  /** Never asked: {@link Provisions.undo} gives it the subject of what is undone. */
  subjectOf({ provision_id }: UndoInput): string {
    return `provision:${provision_id}`;
  }

  /** Only an administrator's `POST /provisions/{id}/undo` makes one, which knows whose turn it is and that it was not undone before. */
  validate(): Promise<void> {
    throw brokenRule('kind', 'is asked for by POST /provisions/{id}/undo');
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  async apply({ provision_id }: UndoInput, context: RunContext): Promise<ProvisionResult> {
    const row = await this.store.find(provision_id);
    if (!row) throw new Problem('not_found', 'There is no such provision');
    const kind = this.kinds.named(row.kind);
    const result = row.result as unknown as ProvisionResult;
    return (await kind.undo?.(this.kinds.inputOf(kind, row.input), result, context)) ?? { operations: [] };
  }
}
