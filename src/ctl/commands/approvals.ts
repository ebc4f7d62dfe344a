import { CtlError, EXIT } from '../exit-codes.js';
import type { Client } from '../http/client.js';
import type { Shown } from '../output/output.js';
import { blocks, cell, count, table } from '../output/text.js';
import { type PlannedStep, type Run, runText, stepsText } from './run-text.js';

/** What people are asked about a run. */
interface Approval {
  state: string;
  requirements: { rule: string; from: string | null; missing: number; message: string | null }[];
  plan: PlannedStep[];
  plan_digest: string;
  difference: { step: string } | null;
  expires_at: string;
}

type Asked = Run & { approvals?: Approval[] };

export interface ApproveOptions {
  plan?: string;
  comment?: string;
  bypass?: string;
}

/** The shortest beginning of a digest that names it: what people copy from a list. */
const SHORTEST = 8;

/** A run that waits for an approval of the caller. */
interface WaitingRun {
  run_id: string;
  provider: string;
  workflow: string;
  team: string;
  requested_by: string;
  approval: Approval;
}

export async function listApprovals(client: Client): Promise<Shown> {
  const items = await client.list<WaitingRun>('/api/approvals');
  const rows = items.map(({ run_id, provider, workflow, team, requested_by, approval }) => [
    ...[run_id, `${provider}/${workflow}`, team, requested_by, approval.plan_digest.slice(0, 12)],
  ]);
  const shown = table(['RUN', 'WORKFLOW', 'TEAM', 'REQUESTED BY', 'PLAN'], rows);
  return { value: items, text: items.length === 0 ? 'Nothing waits for your approval.' : shown };
}

/** Approves exactly the plan with the digest; without one, shows what is asked and approves nothing. */
export async function approve(
  client: Client,
  id: string,
  { plan, comment, bypass }: ApproveOptions,
): Promise<Shown> {
  const run = await client.get<Asked>(pathOf(id));
  const asked = run.approvals?.findLast(({ state }) => state === 'open');
  if (!asked)
    throw new CtlError(`Run ${cell(run.id)} waits for no approval: it is ${cell(run.status)}`, EXIT.refused);
  const digest = asked.plan_digest;
  if (plan === undefined)
    return { value: run, text: blocks(runText(run), askedText(run.id, asked)), exit: EXIT.waits };
  const after = await client.post<Run>(`${pathOf(id)}/approve`, {
    plan_digest: plan.length >= SHORTEST && digest.startsWith(plan) ? digest : plan,
    ...(comment === undefined ? {} : { comment }),
    ...(bypass === undefined ? {} : { bypass_reason: bypass }),
  });
  return {
    value: after,
    text: `You approved the plan of run ${cell(after.id)}, which is ${cell(after.status)}.`,
  };
}

export async function reject(client: Client, id: string, reason: string): Promise<Shown> {
  const run = await client.post<Run>(`${pathOf(id)}/reject`, { reason });
  return { value: run, text: `You rejected the plan of run ${cell(run.id)}, which is ${cell(run.status)}.` };
}

function pathOf(id: string): string {
  return `/api/workflows/${encodeURIComponent(id)}`;
}

function askedText(
  id: string,
  { plan, plan_digest, requirements, difference, expires_at }: Approval,
): string {
  const wanted = requirements.map(({ rule, from, missing, message }) => {
    const who = from === null ? 'the owners of the team' : `the group ${cell(from)}`;
    return `${count(missing, 'approval')} of ${who} for ${cell(rule)}${message === null ? '' : `: ${cell(message)}`}`;
  });
  return blocks(
    'The plan from here on:',
    stepsText(plan),
    difference === null
      ? undefined
      : `It is asked about again because step ${cell(difference.step)} is another one now.`,
    `Missing until ${expires_at}:\n${wanted.map((line) => `  ${line}`).join('\n')}`,
    `To approve exactly this plan: minio-managerctl approve ${cell(id)} --plan ${cell(plan_digest)}`,
  );
}
