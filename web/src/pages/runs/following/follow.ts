import { type Refusal, refusalOf } from '../../../api/refusal.ts';
import type { Schema } from '../../../api/schema.ts';

type Run = Schema['RunDto'];
type Line = Schema['RunLogLineDto'];

/** How long to wait between two questions, in milliseconds: at first, and at most. */
export const [FIRST_MS, MOST_MS] = [800, 10_000] as const;

/** Soon again while something happens, ever later while nothing does. */
export function nextWait(before: number, hasNews: boolean): number {
  return hasNews ? FIRST_MS : Math.min(Math.round(before * 1.6), MOST_MS);
}

/** What is known of a run so far. */
export interface Seen {
  run?: Run;
  lines: readonly Line[];
  /** The last question had no answer; what was known before stays. */
  refusal?: Refusal;
  /** Nothing more happens by itself. */
  isAtRest: boolean;
}

/** Where the answers come from. */
export interface Source {
  run: () => Promise<Run>;
  log: (cursor: string | undefined) => Promise<Schema['RunLogDto']>;
  /** Resolves after a time, and when it is no longer of interest; not while nobody looks. */
  wait: (ms: number) => Promise<void>;
}

/** Tells what happens in a run until it is at rest, the service refuses, or `isOver`. */
export async function follow(
  source: Source,
  tell: (seen: Seen) => void,
  isOver: () => boolean,
): Promise<void> {
  let seen: Seen = { lines: [], isAtRest: false };
  let cursor: string | undefined;
  let [wait, state] = [FIRST_MS as number, ''];
  while (!isOver()) {
    try {
      // first, so that the run is read after it has ended if the log says so
      const { lines, next } = await source.log(cursor);
      const run = await source.run();
      cursor = next ?? cursor;
      seen = { run, lines: [...seen.lines, ...lines], isAtRest: next === null };
      const now = stateOf(run);
      wait = nextWait(wait, lines.length > 0 || now !== state);
      state = now;
    } catch (error) {
      const { refusal: _, ...before } = seen;
      seen = { ...before, refusal: refusalOf(error) };
      wait = nextWait(wait, false);
    }
    if (isOver()) return;
    tell(seen);
    if (seen.isAtRest || isForGood(seen.refusal)) return;
    await source.wait(wait);
  }
}

/** What changes when something happens. */
function stateOf({ status, steps, approvals }: Run): string {
  const decisions = approvals.map((each) => [each.state, each.decisions.length]);
  return JSON.stringify([status, steps.map((step) => [step.status, step.attempts]), decisions]);
}

/** Whether asking once more is no use: the run is none of the person's. */
function isForGood(refusal: Refusal | undefined): boolean {
  return refusal !== undefined && refusal.status >= 400 && refusal.status < 500 && refusal.status !== 429;
}
