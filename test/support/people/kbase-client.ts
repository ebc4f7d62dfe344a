import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { stopChild } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { tempDir } from '../service/temp.js';
import { compiledOnce, pythonWith } from '../python/venv.js';

/** With it KBase generates the client of its notebooks. */
const GENERATOR = 'openapi-python-client==0.29.1';
const DRIVER = join(ROOT, 'test', 'e2e', 'kbase-compat', 'drive.py');
const DOCUMENT = join(ROOT, 'test', 'fixtures', 'kbase', 'openapi.json');
/** A limit for {@link startKbaseClient}: the first call of a machine installs packages. */
export const CLIENT_MS = 360_000;

/** What the client made of an answer. */
export interface ClientAnswer {
  /** 0: the client could not read it; `value` is the error. */
  status: number;
  /** The class of the parsed answer. */
  model: string;
  value: any;
  raw: any;
}

/** The document of KBase's service, cut to its operations. */
export const kbaseDocument = JSON.parse(readFileSync(DOCUMENT, 'utf8'));

/** Every operation of the document, as `METHOD /path`, with where the client has it. */
export const operations: ReadonlyMap<string, { tag: string; operation: string }> = new Map(
  Object.entries<any>(kbaseDocument.paths).flatMap(([path, methods]) =>
    Object.entries<any>(methods).map(([method, { tags, operationId }]) => [
      `${method.toUpperCase()} ${path}`,
      { tag: tags[0], operation: operationId.replace(/_+/g, '_') },
    ]),
  ),
);

/** A client generated from the document, in a Python process that runs until it is stopped. */
export async function startKbaseClient(url: string): Promise<KbaseClient> {
  const name = GENERATOR.replace('==', '-');
  const python = await pythonWith(`kbase-${name}`, [GENERATOR, 'python-dateutil==2.9.0.post0']);
  const folder = tempDir('kbase-client');
  writeFileSync(join(folder, 'config.yaml'), 'post_hooks: []\n');
  copyFileSync(DRIVER, join(folder, 'drive.py'));
  const argv = ['generate', '--path', DOCUMENT, '--config', 'config.yaml', '--meta', 'none'];
  const generator = join(dirname(python), 'openapi-python-client');
  await promisify(execFile)(generator, [...argv, '--output-path', join(folder, 'governance_client')], {
    cwd: folder,
  });
  const env = { PATH: '/usr/bin:/bin', ...compiledOnce(python) };
  const child = spawn(python, ['drive.py', url], { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] });
  return new KbaseClient(child, folder);
}

export class KbaseClient {
  /** Operations that were called, as in {@link operations}. */
  readonly called = new Set<string>();
  private readonly lines: AsyncIterator<string>;

  constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {
    if (!child.stdout) throw new Error('no output');
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** One call at a time. `body`: the name of its model, and its fields. */
  async call(
    token: string,
    name: string,
    args: Record<string, string | number> = {},
    body: [string, object] | null = null,
  ): Promise<ClientAnswer> {
    const found = operations.get(name);
    if (!found) throw new Error(`${name} is not in the document`);
    this.called.add(name);
    this.child.stdin?.write(`${JSON.stringify({ ...found, token, arguments: args, body })}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the client has ended');
    return JSON.parse(value) as ClientAnswer;
  }

  async stop(): Promise<void> {
    await stopChild(this.child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
