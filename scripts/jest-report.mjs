// Reads Jest's --json reports. No dependencies.
//   jest-report.mjs counts EXIT_CODE REPORT...  prints `passed failed skipped` of a run
//   jest-report.mjs times REPORT...             prints how long each suite took, slowest first, and which tests were run again
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './node.mjs';

const [command, ...args] = process.argv.slice(2);
if (command === 'counts') console.log(counts(...args).join(' '));
else if (command === 'times') times(args);
else throw new Error('usage: jest-report.mjs counts EXIT_CODE REPORT... | times REPORT...');

function counts(exitCode, ...files) {
  const [passed, failed, skipped] = files.map(countsOf).reduce((sum, one) => sum.map((n, i) => n + one[i]));
  // A suite whose hooks fail after its tests, or a worker that died, shows in the exit code only.
  const hidden = failed === 0 && exitCode !== '0' ? 1 : 0;
  return [passed, failed + hidden, skipped];
}

function countsOf(file) {
  const report = read(file);
  if (!report) return [0, 1, 0]; // Jest ended before it could report: one failure that has no name
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = report;
  const nothing = numPassedTests === 0 ? 1 : 0;
  return [
    numPassedTests,
    numFailedTests + numRuntimeErrorTestSuites + nothing,
    numPendingTests + numTodoTests,
  ];
}

function times(files) {
  const suites = files.flatMap((file) => read(file)?.testResults ?? []);
  const rows = suites.map(({ name, startTime, endTime, assertionResults }) => ({
    name: relative(ROOT, name),
    seconds: (endTime - startTime) / 1000,
    tests: assertionResults.length,
    repeated: assertionResults.filter(({ invocations }) => invocations > 1),
  }));
  console.log('seconds  tests  suite');
  for (const { name, seconds, tests } of rows.sort((a, b) => b.seconds - a.seconds))
    console.log(`${seconds.toFixed(1).padStart(7)}  ${String(tests).padStart(5)}  ${name}`);
  for (const { name, repeated } of rows)
    for (const { fullName, invocations, status } of repeated)
      console.log(`run ${invocations} times, in the end ${status}: ${name}: ${fullName}`);
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
