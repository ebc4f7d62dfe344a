import type { Run, RunSummary } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';
import { givenBy, outputsOf } from '../engine/prepare.js';
import type { RunDto, RunStepDto, RunSummaryDto } from './workflow.dto.js';

export function summaryOf(run: RunSummary): RunSummaryDto {
  const { id, provider, workflow, version, team, application, status, requested_by, error, error_code } = run;
  return {
    ...{ id, provider, workflow, version, team, application, status, requested_by, error, error_code },
    created_at: run.created_at.toISOString(),
    ended_at: run.ended_at?.toISOString() ?? null,
    undone_at: run.undone_at?.toISOString() ?? null,
  };
}

export function runOf(run: Run): RunDto {
  return {
    ...summaryOf(run),
    parameters: run.parameters,
    outputs: run.status === 'completed' ? outputsOf(run) : null,
    steps: run.steps.map(stepOf),
  };
}

function stepOf(step: StepRow): RunStepDto {
  const { name, type, attempts, result, undo_result, provision_id } = step;
  const failedUndo = step.undo_status === 'failed' || step.undo_status === 'cancelled';
  return {
    ...{ name, type, provision_id },
    status: statusOf(step),
    attempts: attempts ?? 0,
    outputs: step.status === 'completed' ? givenBy(step) : {},
    operations: (undo_result ?? result)?.operations ?? [],
    error: failedUndo ? step.undo_error : (step.refused ?? step.error),
    error_code: step.refused_code ?? step.error_code,
  };
}

function statusOf({ skipped, refused, status, undo_status }: StepRow): string {
  if (skipped !== null) return 'skipped';
  if (refused !== null) return 'failed';
  if (undo_status === 'completed') return 'undone';
  if (undo_status !== null)
    return undo_status === 'failed' || undo_status === 'cancelled' ? 'undo_failed' : 'undoing';
  return status ?? 'waiting';
}
