import { Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { noSuch } from '../../common/problems/problem.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
  type Wait,
} from '../kinds/kind.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import { Kinds } from '../kinds/kinds.js';
import { ProvisionsStore } from './provisions.store.js';

/** What a provision leaves that did not complete. */
const NOTHING: ProvisionResult = { operations: [] };

/** A provision to undo. */
export class UndoInput {
  /** Id of the provision */
  @IsUUID()
  provision_id!: string;
}

/** Undoes what another provision created. It runs after everything that was accepted for the same subject earlier. */
@Kind('undo', UndoInput, { requestable: false, instead: 'is requested with POST /provisions/{id}/undo' })
@Injectable()
export class UndoKind implements ProvisionKind<UndoInput> {
  constructor(
    private readonly kinds: Kinds,
    private readonly store: ProvisionsStore,
  ) {}

  /** Never called: {@link Provisions.undo} sets the subject of the undone provision. */
  subjectOf({ provision_id }: UndoInput): string {
    return `provision:${provision_id}`;
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  async recorded({ provision_id }: UndoInput, row: ProvisionRow, trx: Executor): Promise<void> {
    const undone = await this.store.find(provision_id, trx);
    if (undone)
      await this.kinds
        .find(undone.kind)
        ?.undoRecorded?.(this.kinds.inputOf(undone.kind, undone.input), row, trx);
  }

  async apply({ provision_id }: UndoInput, context: RunContext): Promise<ProvisionResult | Wait> {
    const row = await this.store.find(provision_id);
    if (!row) throw noSuch('provision');
    const kind = this.kinds.named(row.kind);
    const result = (row.result ?? NOTHING) as unknown as ProvisionResult;
    return (await kind.undo?.(this.kinds.inputOf(row.kind, row.input), result, context)) ?? NOTHING;
  }
}
