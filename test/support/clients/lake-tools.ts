import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { which } from '../../../scripts/child.mjs';
import { findMc } from '../../../scripts/mc-binary.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { tempDir } from '../service/temp.js';
import { cachedFolder } from '../../../scripts/servers/cached-folder.mjs';
import { compiledOnce, pythonWith } from '../python/venv.js';
import { findAwsCli2, hasAwsCli2 } from './aws-cli.js';
import { LAKE_TOOLS } from './versions.js';

const run = promisify(execFile);
/** Packages from PyPI and modules of Go, when they are not in the cache. */
export const LAKE_TOOLS_MS = 900_000;
const GO_SOURCES = join(ROOT, 'test', 'fixtures', 'go-s3');
const SUPPORT = join(ROOT, 'test', 'support', 'clients');

type Step = { value: unknown } | { error: string };

/** How one tool did with one kind of credentials. */
export interface Outcome {
  tool: string;
  /** At home. */
  wrote: Step;
  home: Step;
  /** What somebody shares. */
  shared: Step;
  /** What nobody shares. */
  forbidden: Step;
}

/** Programs that do the same with many tools: each prints an {@link Outcome} for each of its tools. */
export interface LakeTools {
  programs: string[][];
  /** Where the tools are that the programs start. */
  env: Record<string, string>;
}

/** Tools that this machine lacks; in CI none may be. */
export function missingTools(): string[] {
  const missing = [...(findGo() ? [] : ['mc', 'aws-sdk-go']), ...(hasAwsCli2() ? [] : ['aws_cli_2'])];
  if (missing.length > 0 && process.env.CI) throw new Error(`missing here: ${missing.join(', ')}`);
  return missing;
}

const findGo = () => which('go', `${process.env.PATH}:/usr/local/go/bin`);

export async function lakeTools(): Promise<LakeTools> {
  const digest = digestOf(LAKE_TOOLS.join());
  const [python, go] = await Promise.all([pythonWith(`lake-tools-${digest}`, LAKE_TOOLS), goProgram()]);
  const mc = findMc();
  const programs = [
    [python, join(SUPPORT, 'lake_tools')],
    [process.execPath, join(SUPPORT, 'lake_tools', 'npm.mjs')],
  ];
  if (go) programs.push([go]);
  const aws = findAwsCli2();
  return {
    programs,
    env: { ...compiledOnce(python), ...(mc ? { MC: mc } : {}), ...(aws ? { AWS_CLI_2: aws } : {}) },
  };
}

/** Compiled once, where there is Go. */
async function goProgram(): Promise<string | undefined> {
  const go = findGo();
  if (!go) return undefined;
  const sources = readdirSync(GO_SOURCES).map((name) => readFileSync(join(GO_SOURCES, name), 'utf8'));
  const folder = await cachedFolder(`go-s3-${digestOf(sources.join())}`, async (path) => {
    const env = { ...process.env, GOFLAGS: '-mod=readonly', CGO_ENABLED: '0' };
    const argv = ['build', '-trimpath', '-o', join(path, 'go-s3'), '.'];
    await run(go, argv, { cwd: GO_SOURCES, env, timeout: LAKE_TOOLS_MS });
  });
  return join(folder, 'go-s3');
}

/** Runs all tools with what the environment gives of credentials; paths are buckets with prefixes. */
export async function runLakeTools(
  { programs, env }: LakeTools,
  credentials: Record<string, string>,
  ...paths: [home: string, shared: string, forbidden: string]
): Promise<Outcome[]> {
  const cwd = tempDir('lake-tools');
  const nothing = {
    PATH: '/usr/bin:/bin',
    HOME: cwd,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const options = {
    cwd,
    env: { ...nothing, ...env, ...credentials },
    timeout: LAKE_TOOLS_MS,
    maxBuffer: 50_000_000,
  };
  const outcomes: Outcome[] = [];
  for (const [program = '', ...argv] of programs) {
    const { stdout } = await run(program, [...argv, ...paths], options);
    outcomes.push(
      ...stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Outcome),
    );
  }
  return outcomes;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
