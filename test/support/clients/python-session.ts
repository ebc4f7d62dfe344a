import type { ChildProcess } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { exited, spawnTied } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { tempDir } from '../service/temp.js';
import { compiledOnce } from '../python/venv.js';

const PROGRAM = join(ROOT, 'test', 'support', 'clients', 'python_session.py');
/** Our package, and what its own tests have to run the blocks of a page with. */
const OURS = ['src', 'tests'].map((folder) => join(ROOT, 'clients', 'python', folder)).join(delimiter);

/** The code raised; the message is Python's own. */
export class PythonError extends Error {}

/** A Python that keeps its variables from one piece of code to the next, as a notebook does. Stop it in the end. */
export class PythonSession {
  readonly home: string;
  private readonly child: ChildProcess;
  private readonly waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  private printed = '';

  /** `env` is all it gets besides PATH and HOME: nothing of whoever runs the tests is used. */
  constructor(python: string, env: Record<string, string>) {
    this.home = tempDir('python');
    const nothing = { PATH: process.env.PATH, HOME: this.home, AWS_EC2_METADATA_DISABLED: 'true' };
    const ours = { PYTHONPATH: OURS, ...compiledOnce(python) };
    this.child = spawnTied(python, [PROGRAM], {
      env: { ...nothing, ...ours, ...env },
      cwd: this.home,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    if (this.child.stdout)
      createInterface({ input: this.child.stdout }).on('line', (line) => this.answered(line));
    this.child.once('close', (code) => {
      for (const { reject } of this.waiting.splice(0))
        reject(new Error(`Python ended with ${code}:\n${this.output}`));
    });
  }

  /** What was printed, by the code and by what it started. */
  get output(): string {
    return this.printed;
  }

  /** Runs the code; gives what it left in `result`, as JSON. */
  run(code: string): Promise<any> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin?.write(`${JSON.stringify(code)}\n`);
    });
  }

  /** Runs the code; gives 'ok', or the message of what it raised. */
  async outcome(code: string): Promise<string> {
    try {
      await this.run(code);
      return 'ok';
    } catch (error) {
      if (error instanceof PythonError) return error.message;
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.child.stdin?.end();
    await exited(this.child);
  }

  private answered(line: string): void {
    const { result, error } = JSON.parse(line) as { result?: unknown; error?: string };
    const next = this.waiting.shift();
    if (error === undefined) next?.resolve(result);
    else next?.reject(new PythonError(error));
  }
}
