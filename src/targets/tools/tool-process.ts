import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ROOT } from '../../config/root.js';
import { killMarked, MARK } from './leftovers.js';

const SUPERVISOR = join(ROOT, 'dist', 'targets', 'tools', 'supervisor.js');
const BEAT_MS = 1000;
/** How long a program that is asked to end has for it, and the process that watches it a little longer. */
const GRACE_MS = 7000;
const MAX_OUTPUT = 32 * 2 ** 20;
const MAX_ERRORS = 65_536;

/** How a program ended, and what it wrote. */
export interface Ended {
  code: number;
  output: string;
  errors: string;
}

/** What is run, and how. */
export interface ToolRun {
  program: string;
  /** No secret: every process of the machine can read them. */
  args: readonly string[];
  folder: string;
  /** All that the program sees of an environment: nothing of that of this process, which holds secrets. */
  env: Readonly<Record<string, string>>;
  /** Aborted: the program is ended, with all that it started. */
  signal?: AbortSignal | undefined;
  /** True: its folder has secrets in clear, and is removed with a worker that is killed. */
  secret?: boolean;
}

/**
 * Runs a program to its end. It is ended with this process, also if that is killed or stands still: see `supervisor.ts`. Nothing that it
 * started outlives it.
 */
export function runTool({ program, args, folder, env, signal, secret }: ToolRun): Promise<Ended> {
  const mark = randomUUID();
  const child = spawn(process.execPath, [SUPERVISOR, mark, secret ? 'remove' : 'keep', program, ...args], {
    ...{ cwd: folder, env: { ...env, [MARK]: mark }, detached: true },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    const beat = setInterval(() => child.stdin.write('.'), BEAT_MS);
    // a program that is gone hears nothing
    child.stdin.on('error', () => undefined);
    const stop = (): void => endGroup(child);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const output = collected(child.stdout, MAX_OUTPUT);
    const errors = collected(child.stderr, MAX_ERRORS);
    child.once('error', reject);
    // what it started and left behind
    child.once('exit', () => {
      kill(child, 'SIGKILL');
      killMarked(mark);
    });
    child.once('close', (code) => {
      clearInterval(beat);
      signal?.removeEventListener('abort', stop);
      resolve({ code: code ?? 128, output: output(), errors: errors() });
    });
  });
}

/** The process that watches the program interrupts it, and kills it when its time is over. */
function endGroup(child: ChildProcess): void {
  child.kill('SIGTERM');
  const timer = setTimeout(() => kill(child, 'SIGKILL'), GRACE_MS);
  child.once('close', () => clearTimeout(timer));
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // the group is gone
  }
}

/** What a stream gave so far, but for what is too much. */
function collected(stream: NodeJS.ReadableStream, most: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
