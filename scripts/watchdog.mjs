// Ends one process when whoever holds our standard input is gone. Usage: node watchdog.mjs PID SIGNAL
const [pid, signal] = process.argv.slice(2);

process.stdin.resume();
process.stdin.on('end', bite).on('error', bite);

function bite() {
  try {
    process.kill(Number(pid), /** @type {NodeJS.Signals} */ (signal));
  } catch {
    // already gone
  }
  process.exit(0);
}
