import { setTimeout as wait } from 'node:timers/promises';
import { EXIT, usage } from '../exit-codes.js';
import type { Client } from '../http/client.js';
import type { Shown } from '../output/output.js';
import { table } from '../output/text.js';
import { exitOf, nameOf, type Run, runText } from './run-text.js';

const ENDED = ['completed', 'failed', 'cancelled', 'rejected'];
/** How often to ask how far a run is, in milliseconds. */
const ASK_MS = 1000;

export interface ListOptions {
  status?: string;
  provider?: string;
  limit?: string;
}

export interface WaitOptions {
  wait?: boolean;
}

const pathOf = (id: string, action = ''): string => `/api/workflows/${encodeURIComponent(id)}${action}`;

export async function listRuns(
  client: Client,
  { status, provider, limit = '50' }: ListOptions,
): Promise<Shown> {
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1) throw usage('--limit is a whole number from 1');
  const items = await client.list<Run>('/api/workflows', { status, provider }, most);
  const rows = items.map((each) => [
    each.id,
    nameOf(each),
    each.team,
    each.status,
    each.requested_by,
    each.created_at,
  ]);
  const shown = table(['ID', 'WORKFLOW', 'TEAM', 'STATUS', 'REQUESTED BY', 'ACCEPTED'], rows);
  return { value: items, text: items.length === 0 ? 'There are no runs that you see.' : shown };
}

export async function status(client: Client, id: string): Promise<Shown> {
  return shown(await client.get<Run>(pathOf(id)));
}

export async function retry(client: Client, id: string, options: WaitOptions): Promise<Shown> {
  return act(client, id, '/retry', 'goes on at the step that failed', options);
}

export async function undo(client: Client, id: string, options: WaitOptions): Promise<Shown> {
  const { value, text } = await act(client, id, '/undo', 'is taken back', options);
  const run = value as Run;
  if (!options.wait) return { value, text };
  // the run keeps the state in which it ended
  return { value, text, exit: run.undone_at === null ? EXIT.failed : EXIT.done };
}

export async function cancel(client: Client, id: string, options: WaitOptions): Promise<Shown> {
  const { value, text } = await act(client, id, '/cancel', 'is being cancelled', options);
  if (!options.wait) return { value, text };
  // a run whose last step was under way may have completed instead
  return { value, text, exit: (value as Run).status === 'cancelled' ? EXIT.done : EXIT.failed };
}

/** The run once nothing more happens to it, or it waits for people. */
export async function settled(client: Client, id: string, isUndo = false): Promise<Run> {
  for (;;) {
    const run = await client.get<Run>(pathOf(id));
    if (isUndo ? isTakenBack(run) : ENDED.includes(run.status) || run.status === 'awaiting_approval')
      return run;
    await wait(ASK_MS);
  }
}

async function act(
  client: Client,
  id: string,
  action: string,
  what: string,
  options: WaitOptions,
): Promise<Shown> {
  const run = await client.post<Run>(pathOf(id, action));
  if (!options.wait) return { value: run, text: `Run ${run.id} ${what}.` };
  return shown(await settled(client, id, action === '/undo'));
}

const shown = (run: Run): Shown => ({ value: run, text: runText(run), exit: exitOf(run) });

/** Every step that could be taken back was, or one could not. */
function isTakenBack({ undone_at, steps = [] }: Run): boolean {
  return undone_at !== null || steps.some(({ status: each }) => each === 'undo_failed');
}
