import { type ChildProcess, execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, isPortFree, isRunning, spawnTied, waitFor } from '../../../scripts/child.mjs';
import { findMinio } from '../../../scripts/minio-binary.mjs';
import { ROOT, findNode } from '../../../scripts/node.mjs';
import * as gitea from '../../../scripts/servers/gitea.mjs';
import * as kubernetes from '../../../scripts/servers/kubernetes.mjs';
import { lockDirectory } from '../../../src/database/embedded/directory-lock.js';
import { pgliteDir } from '../database/database.js';
import { runDir } from '../service/temp.js';

const START = join(ROOT, 'scripts', 'start.mjs');
export const READY_MS = 60_000;
/** A clone that installs and builds before it starts, on a busy machine. */
export const FIRST_START_MS = 600_000;

/** The parts that the demo has only where they were built before. */
export const OPTIONAL_PARTS = [
  { name: 'Gitea', isHere: gitea.isBuilt() && gitea.missingForGitea() === undefined },
  { name: 'Kubernetes', isHere: kubernetes.isBuilt() && kubernetes.missingForKubernetes() === undefined },
];

/** One run of the start script, with what it printed. */
export class Run {
  output = '';
  readonly exit: Promise<number | NodeJS.Signals | null>;

  constructor(readonly child: ChildProcess) {
    const keep = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.exit = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until the text is printed; fails at once when the run ends before that. */
  async prints(text: string, timeoutMs = READY_MS): Promise<void> {
    const probe = () => {
      if (this.output.includes(text)) return true;
      if (!isRunning(this.child)) throw new Error(`ended before it printed "${text}":\n${this.output}`);
      return false;
    };
    await waitFor(`"${text}"`, probe, { timeoutMs }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
  }

  async ready(timeoutMs?: number): Promise<this> {
    await this.prints('Ctrl-C stops everything.', timeoutMs);
    return this;
  }

  /** The only group in the pattern, as printed. */
  printed(pattern: RegExp): string {
    const found = pattern.exec(this.output)?.[1];
    if (found === undefined) throw new Error(`${pattern} is not in:\n${this.output}`);
    return found;
  }

  /** The first printed command that ends like this. */
  command(end: string): string {
    const lines = this.output.split('\n').map((line) => line.trim());
    const found = lines.find((line) => line.startsWith('curl ') && line.replaceAll('"', '').endsWith(end));
    if (found === undefined) throw new Error(`no command ends with ${end} in:\n${this.output}`);
    return found;
  }
}

/** A folder for demos, with ports of its own, and everything that runs there. */
export class DemoBench {
  private readonly runs: Run[] = [];

  private constructor(
    readonly dataDir: string,
    readonly env: Record<string, string>,
    private readonly project: string,
  ) {}

  static async make(): Promise<DemoBench> {
    const dataDir = pgliteDir();
    return new DemoBench(dataDir, { ...(await DemoBench.surroundings()), DATA_DIR: dataDir }, ROOT);
  }

  /** In a clone of the project, with its data where it is without a setting. */
  static async inClone(project: string): Promise<DemoBench> {
    return new DemoBench(join(project, 'data'), await DemoBench.surroundings(), project);
  }

  private static async surroundings(): Promise<Record<string, string>> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      MINIO_BINARY: await findMinio(),
      PORT: String(await freePort()),
      DEMO_MINIO_PORT: String(await freePort()),
      DEMO_CONSOLE_PORT: String(await freePort()),
      DEMO_OPENBAO_PORT: String(await freePort()),
      DEMO_POSTGRES_PORT: String(await freePort()),
      DEMO_GITEA_PORT: String(await freePort()),
      DEMO_KUBERNETES_PORT: String(await freePort()),
      TMPDIR: runDir(),
    };
  }

  get url(): string {
    return `http://127.0.0.1:${this.env.PORT}`;
  }

  run(command: string, args: string[], extra: Record<string, string> = {}): Run {
    const options = { cwd: this.project, env: { ...this.env, ...extra }, detached: true };
    const started = new Run(spawnTied(command, args, options));
    this.runs.push(started);
    return started;
  }

  start(extra?: Record<string, string>): Run {
    return this.run(findNode(), [START], extra);
  }

  /** As people do it: with its prestart, which installs and builds. */
  npmStartOfPeople(extra?: Record<string, string>): Run {
    return this.run('npm', ['start'], extra);
  }

  /** Without its prestart, which would build: the tests run on what is built. */
  npmStart(extra?: Record<string, string>): Run {
    return this.run('npm', ['start', '--ignore-scripts'], extra);
  }

  /** A test that failed half-way must not leave a server behind for the next. */
  async clean(): Promise<void> {
    for (const { child } of this.runs.splice(0)) if (isRunning(child)) child.kill('SIGKILL');
    await this.nothingLeft();
  }

  /** Every process that has our data folder, or the clone, in its arguments or its environment. */
  processes(): { pid: number; command: string }[] {
    const ours = this.project === ROOT ? this.dataDir : this.project;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({
        pid: Number(name),
        command: read(`/proc/${name}/cmdline`),
        own: read(`/proc/${name}/environ`),
      }))
      .filter(({ command, own }) => command.includes(ours) || own.includes(ours))
      .map(({ pid, command }) => ({ pid, command: command.replaceAll('\0', ' ') }));
  }

  /** Waits for the end of what `demo-status` named. One that nobody has asked about after its end has no arguments any more. */
  async ended(parts: { pid?: number }[]): Promise<void> {
    const pids = parts.flatMap(({ pid }) => pid ?? []);
    const isNobody = () => pids.every((pid) => read(`/proc/${pid}/cmdline`) === '');
    await waitFor('the end of the parts', isNobody, { timeoutMs: 30_000 });
  }

  pidOf(part: string): number {
    const found = this.processes().find(({ command }) => command.includes(part));
    if (!found) throw new Error(`no process of ours has ${part} in its command`);
    return found.pid;
  }

  /** Also the ports and the data folder are free: a process that ends loses its arguments and its environment before those. */
  async nothingLeft(): Promise<void> {
    const isNothing = async () => this.processes().length === 0 && (await this.isFree());
    await waitFor('the end of all processes', isNothing, { timeoutMs: 30_000 }).catch(() => {
      throw new Error(`still there: ${JSON.stringify(this.processes())}`);
    });
  }

  private async isFree(): Promise<boolean> {
    const ports = Object.keys(this.env).filter((name) => name.endsWith('PORT'));
    if ((await Promise.all(ports.map((name) => isPortFree(Number(this.env[name]))))).includes(false))
      return false;
    for (const folder of [this.dataDir, join(this.dataDir, 'minio')].filter((each) => existsSync(each))) {
      const unlock = await lockDirectory(folder).catch(() => undefined);
      if (unlock === undefined) return false;
      await unlock();
    }
    return true;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Runs a printed line in a shell, as somebody would who copies it. Not synchronous: a stub may live in this process. */
export async function curl(line: string) {
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { timeout: 20_000 });
  return JSON.parse(stdout);
}
