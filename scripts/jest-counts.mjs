// Prints `passed failed skipped` from Jest's --json report. Usage: node jest-counts.mjs REPORT EXIT_CODE. No dependencies.
import { readFileSync } from 'node:fs';

const [file, exitCode] = process.argv.slice(2);

console.log(count().join(' '));

function count() {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [0, 1, 0]; // Jest ended before it could report: one failure that has no name
  }
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = report;
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  // A suite whose hooks fail after its tests, or a worker that died, shows in the exit code only; so does a run of nothing.
  const hidden = failed === 0 && (exitCode !== '0' || numPassedTests === 0) ? 1 : 0;
  return [numPassedTests, failed + hidden, numPendingTests + numTodoTests];
}
