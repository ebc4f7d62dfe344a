import { Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
  type Wait,
} from '../../provisioning/kinds/kind.js';
import { ResourceEvents } from '../events/resource-events.js';
import { Receipts } from '../proof/receipts.js';
import { RunsStore } from '../runs/runs.store.js';
import { Engine } from './engine.js';
import { WORKFLOW_KIND } from './workflow-kind-name.js';

/** A run of a workflow. */
export class WorkflowInput {
  /** Its id */
  @IsUUID()
  run_id!: string;
}

/** Carries out a run of a workflow, step by step. Only {@link Runs} creates one. */
@Kind(WORKFLOW_KIND, WorkflowInput, {
  requestable: false,
  instead: 'is requested with POST /api/workflows/{provider}/{workflow}/execute',
  partial: true,
})
@Injectable()
export class WorkflowKind implements ProvisionKind<WorkflowInput> {
  constructor(
    private readonly engine: Engine,
    private readonly store: RunsStore,
    private readonly receipts: Receipts,
    private readonly resources: ResourceEvents,
  ) {}

  subjectOf({ run_id }: WorkflowInput): string {
    return `workflow:${run_id}`;
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  apply({ run_id }: WorkflowInput, context: RunContext): Promise<ProvisionResult | Wait> {
    return this.engine.forward(run_id, context);
  }

  undo({ run_id }: WorkflowInput, _: ProvisionResult, context: RunContext): Promise<ProvisionResult | Wait> {
    return this.engine.backward(run_id, context);
  }

  async recorded({ run_id }: WorkflowInput, row: ProvisionRow, trx: Executor): Promise<void> {
    if (!isFinal(row)) return;
    const isNews = await this.store.ended(run_id, trx);
    if (isNews && row.status === 'completed') await this.resources.tellMade(run_id, row, trx);
    await this.receipts.make(run_id, trx);
  }

  async undoRecorded({ run_id }: WorkflowInput, row: ProvisionRow, trx: Executor): Promise<void> {
    if (row.status === 'completed') await this.store.undone(run_id, trx);
    if (!isFinal(row)) return;
    await this.store.ended(run_id, trx);
    await this.receipts.make(run_id, trx);
  }
}

function isFinal({ status }: ProvisionRow): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
