import { spawn } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { tempDir } from '../service/temp.js';
import { compiledOnce, pythonWith } from './venv.js';

const VERSION = '4.32.5';
/** A limit for {@link installed}. */
export const INSTALL_MS = 360_000;
const OURS = join(ROOT, 'test', 'e2e', 'fuzz');

export interface FuzzOptions {
  /** The OpenAPI document that answers are held against. */
  document: unknown;
  /** Where the service is. */
  url: string;
  /** Sent as Bearer; by the environment, never as an argument. */
  token: string;
  seed: number;
  /** Cases of each operation at the most, in the phase that makes them up. */
  examples: number;
  /** Only these phases; all without. */
  phases?: string[] | undefined;
}

/** What a run of Schemathesis found. */
export interface FuzzReport {
  /** 0: nothing; 1: something; else it did not run. */
  code: number | null;
  /** As it tells people. */
  output: string;
}

/** The folder of its program; the first call of a machine installs it from PyPI. */
export async function installed(): Promise<string> {
  return dirname(await pythonWith(`schemathesis-${VERSION}`, [`schemathesis==${VERSION}`]));
}

/** Makes up requests by the document, valid and invalid ones, and holds every answer against it. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { document, url, token, seed, examples, phases } = options;
  const bin = await installed();
  const folder = tempDir('fuzz');
  try {
    for (const file of ['schemathesis.toml', 'fuzz_hooks.py'])
      copyFileSync(join(OURS, file), join(folder, file));
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document));
    const only = phases ? [`--phases=${phases.join(',')}`] : [];
    const argv = [
      'run',
      'openapi.json',
      `--url=${url}`,
      `--seed=${seed}`,
      `--max-examples=${examples}`,
      ...only,
    ];
    return await run(join(bin, 'st'), ['--no-color', ...argv], folder, token);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, argv: string[], cwd: string, token: string): Promise<FuzzReport> {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: cwd,
    PYTHONPATH: cwd,
    FUZZ_TOKEN: token,
    ...compiledOnce(program),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
