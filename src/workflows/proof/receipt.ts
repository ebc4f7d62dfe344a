import type { Operation } from '../../provisioning/kinds/kind.js';
import type { Approval } from '../approvals/approvals.store.js';
import { stays } from '../engine/taken-back.js';
import type { Run } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';
import { digestOf } from '../../common/canonical.js';

/** What a receipt says of one operation: before and after as far as its kind recorded them. */
export interface ReceiptOperation {
  action: Operation['action'];
  status: Operation['status'];
  entitlement: Record<string, unknown>;
  /** Null: it was not there. */
  before?: unknown;
  after?: unknown;
  message?: string;
}

/** When a provision was accepted, and when it ended, RFC 3339. */
export interface StepTimes {
  accepted_at: string | null;
  ended_at: string | null;
}

const NO_TIMES: StepTimes = { accepted_at: null, ended_at: null };

export const RECEIPT_TYPE = 'minio-manager/receipt/v1';

/** What is signed when a run has ended. Pure: everything comes from the rows of the transaction that ends it. */
export function receiptOf(
  run: Run,
  times: ReadonlyMap<string, StepTimes>,
  number: number,
): Record<string, unknown> {
  const { id, provider, workflow, version, team, application, status, error, error_code } = run;
  return {
    ...{ type: RECEIPT_TYPE, run_id: id, number, provider, workflow, version, team, application },
    parameters_digest: digestOf(run.parameters),
    steps_digest: digestOf(run.snapshot),
    plan_digest: run.approvals.findLast(({ state }) => state === 'approved')?.plan_digest ?? null,
    approvals: run.approvals.map((approval) => approvalOf(run, approval)),
    requested_by: { name: run.requested_by, kind: run.requested_by_kind },
    ...{ status, error, error_code },
    requested_at: run.created_at.toISOString(),
    ended_at: run.ended_at?.toISOString() ?? null,
    undone_at: run.undone_at?.toISOString() ?? null,
    steps: run.steps.map((step) => stepOf(step, times)),
  };
}

/** Which plan people were shown before a step, and what each of them said. */
function approvalOf({ steps }: Run, { position, plan_digest, state, decisions, ...at }: Approval): object {
  return {
    ...{ before_step: steps[position]?.name ?? null, plan_digest, state },
    asked_at: at.created_at.toISOString(),
    ended_at: at.ended_at?.toISOString() ?? null,
    decisions: decisions.map(({ decided_by, decision, comment, decided_at }) => ({
      ...{ decided_by, decision, comment, decided_at: decided_at.toISOString() },
    })),
  };
}

function stepOf(step: StepRow, times: ReadonlyMap<string, StepTimes>): Record<string, unknown> {
  const { name, type, provision_id, status, attempts, undo_id, undo_status } = step;
  return {
    ...{ name, type, provision_id, skipped: step.skipped },
    status: step.refused === null ? status : 'failed',
    error: step.refused ?? step.error,
    ...{ attempts, ...(times.get(provision_id ?? '') ?? NO_TIMES) },
    input_digest: step.input === null ? null : digestOf(step.input),
    operations: (step.result?.operations ?? []).map(operationOf),
    undo:
      undo_id === null && step.kept === null
        ? null
        : {
            ...{ provision_id: undo_id, status: undo_status, error: step.undo_error },
            ...(times.get(undo_id ?? '') ?? NO_TIMES),
            operations: (step.undo_result?.operations ?? stays(step)).map(operationOf),
          },
  };
}

/**
 * What was before and after. Kinds that change a value record both; one that makes or takes something leaves nothing to guess. Of other changes
 * they are not recorded, and what was left alone has none.
 */
function operationOf({ action, status, entitlement, message }: Operation): ReceiptOperation {
  const { before, after, ...rest } = entitlement;
  const shown = { action, status, entitlement: rest, ...(message === undefined ? {} : { message }) };
  if (status === 'unchanged') return { ...shown, before: rest, after: rest };
  if (status === 'skipped') return shown;
  if (before !== undefined && after !== undefined) return { ...shown, before, after };
  if (action === 'create' || action === 'grant') return { ...shown, before: null, after: rest };
  return action === 'change' ? shown : { ...shown, before: rest, after: null };
}
