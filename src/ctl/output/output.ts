import type { ExitCode } from '../exit-codes.js';

export const FORMATS = ['text', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** What a command has to show. */
export interface Shown {
  /** For programs: what the service answered. */
  value: unknown;
  /** For people. */
  text: string;
  /** How the command ends; done by default. */
  exit?: ExitCode;
}

/** Writes a result to standard output. */
export async function show({ value, text }: Shown, format: Format): Promise<void> {
  const shown = format === 'text' ? text : await serialized(value, format);
  if (shown !== '') await write(process.stdout, `${shown}\n`);
}

/** Writes what went wrong to standard error: a sentence, or the problem for programs. */
export async function showFailure(text: string, value: unknown, format: Format): Promise<void> {
  const shown = format === 'text' ? `minio-managerctl: ${text}` : await serialized(value, format);
  await write(process.stderr, `${shown}\n`);
}

async function serialized(value: unknown, format: Exclude<Format, 'text'>): Promise<string> {
  if (format === 'json') return JSON.stringify(value, null, 2);
  const { stringify } = await import('yaml');
  return stringify(value).trimEnd();
}

/** A line of something that goes on. */
export function writeLine(text: string): Promise<void> {
  return write(process.stdout, `${text}\n`);
}

/** The same beside a result for programs. */
export function writeAside(text: string): Promise<void> {
  return write(process.stderr, `${text}\n`);
}

/** Waits until it is written: a pipe takes only so much at once, and the process ends afterwards. */
function write(to: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
