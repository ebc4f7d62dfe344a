import { EXIT, type ExitCode } from '../exit-codes.js';
import { blocks, count, fields, plain, table } from '../output/text.js';

/** A run, as the service shows it. */
export interface Run {
  id: string;
  provider: string;
  workflow: string;
  team: string;
  application: string | null;
  status: string;
  requested_by: string;
  error: string | null;
  created_at: string;
  ended_at: string | null;
  undone_at: string | null;
  plan_digest?: string | null;
  parameters?: Record<string, unknown>;
  outputs?: Record<string, unknown> | null;
  resources?: RunResource[];
  steps?: {
    name: string;
    type: string;
    status: string;
    attempts: number;
    error: string | null;
    operations?: Operation[];
    undo_run_id?: string | null;
  }[];
}

/** What a run does with a resource of a Score file. */
export interface RunResource {
  name: string;
  type: string;
  operation: string;
  message?: string | null;
}

interface Operation {
  action?: string;
  status?: string;
  message?: string;
  entitlement?: unknown;
}

/** A change that a step would make. */
interface Change {
  change: string;
  target: string;
}

/** What one step would do. */
export interface PlannedStep {
  step: string;
  type: string;
  state: string;
  input: object;
  changes: Change[] | null;
}

/** What a run would do. */
export interface Plan {
  plan: PlannedStep[];
  planned_by_worker?: string[];
  resources?: RunResource[];
  approvals_needed?: unknown[];
  quota?: { limit: string; used: number; asked: number; allowed: number }[];
}

/** How far a run is, as an exit code. */
export function exitOf({ status }: Pick<Run, 'status'>): ExitCode {
  if (status === 'completed') return EXIT.done;
  if (status === 'rejected') return EXIT.refused;
  return status === 'failed' || status === 'cancelled' ? EXIT.failed : EXIT.waits;
}

export const nameOf = ({ provider, workflow }: Pick<Run, 'provider' | 'workflow'>): string =>
  `${provider}/${workflow}`;

/** A run for people. */
export function runText(run: Run): string {
  const steps = run.steps ?? [];
  const rows = steps.map(({ name, type, status, attempts, error }) => [name, type, status, attempts, error]);
  const stays = steps.flatMap(({ name, operations = [] }) =>
    operations
      .filter(({ status, message }) => status === 'skipped' && message)
      .map(({ message }) => `  ${name}: ${plain(message ?? '')}`),
  );
  const deleted = steps.flatMap(({ name, undo_run_id: by }) => (by ? [`  ${name}: run ${plain(by)}`] : []));
  return blocks(
    fields([
      ['run', run.id],
      ['workflow', nameOf(run)],
      ['team', run.team],
      ['application', run.application],
      ['status', run.undone_at === null ? run.status : `${run.status}, taken back`],
      ['requested by', run.requested_by],
      ['accepted', run.created_at],
      ['ended', run.ended_at],
      ['plan digest', run.plan_digest],
      ['error', run.error],
    ]),
    rows.length > 0 ? table(['STEP', 'TYPE', 'STATUS', 'ATTEMPTS', 'ERROR'], rows) : undefined,
    deleted.length > 0 ? `Deleted by runs of their own:\n${deleted.join('\n')}` : undefined,
    leftText(run.resources),
    stays.length > 0 ? `Left as it was:\n${stays.join('\n')}` : undefined,
    run.outputs && Object.keys(run.outputs).length > 0
      ? `Outputs:\n${indented(fields(Object.entries(run.outputs)))}`
      : undefined,
  );
}

/** A plan for people. */
export function planText({
  plan,
  resources,
  approvals_needed: needed = [],
  quota = [],
  ...rest
}: Plan): string {
  const limits = quota.map(({ limit, used, asked, allowed }) => [limit, used, asked, allowed]);
  return blocks(
    stepsText(plan, rest.planned_by_worker),
    leftText(resources),
    limits.length > 0 ? table(['LIMIT', 'USED', 'ASKED', 'ALLOWED'], limits) : undefined,
    needed.length > 0 ? `It would wait for ${count(needed.length, 'approval')} first.` : undefined,
    'This was a dry run: nothing was changed.',
  );
}

/** The resources that a Score file no longer has; undefined: there are none. */
export function leftText(resources: readonly RunResource[] = []): string | undefined {
  const left = resources.filter(({ operation }) => operation === 'left');
  const lines = left.map(({ type, name, message }) => `  ${plain(`${type} ${name}: ${message ?? ''}`)}`);
  return lines.length > 0 ? `No longer in the Score file:\n${lines.join('\n')}` : undefined;
}

/** The steps of a plan. */
export function stepsText(plan: readonly PlannedStep[], byWorker: readonly string[] = []): string {
  return table(
    ['STEP', 'TYPE', 'STATE', 'CHANGES'],
    plan.map((each) => [each.step, each.type, each.state, changesOf(each, byWorker)]),
  );
}

function changesOf({ step, state, changes }: PlannedStep, byWorker: readonly string[]): string {
  if (state === 'skipped') return 'nothing: its condition is false';
  if (byWorker.includes(step)) return 'a worker plans it before it is carried out';
  if (changes === null) return 'known after earlier steps';
  return changes.map(({ change, target }) => `${change} ${target}`).join(', ') || 'nothing: it is so already';
}

export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
