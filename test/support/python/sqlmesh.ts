import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedVenv } from './venv.js';

const run = promisify(execFile);

/** What one command of a project did. */
export interface ProjectRun {
  code: number;
  /** What it printed, errors too. */
  output: string;
}

/** Runs `bash run.sh …` of a project with SQLMesh installed and nothing else in its environment. */
export type RunProject = (project: string, ...command: string[]) => Promise<ProjectRun>;

/** Installs what a project's requirements.txt names by the project's own `run.sh setup`, once for each text of that file. */
export async function sqlmeshOf(project: string): Promise<RunProject> {
  const requirements = readFileSync(join(project, 'requirements.txt'));
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const venv = await cachedVenv(`sqlmesh-${digest}`, async (path) => {
    const { code, output } = await runSh(path, project, 'setup');
    if (code !== 0) throw new Error(`run.sh setup: ${output}`);
  });
  return (folder, ...command) => runSh(venv, folder, ...command);
}

async function runSh(venv: string, project: string, ...command: string[]): Promise<ProjectRun> {
  // DuckDB keeps its extensions in HOME
  const home = join(venv, 'home');
  mkdirSync(home, { recursive: true });
  // pip is told by the environment where packages come from; nothing else needs more than this
  const quick = { PIP_NO_COMPILE: '1', PIP_ONLY_BINARY: ':all:' };
  const inherited = command[0] === 'setup' ? { ...process.env, ...quick } : {};
  const env = { ...inherited, PATH: process.env.PATH, HOME: home, VENV: venv, NO_COLOR: '1' };
  const options = { cwd: '/', env, timeout: 600_000, maxBuffer: 10_000_000 };
  try {
    const { stdout, stderr } = await run('bash', [join(project, 'run.sh'), ...command], options);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, output: stdout + stderr };
  }
}
