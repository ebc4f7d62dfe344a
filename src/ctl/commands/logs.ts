import { setTimeout as wait } from 'node:timers/promises';
import { CtlError, EXIT } from '../exit-codes.js';
import type { Client } from '../http/client.js';
import type { Shown } from '../output/output.js';
import { plain } from '../output/text.js';

interface Line {
  at: string;
  step: string | null;
  text: string;
}

export interface LogsOptions {
  step?: string;
  follow?: boolean;
  output: string;
}

/** How often a stream that breaks is asked for again before that is a failure. */
const MOST_BREAKS = 10;

/** What has happened in a run until now. */
export async function showLogs(client: Client, id: string, { step }: LogsOptions): Promise<Shown> {
  const lines: Line[] = [];
  for (let cursor: string | undefined; ;) {
    const query = new URLSearchParams({ limit: '500', ...(step === undefined ? {} : { step }) });
    if (cursor !== undefined) query.set('cursor', cursor);
    const part = await client.get<{ lines: Line[]; next: string | null }>(
      `${pathOf(id)}?${query.toString()}`,
    );
    lines.push(...part.lines);
    if (part.next === null || part.next === cursor || part.lines.length < 500) break;
    cursor = part.next;
  }
  return { value: lines, text: lines.map(lineText).join('\n') };
}

/** Follows a run: lines for people, or one JSON object a line. */
export async function followLogs(
  client: Client,
  id: string,
  { step, output }: LogsOptions,
  write: (line: string) => Promise<void>,
): Promise<undefined> {
  await follow(client, id, step, write, output === 'text' ? lineText : (line) => JSON.stringify(line));
}

/** Writes what happens in a run until it has ended. A stream that breaks is asked for again, after the last line. */
export async function follow(
  client: Client,
  id: string,
  step: string | undefined,
  write: (line: string) => Promise<void>,
  format: (line: Line) => string = lineText,
): Promise<void> {
  const query = step === undefined ? '' : `?${new URLSearchParams({ step }).toString()}`;
  let last: string | undefined;
  for (let breaks = 0; breaks < MOST_BREAKS; breaks += 1) {
    try {
      for await (const event of client.stream(`${pathOf(id)}${query}`, last)) {
        if (event.event === 'end') return;
        last = event.id ?? last;
        breaks = 0;
        await write(format(JSON.parse(event.data) as Line));
      }
    } catch (error) {
      // what the service itself says does not change by asking again, and the first address must be right
      if (last === undefined || !(error instanceof CtlError || isBroken(error))) throw error;
    }
    await wait(1000);
  }
  throw new CtlError(`The log of run ${id} broke off: ask again`, EXIT.failed);
}

function pathOf(id: string): string {
  return `/api/workflows/${encodeURIComponent(id)}/logs`;
}

function lineText({ at, text }: Line): string {
  return plain(`${at.slice(0, 19)}Z  ${text}`);
}

/** The connection ended in the middle of the stream. */
function isBroken(error: unknown): boolean {
  return error instanceof TypeError;
}
