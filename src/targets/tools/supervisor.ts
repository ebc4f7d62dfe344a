import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { killMarked } from './leftovers.js';

/**
 * A program of its own: runs another one, and ends it with all that it started when nobody wants it any more. The worker that asked for it
 * sends a byte each second. Without one the worker is dead, or stands still and may have lost its lease: then another one may begin.
 * Worker, lease and these times: the end comes before {@link LEASE_MS} of `provisioning/queue/runner.ts`.
 */
const SILENCE_MS = 5000;
const GRACE_MS = 5000;

const [mark = '', left = '', program = '', ...args] = process.argv.slice(2);
let isEnding = false;
let isAlone = false;

/** OpenTofu ends what it is at and writes its state when it is interrupted. */
function end(): void {
  if (isEnding) return;
  isEnding = true;
  process.kill(-process.pid, 'SIGINT');
  setTimeout(finish, GRACE_MS);
}

function alone(): void {
  isAlone = true;
  end();
}

/** Without a worker nobody else removes what is secret in the folder. */
function finish(): void {
  killMarked(mark);
  if (isAlone && left === 'remove') rmSync(process.cwd(), { recursive: true, force: true });
  process.kill(-process.pid, 'SIGKILL');
}

// before the program begins: a signal may come as soon as it does
process.on('SIGINT', () => undefined);
process.on('SIGTERM', end);
// it leads a group of processes: the worker can end the group even if this process is gone
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
const silence = setTimeout(alone, SILENCE_MS);
process.stdin.on('data', () => silence.refresh());
process.stdin.on('end', alone);
process.stdin.on('error', alone);
child.once('error', () => process.exit(127));
child.once('exit', (code) => {
  // what it started may not have heard the interrupt; a worker ends that itself
  if (isAlone) finish();
  process.exit(code ?? 128);
});
