// Reads what jest-progress.mjs wrote: what passed, how long each suite took, which suites were run again. No dependencies.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './node.mjs';

const MESSAGE_LINES = 25;
// eslint-disable-next-line no-control-regex -- the escape character that begins a color
const COLORS = /\u001b\[\d+m/g;

/**
 * @typedef {{ name: string, status: 'passed' | 'failed', startTime: number, endTime: number, message: string,
 *   assertionResults: { fullName: string, status: string, failureMessages: string[] }[] }} Suite
 * @typedef {{ code: number, suites: Suite[], all: number, begun: string[], complete: boolean }} Run how Jest ended, the suites that ended,
 *   how many there are, which had begun, and whether Jest came to its end
 */

/** @param {string} file @param {number} code @returns {Run} */
export function read(file, code) {
  const run = { code, suites: [], all: 0, begun: [], complete: false };
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  for (const line of lines) {
    const { all, begun, suite, complete } = JSON.parse(line);
    run.all = all ?? run.all;
    if (begun) run.begun.push(begun);
    if (suite) run.suites.push(suite);
    run.complete ||= complete === true;
  }
  return run;
}

/** @param {Run} run @returns {string[]} paths of the suites in which anything failed */
export function failedSuites({ suites }) {
  return suites.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

/**
 * A later run of a suite replaces an earlier one; a suite that was cut off is a failure, as is one that never began.
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
  const [first] = runs;
  counts.failed += Math.max(0, (first?.all ?? 0) - (first?.suites.length ?? 0));
  // Jest that ended before its end, with none that passed, or with a failure that no suite shows, is a failure without a name
  for (const run of runs) if (isOdd(run)) counts.failed += 1;
  return counts;
}

function isOdd({ code, suites, complete }) {
  const passed = suites.some(({ assertionResults }) =>
    assertionResults.some(({ status }) => status === 'passed'),
  );
  return !complete || !passed || (code !== 0 && suites.every(({ status }) => status === 'passed'));
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
    const again = ended === suite ? '' : `; run again: ${ended?.status}`;
    console.log(`\nfailed: ${pathOf(suite)}${again}`);
    const tests = suite.assertionResults.filter(({ status }) => status === 'failed');
    const messages = tests.map(
      ({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`,
    );
    for (const message of messages.length > 0 ? messages : [suite.message]) console.log(short(message));
  }
  runs.forEach(showCutOff);
}

/** A line for each suite with tests that were skipped. @param {Run[]} runs @returns {string[]} */
export function skippedOf(runs) {
  return [...suitesOf(runs).values()].flatMap((suite) => {
    const tests = suite.assertionResults.filter(({ status }) => status === 'pending');
    return tests.length > 0 ? [`${pathOf(suite)}: ${tests.length}`] : [];
  });
}

/** @param {Run} run */
function showCutOff({ code, suites, all, begun, complete }) {
  if (complete) return;
  const ended = new Set(suites.map(({ name }) => name));
  console.log(`\nfailed: Jest was cut off (${code}) after ${suites.length} of ${all} suites`);
  for (const name of begun.filter((each) => !ended.has(each))) console.log(`cut off: ${pathOf({ name })}`);
}

/** Without colors and without Jest's own lines of the stack. */
function short(message) {
  const lines = message.replace(COLORS, '').split('\n');
  return lines
    .filter((line) => !line.includes('/node_modules/') && !line.includes('node:internal'))
    .slice(0, MESSAGE_LINES)
    .join('\n');
}

/** @param {Run[]} runs @returns {Suite[]} */
function allSuites(runs) {
  return runs.flatMap(({ suites }) => suites);
}

/** Each suite as it was run last. @param {Run[]} runs @returns {Map<string, Suite>} */
function suitesOf(runs) {
  return new Map(allSuites(runs).map((suite) => [suite.name, suite]));
}

const pathOf = ({ name }) => relative(ROOT, name);
