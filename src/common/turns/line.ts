import { AsyncLocalStorage } from 'node:async_hooks';

/** The caller whose work the running code does. Turns at every shared resource go round the lines. */
interface Line {
  name: string;
}

/** Work that no request started: the workers. */
export const SYSTEM_LINE = 'system';
/** Requests whose caller is not known (yet). */
const OPEN_LINE = 'open';

const storage = new AsyncLocalStorage<Line>();

/** The line of the code that runs now. */
export function currentLine(): string {
  return storage.getStore()?.name ?? SYSTEM_LINE;
}

/** Runs the work, and everything that it starts, in the line. */
export function inLine<T>(name: string, work: () => T): T {
  return storage.run({ name }, work);
}

/** Runs a request in the open line, until its caller is known. */
export function inOpenLine<T>(work: () => T): T {
  return inLine(OPEN_LINE, work);
}

/** Assigns the running request to this caller. */
export function joinLine(name: string): void {
  const line = storage.getStore();
  if (line) line.name = name;
}
