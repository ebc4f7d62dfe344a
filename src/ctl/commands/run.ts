import { randomUUID } from 'node:crypto';
import { EXIT, usage } from '../exit-codes.js';
import type { Client } from '../http/client.js';
import { Refusal } from '../http/problems.js';
import { readInputs, readText } from '../offline/files.js';
import type { Shown } from '../output/output.js';
import { follow } from './logs.js';
import { blocks } from '../output/text.js';
import { exitOf, leftText, nameOf, type Plan, planText, type Run, runText } from './run-text.js';
import { settled } from './runs.js';

export interface RunOptions {
  param?: string[];
  inputs?: string;
  team?: string;
  application?: string;
  dryRun?: boolean;
  wait?: boolean;
  follow?: boolean;
  key?: string;
  output: string;
}

/** Runs a golden path, or with `PROVIDER/WORKFLOW` any workflow. `write` takes the lines of a log that is followed. */
export async function run(
  client: Client,
  name: string,
  score: string | undefined,
  options: RunOptions,
  write: (line: string) => Promise<void>,
): Promise<Shown> {
  const { team, application, inputs, key = randomUUID() } = options;
  const body = {
    ...(team === undefined ? {} : { team }),
    ...(application === undefined ? {} : { application }),
    ...(inputs === undefined ? {} : { parameters: await readInputs(inputs) }),
    ...(score === undefined ? {} : { score: readText(score) }),
  };
  const query = queryOf(options.param ?? []);
  if (options.dryRun) {
    query.set('dry_run', 'true');
    const plan = await client.post<Plan>(`${addressOf(name)}?${query.toString()}`, body);
    return { value: plan, text: planText(plan) };
  }
  const path = query.size > 0 ? `${addressOf(name)}?${query.toString()}` : addressOf(name);
  const accepted = await client.post<Run>(path, body, { 'idempotency-key': key }).catch((error: unknown) => {
    throw error instanceof Refusal ? told(error) : error;
  });
  if (options.follow) {
    return ended(await followed(client, accepted.id, write));
  }
  return options.wait
    ? ended(await settled(client, accepted.id))
    : { value: accepted, text: acceptedText(accepted) };
}

/** The run at its end, or when it waits for people: its log would go on then. */
async function followed(client: Client, id: string, write: (line: string) => Promise<void>): Promise<Run> {
  const log = follow(client, id, undefined, write);
  const end = settled(client, id);
  await Promise.race([log, end.then((each) => (each.status === 'awaiting_approval' ? undefined : log))]);
  return end;
}

/** A run that was waited for. */
function ended(run: Run): Shown {
  return { value: run, text: runText(run), exit: exitOf(run) };
}

function acceptedText(run: Run): string {
  const waits = exitOf(run) === EXIT.waits ? `\nSee how far it is: minio-managerctl status ${run.id}` : '';
  return blocks(`Run ${run.id} of ${nameOf(run)} is ${run.status}.${waits}`, leftText(run.resources));
}

/** The run that is in the way has an address. */
function told(refusal: Refusal): Refusal {
  const { problem, location } = refusal;
  if (location === undefined || problem.code !== 'run_in_progress') return refusal;
  const id = location.split('/').at(-1) ?? '';
  return new Refusal(
    { ...problem, detail: `Run ${id} of this workflow is in progress for the team` },
    location,
  );
}

/** `onboard`, or `PROVIDER/WORKFLOW`, where the provider of a team is `TEAM/NAME`. */
function addressOf(name: string): string {
  const at = name.lastIndexOf('/');
  if (at < 0) return `/api/workflows/golden-paths/${encodeURIComponent(name)}/execute`;
  const [provider, workflow] = [name.slice(0, at), name.slice(at + 1)].map(encodeURIComponent);
  return `/api/workflows/${provider}/${workflow}/execute`;
}

/** `name=text` as the service reads it: the workflow says of which type the text is. */
export function queryOf(params: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const each of params) {
    const at = each.indexOf('=');
    if (at < 1) throw usage(`--param is NAME=VALUE, not ${JSON.stringify(each)}`);
    query.append(`param.${each.slice(0, at)}`, each.slice(at + 1));
  }
  return query;
}
