import { EXIT, usage } from '../exit-codes.js';
import type { Client } from '../http/client.js';
import type { Shown } from '../output/output.js';
import { blocks, fields, table } from '../output/text.js';

/** Whether what a run made still holds. */
interface Verification {
  holds: boolean;
  verified_at: string;
  steps: {
    name: string;
    type: string;
    state: string;
    changes: { change: string; target: string }[];
    reason: string | null;
  }[];
}

interface Receipt {
  receipt: string;
  key_id: string;
  number: number;
  payload: {
    run_id: string;
    provider: string;
    workflow: string;
    team: string;
    status: string;
    requested_by: { name: string };
    ended_at: string | null;
    undone_at: string | null;
  };
}

export interface ReceiptOptions {
  number?: string;
}

/** Looks at every step of a run again, and changes nothing. */
export async function verify(client: Client, id: string): Promise<Shown> {
  const found = await client.post<Verification>(`${pathOf(id)}/verify`);
  const rows = found.steps.map(({ name, type, state, changes, reason }) => [
    ...[name, type, state],
    changes.map(({ change, target }) => `${change} ${target}`).join(', ') || reason,
  ]);
  const verdict = found.holds
    ? 'What the run made still holds.'
    : 'Not all of it holds, or can be looked at now.';
  return {
    value: found,
    text: blocks(table(['STEP', 'TYPE', 'STATE', 'WHAT IS MISSING'], rows), verdict),
    exit: found.holds ? EXIT.done : EXIT.failed,
  };
}

/** The signed receipt of a run that has ended. */
export async function receipt(client: Client, id: string, { number }: ReceiptOptions): Promise<Shown> {
  if (number !== undefined && !/^[1-9]\d{0,5}$/.test(number))
    throw usage('--number is a whole number from 1');
  const query = number === undefined ? '' : `?number=${number}`;
  const found = await client.get<Receipt>(`${pathOf(id)}/receipt${query}`);
  const { payload } = found;
  const said = fields([
    ['run', payload.run_id],
    ['receipt', found.number],
    ['workflow', `${payload.provider}/${payload.workflow}`],
    ['team', payload.team],
    ['status', payload.undone_at === null ? payload.status : `${payload.status}, taken back`],
    ['requested by', payload.requested_by.name],
    ['ended', payload.ended_at],
    ['key', found.key_id],
  ]);
  return { value: found, text: blocks(said, `Signed:\n${found.receipt}`) };
}

function pathOf(id: string): string {
  return `/api/workflows/${encodeURIComponent(id)}`;
}
