import type { LogRow } from './log.store.js';

/** What happened, for people. */
export interface LogLine {
  /** The id of its event. */
  id: string;
  at: Date;
  step: string | null;
  text: string;
}

/** Events that another one tells of: the provision that undoes or repeats has one of its own. */
const TOLD_ELSEWHERE = new Set(['undone', 'redriven']);

/** Events as sentences. Pure. */
export function linesOf(rows: readonly LogRow[]): LogLine[] {
  return rows.flatMap((row) =>
    TOLD_ELSEWHERE.has(row.event) ? [] : [{ id: row.id, at: row.at, step: row.step, text: sentenceOf(row) }],
  );
}

function sentenceOf(row: LogRow): string {
  const { event, detail, requested_by } = row;
  const by = textOf(detail.by) ?? requested_by;
  const what = nameOf(row);
  switch (event) {
    case 'accepted':
      return acceptedAs(row, by);
    case 'completed':
      return `${what} is completed.`;
    case 'postponed':
      return ended(
        `${what} could not be carried out at attempt ${Number(detail.attempt)} and is tried again`,
        detail,
      );
    case 'failed':
      return ended(`${what} failed`, detail);
    case 'cancelled':
      return detail.by === undefined ? `${what} was cancelled.` : `${by} cancelled ${lower(what)}.`;
    case 'interrupted':
      return `${what} was interrupted by a stop of the service, and goes on.`;
    case 'recovered':
      return `The process that carried out ${lower(what)} is gone; another one goes on.`;
    case 'retried':
      return `${by} asked to try ${lower(what)} at once.`;
    default:
      return ended(`${what}: ${event.replaceAll('_', ' ')}`, detail);
  }
}

function acceptedAs({ step, is_undo, is_again }: LogRow, by: string): string {
  if (step !== null) return is_undo ? `Step ${step} is being taken back.` : `Step ${step} begins.`;
  if (is_undo) return `${by} asked to take the run back.`;
  return is_again ? `${by} asked to go on with the run.` : `${by} asked for the run.`;
}

function nameOf({ step, is_undo }: LogRow): string {
  if (step === null) return is_undo ? 'The undo of the run' : 'The run';
  return is_undo ? `The undo of step ${step}` : `Step ${step}`;
}

const lower = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;

/** A sentence with its reason, if there is one. */
function ended(text: string, { error }: LogRow['detail']): string {
  const reason = textOf(error);
  if (reason === undefined) return `${text}.`;
  return `${text}: ${reason.trim()}${/[.!?]$/.test(reason.trim()) ? '' : '.'}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
