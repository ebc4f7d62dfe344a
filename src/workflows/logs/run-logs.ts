import { Injectable } from '@nestjs/common';
import { type LogRange, LogStore } from './log.store.js';
import { type LogLine, linesOf } from './sentences.js';

/** A part of the log of a run. */
export interface LogPart {
  lines: LogLine[];
  /** The id of the last event that was read: later ones come after it. */
  last: string;
  /** Nothing comes after it, unless somebody retries or undoes the run. */
  isAll: boolean;
}

/** Reads the logs of runs. */
@Injectable()
export class RunLogs {
  constructor(private readonly store: LogStore) {}

  /** What happened after an event, the earliest first. */
  async read(runId: string, range: LogRange): Promise<LogPart> {
    // before the events: what happens between the two is read the next time
    const isActive = await this.store.isActive(runId);
    const rows = await this.store.events(runId, range);
    return {
      lines: linesOf(rows),
      last: rows.at(-1)?.id ?? range.after,
      isAll: !isActive && rows.length < range.limit,
    };
  }
}
