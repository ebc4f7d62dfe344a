import { spawn } from 'node:child_process';

/**
 * A program of its own: runs another one, and ends it with all that it started when nobody wants it any more. The worker that asked for it
 * sends a byte each second. Without one the worker is dead, or stands still and may have lost its lease: then another one may begin.
 * Worker, lease and these times: the end comes before {@link LEASE_MS} of `provisioning/queue/runner.ts`.
 */
const SILENCE_MS = 5000;
const GRACE_MS = 5000;

const [program = '', ...args] = process.argv.slice(2);
// it leads a group of processes: the worker can end the group even if this process is gone
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
let isEnding = false;

/** OpenTofu ends what it is at and writes its state when it is interrupted. */
function end(): void {
  if (isEnding) return;
  isEnding = true;
  process.kill(-process.pid, 'SIGINT');
  setTimeout(() => process.kill(-process.pid, 'SIGKILL'), GRACE_MS);
}

process.on('SIGINT', () => undefined);
process.on('SIGTERM', end);
const silence = setTimeout(end, SILENCE_MS);
process.stdin.on('data', () => silence.refresh());
process.stdin.on('end', end);
process.stdin.on('error', end);
child.once('error', () => process.exit(127));
child.once('exit', (code) => {
  // what it started may not have heard the interrupt; without one, the worker ends what is left
  if (isEnding) process.kill(-process.pid, 'SIGKILL');
  process.exit(code ?? 128);
});
