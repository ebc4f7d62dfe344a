import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { ROOT } from '../../../scripts/node.mjs';
import { tempDir } from '../service/temp.js';
import { compiledOnce, pythonWith } from '../python/venv.js';
import { PYTHON } from './versions.js';

/** Where the Python client is. */
export const CLIENT = join(ROOT, 'clients', 'python');
/** A limit for {@link pytest}: the machine may be busy. */
export const PYTEST_MS = 600_000;

/** What pytest found in one of its tests. */
export interface PytestCase {
  /** The file below `tests`. */
  file: string;
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** As pytest tells it. */
  text: string;
}

export interface ProgramRun {
  code: number;
  /** What it printed, errors too. */
  output: string;
}

/** Python with all of {@link PYTHON}; the programs that belong to it are beside it. */
export function pythonOfTests(): Promise<string> {
  const digest = createHash('sha256').update(PYTHON.join()).digest('hex').slice(0, 12);
  return pythonWith(`python-client-${digest}`, PYTHON);
}

/** Runs a Python program in the client's folder, with nothing of this process's environment. */
export async function python(argv: string[], env: Record<string, string> = {}): Promise<ProgramRun> {
  const program = await pythonOfTests();
  const surroundings = { PATH: '/usr/bin:/bin', HOME: tempDir('home'), ...compiledOnce(program), ...env };
  const options = { cwd: CLIENT, env: surroundings, timeout: PYTEST_MS, maxBuffer: 50_000_000 };
  return new Promise((resolve) => {
    execFile(program, argv, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** Runs pytest; `stack` is what the tests are told of the service. Throws when it did not come to its end. */
export async function pytest(files: string[], stack: object): Promise<PytestCase[]> {
  const report = join(tempDir('pytest'), 'report.xml');
  const argv = ['-m', 'pytest', '--quiet', '-o', 'junit_family=xunit1', `--junitxml=${report}`, ...files];
  const { code, output } = await python(argv, { TEST_STACK: JSON.stringify(stack) });
  // 0: all passed; 1: some did not
  if (code !== 0 && code !== 1) throw new Error(`pytest ended with ${code}:\n${output}`);
  return casesOf(readFileSync(report, 'utf8'));
}

/** The cases of a report in JUnit's form. */
function casesOf(xml: string): PytestCase[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseAttributeValue: false,
    isArray: (name) => name === 'testcase' || name === 'testsuite',
  });
  const suites: any[] = parser.parse(xml).testsuites.testsuite;
  return suites.flatMap((suite) => (suite.testcase ?? []) as any[]).map(caseOf);
}

function caseOf(found: any): PytestCase {
  const bad = found.failure ?? found.error;
  const outcome = bad !== undefined ? 'failed' : found.skipped !== undefined ? 'skipped' : 'passed';
  const text = bad === undefined ? '' : String(bad['#text'] ?? bad.message ?? bad);
  return { file: String(found.file).replace(/^tests\//, ''), name: String(found.name), outcome, text };
}
