// Jest's reporter for whole runs: a line with the clock for each suite that ends, and what is known of it in a file at once, so that a run
// that is cut off has a report, too. No dependencies.
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './node.mjs';

export default class Progress {
  #file = process.env.TEST_REPORT;
  #ended = 0;
  #all = 0;

  onRunStart({ numTotalTestSuites }) {
    this.#all = numTotalTestSuites;
    this.#note({ all: numTotalTestSuites });
  }

  onTestFileStart({ path }) {
    this.#note({ begun: path });
  }

  onTestFileResult({ path }, result) {
    this.#ended += 1;
    const { start, end } = result.perfStats;
    const status = result.testExecError || result.numFailingTests > 0 ? 'failed' : 'passed';
    const tests = result.testResults.map(({ fullName, status, failureMessages }) => ({
      fullName,
      status,
      failureMessages,
    }));
    const message = result.failureMessage ?? result.testExecError?.message ?? '';
    this.#note({
      suite: { name: path, status, startTime: start, endTime: end, assertionResults: tests, message },
    });
    const clock = new Date().toTimeString().slice(0, 8);
    const seconds = ((end - start) / 1000).toFixed(1);
    console.log(`${clock}  ${this.#ended}/${this.#all}  ${status}  ${seconds} s  ${relative(ROOT, path)}`);
  }

  onRunComplete() {
    this.#note({ complete: true });
  }

  #note(line) {
    if (this.#file) appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}
