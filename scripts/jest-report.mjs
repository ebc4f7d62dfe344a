// Reads Jest's --json reports: what passed, how long each suite took, which suites were run again. No dependencies.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './node.mjs';

const MESSAGE_LINES = 25;
// eslint-disable-next-line no-control-regex -- the escape character that begins a color
const COLORS = /\u001b\[\d+m/g;

/** @typedef {{ code: number, report: any }} Run how Jest ended, and its report: undefined if Jest ended before it could write one */

/** @param {string} file */
export function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {any} report @returns {string[]} paths of the suites in which anything failed */
export function failedSuites(report) {
  return (report?.testResults ?? []).filter(({ status }) => status === 'failed').map(({ name }) => name);
}

/**
 * A later run of a suite replaces an earlier one.
 * @param {Run[]} runs
 */
export function countsOf(runs) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { assertionResults: tests, status } of suitesOf(runs).values()) {
    const failed = tests.filter((test) => test.status === 'failed').length;
    counts.passed += tests.filter((test) => test.status === 'passed').length;
    // a suite that could not be loaded, or whose hooks failed, has no failed test
    counts.failed += status === 'failed' ? Math.max(failed, 1) : 0;
    counts.skipped += tests.filter((test) => ['pending', 'todo', 'skipped'].includes(test.status)).length;
  }
  // Jest that ended without a report, with none that passed, or with a failure that no suite shows, is a failure without a name
  for (const { code, report } of runs)
    if (!report?.numPassedTests || (code !== 0 && failedSuites(report).length === 0)) counts.failed += 1;
  return counts;
}

/** Prints the seconds of each suite, slowest first. @param {Run[]} runs */
export function showTimes(runs) {
  console.log('\nseconds  tests  suite');
  const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1000;
  for (const suite of allSuites(runs).sort((a, b) => seconds(b) - seconds(a))) {
    const tests = String(suite.assertionResults.length).padStart(5);
    console.log(`${seconds(suite).toFixed(1).padStart(7)}  ${tests}  ${pathOf(suite)}`);
  }
}

/** Prints what failed, and how the suite ended when it was run again: last, where somebody looks who has the end of a log only. @param {Run[]} runs */
export function showFailures(runs) {
  const last = suitesOf(runs);
  for (const suite of allSuites(runs).filter(({ status }) => status === 'failed')) {
    const ended = last.get(suite.name);
    const again = ended === suite ? '' : `; run again: ${ended.status}`;
    console.log(`\nfailed: ${pathOf(suite)}${again}`);
    const tests = suite.assertionResults.filter(({ status }) => status === 'failed');
    const messages = tests.map(
      ({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`,
    );
    for (const message of messages.length > 0 ? messages : [suite.message]) console.log(short(message));
  }
}

/** Without colors and without Jest's own lines of the stack. */
function short(message) {
  const lines = message.replace(COLORS, '').split('\n');
  return lines
    .filter((line) => !line.includes('/node_modules/') && !line.includes('node:internal'))
    .slice(0, MESSAGE_LINES)
    .join('\n');
}

/** @param {Run[]} runs @returns {any[]} */
function allSuites(runs) {
  return runs.flatMap(({ report }) => report?.testResults ?? []);
}

/** Each suite as it was run last. @param {Run[]} runs @returns {Map<string, any>} */
function suitesOf(runs) {
  return new Map(allSuites(runs).map((suite) => [suite.name, suite]));
}

const pathOf = ({ name }) => relative(ROOT, name);
