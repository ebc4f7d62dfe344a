import { Buffer } from 'node:buffer';
import type { RunLogLineDto } from '../http/log.dto.js';
import type { LogLine } from './sentences.js';

/** A line as the API shows it. */
export function shownLine({ at, step, text }: LogLine): RunLogLineDto {
  return { at: at.toISOString(), step, text };
}

/** Where to go on after an event. */
export function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** A line as an event of a stream: its id is the cursor after it. */
export function eventOf(line: LogLine): string {
  return `id: ${cursorOf(line.id)}\ndata: ${JSON.stringify(shownLine(line))}\n\n`;
}
