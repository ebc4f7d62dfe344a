import { Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { Problem } from '../../common/problems/problem.js';
import type { ProvisionRow } from '../../database/schema.js';
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

  /** Only of one that was not made by {@link Provisions.undo}, which gives it the subject of what is undone. */
  subjectOf({ provision_id }: UndoInput): string {
    return `provision:${provision_id}`;
  }

  async validate({ provision_id }: UndoInput): Promise<void> {
    await this.require(provision_id);
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  async apply({ provision_id }: UndoInput, context: RunContext): Promise<ProvisionResult> {
    const row = await this.require(provision_id);
    const kind = this.kinds.named(row.kind);
    const result = row.result as unknown as ProvisionResult;
    return (await kind.undo?.(this.kinds.inputOf(kind, row.input), result, context)) ?? { operations: [] };
  }

  /** Throws what keeps the provision from being undone. */
  async require(id: string): Promise<ProvisionRow> {
    const row = await this.store.find(id);
    if (!row) throw new Problem('not_found', 'There is no such provision');
    if (row.status !== 'completed') throw new Problem('not_possible', 'It was not carried out');
    if (!this.kinds.named(row.kind).undo)
      throw new Problem(
        'not_possible',
        `Provisions of the kind ${row.kind} create nothing that could be taken back`,
      );
    return row;
  }
}
