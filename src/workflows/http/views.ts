import type { Snapshot } from '../../documents/expand/snapshot.js';
import type { Approval, OpenApproval } from '../approvals/approvals.store.js';
import type { NamesOf } from '../approvals/approvers.js';
import { missing } from '../approvals/requirements.js';
import type { RunSummary } from '../runs/run-lists.store.js';
import type { Run } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';
import { givenBy, outputsOf } from '../engine/prepare.js';
import { stays } from '../engine/taken-back.js';
import type { ApprovalDto, WaitingRunDto } from './approval.dto.js';
import type { RunDto, RunResourceDto, RunStepDto, RunSummaryDto } from './workflow.dto.js';

export function summaryOf(run: RunSummary): RunSummaryDto {
  const { id, provider, workflow, version, team, application, status, requested_by, event } = run;
  const { error, error_code } = run;
  return {
    ...{ id, provider, workflow, version, team, application, status, requested_by, event, error, error_code },
    created_at: run.created_at.toISOString(),
    ended_at: run.ended_at?.toISOString() ?? null,
    undone_at: run.undone_at?.toISOString() ?? null,
  };
}

/** `approvers`: who may approve what is open; without it nobody is named. */
export function runOf(run: Run, approvers?: NamesOf): RunDto {
  return {
    ...summaryOf(run),
    parameters: run.parameters,
    outputs: run.status === 'completed' ? outputsOf(run) : null,
    resources: resourcesOf(run.snapshot),
    steps: run.steps.map(stepOf),
    approvals: run.approvals.map((approval) => approvalOf(approval, approvers)),
    plan_digest: run.approvals.find(({ state }) => state === 'open')?.plan_digest ?? null,
  };
}

/** What a run does with the resources of its Score file, and those that the file no longer has. */
export function resourcesOf({ resources = [], left = [] }: Snapshot): RunResourceDto[] {
  const asked = resources.map(({ names: [name = ''], type, class: given, provider, operation }) => ({
    ...{ name, type, class: given, provider, operation, id: null, message: null },
  }));
  const others = left.map(({ id, name, type, class: given, provider }) => ({
    ...{ name, type, class: given, provider, operation: 'left' as const, id },
    message: `it is no longer in the Score file, and stays until somebody asks for DELETE /api/resources/${id}`,
  }));
  return [...asked, ...others];
}

function approvalOf(approval: Approval, approvers: NamesOf = () => []): ApprovalDto {
  const { state, plan, plan_digest, difference, requirements, decisions } = approval;
  const left = missing(requirements, decisions);
  return {
    ...{ state, plan, plan_digest, difference },
    requirements: requirements.map(({ rule, from, count, message }, index) => ({
      ...{ rule, from, count, message },
      missing: left[index] ?? count,
      approvers: state === 'open' ? approvers(from) : [],
    })),
    decisions: decisions.map(({ decided_by, decision, comment, decided_at }) => ({
      ...{ decided_by, decision, comment },
      decided_at: decided_at.toISOString(),
    })),
    asked_at: approval.created_at.toISOString(),
    expires_at: approval.expires_at.toISOString(),
  };
}

export function waitingRunOf(open: OpenApproval, approvers: NamesOf): WaitingRunDto {
  const { run_id, provider, workflow, team, application, requested_by } = open;
  const approval = approvalOf(open, approvers);
  return { run_id, provider, workflow, team, application, requested_by, approval };
}

function stepOf(step: StepRow): RunStepDto {
  const { name, type, attempts, result, undo_result, provision_id } = step;
  const failedUndo = step.undo_status === 'failed' || step.undo_status === 'cancelled';
  return {
    ...{ name, type, provision_id },
    status: statusOf(step),
    attempts: attempts ?? 0,
    outputs: step.status === 'completed' ? givenBy(step) : {},
    operations: step.kept ? stays(step) : ((undo_result ?? result)?.operations ?? []),
    error: failedUndo ? step.undo_error : (step.refused ?? step.error),
    error_code: step.refused_code ?? step.error_code,
    undo_run_id: step.undo_run_id,
  };
}

function statusOf({ skipped, refused, status, undo_status }: StepRow): string {
  if (skipped !== null) return 'skipped';
  if (refused !== null) return 'failed';
  // one that timed out is taken back, too, and has failed nevertheless
  if (undo_status === 'completed') return status === 'completed' ? 'undone' : 'failed';
  if (undo_status !== null)
    return undo_status === 'failed' || undo_status === 'cancelled' ? 'undo_failed' : 'undoing';
  return status ?? 'waiting';
}
