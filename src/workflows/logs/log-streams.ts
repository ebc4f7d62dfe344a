import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { RunLogs } from './run-logs.js';
import { eventOf } from './shown.js';

/** How many streams may be open at once, for one caller and in all, in one process. */
const MOST = { forCaller: 5, inAll: 200 };
/** How often a stream looks for new lines. */
const LOOK_MS = 1000;
/** How often it says something where nothing happens: proxies end silent connections. */
const HEARTBEAT_MS = 15_000;
/** A stream ends after this and is to be asked for again, so that a token that has ended, or a membership, ends it too. */
const LONGEST_MS = 15 * 60_000;
const LINES_AT_ONCE = 500;

/** Logs of runs as event streams, which end with the run. */
@Injectable()
export class LogStreams implements OnModuleDestroy {
  private readonly logger = new Logger(LogStreams.name);
  private readonly stopping = new AbortController();
  private readonly open = new Map<string, number>();

  constructor(private readonly logs: RunLogs) {}

  /**
   * The lines after an event, then those that come, each with its cursor as the id; `end` once the run has ended. Throws `rate_limited` when the
   * caller has too many of them open, and `busy` when there are too many in all.
   */
  stream(
    runId: string,
    { after, step }: { after: string; step?: string | undefined },
    caller: string,
  ): Readable {
    this.enter(caller);
    const closed = new AbortController();
    const signal = AbortSignal.any([closed.signal, this.stopping.signal]);
    const stream = Readable.from(this.events(runId, after, step, signal));
    stream.once('close', () => {
      closed.abort();
      this.leave(caller);
    });
    return stream;
  }

  /** Ends all streams. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  private async *events(
    runId: string,
    from: string,
    step: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const end = Date.now() + LONGEST_MS;
    let after = from;
    let spoken = Date.now();
    yield 'retry: 2000\n\n';
    try {
      while (!signal.aborted && Date.now() < end) {
        const { lines, last, isAll } = await this.logs.read(runId, { after, step, limit: LINES_AT_ONCE });
        if (last !== after) spoken = Date.now();
        after = last;
        for (const line of lines) yield eventOf(line);
        if (isAll) {
          yield 'event: end\ndata: {}\n\n';
          return;
        }
        if (Date.now() - spoken >= HEARTBEAT_MS) {
          spoken = Date.now();
          yield ': nothing new\n\n';
        }
        if (lines.length < LINES_AT_ONCE) await wait(LOOK_MS, undefined, { signal });
      }
    } catch (error) {
      // it ends without `end`, so that the client asks again
      if (!signal.aborted) this.logger.warn({ err: error }, 'a log stream ended');
    }
  }

  private enter(caller: string): void {
    const count = this.open.get(caller) ?? 0;
    if (count >= MOST.forCaller)
      throw new Problem('rate_limited', `At most ${MOST.forCaller} logs may be followed at once`, {
        rateLimit: { limit: MOST.forCaller, resetSeconds: 5 },
      });
    const all = [...this.open.values()].reduce((sum, each) => sum + each, 0);
    if (all >= MOST.inAll)
      throw new Problem('busy', 'Too many logs are being followed', { retryAfterSeconds: 5 });
    this.open.set(caller, count + 1);
  }

  private leave(caller: string): void {
    const left = (this.open.get(caller) ?? 1) - 1;
    if (left > 0) this.open.set(caller, left);
    else this.open.delete(caller);
  }
}
