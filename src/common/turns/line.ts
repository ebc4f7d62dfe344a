import { AsyncLocalStorage } from 'node:async_hooks';

/** Whose work the code that runs now does: in everything that is shared, turns go round the lines. */
interface Line {
  name: string;
}

/** Work that nobody's request began: the workers. */
export const SYSTEM_LINE = 'system';
/** Requests whose caller is not known (yet). */
const OPEN_LINE = 'open';

const storage = new AsyncLocalStorage<Line>();

/** The line of the code that runs now. */
export function currentLine(): string {
  return storage.getStore()?.name ?? SYSTEM_LINE;
}

/** Runs the work, and all that it begins, in the line. */
export function inLine<T>(name: string, work: () => T): T {
  return storage.run({ name }, work);
}

/** Runs a request: nobody's, until its caller is known. */
export function inOpenLine<T>(work: () => T): T {
  return inLine(OPEN_LINE, work);
}

/** The request that runs now is this caller's. */
export function joinLine(name: string): void {
  const line = storage.getStore();
  if (line) line.name = name;
}
