import { execFile } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { which } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { cachedFolder } from '../../../scripts/servers/cached-folder.mjs';

const run = promisify(execFile);
/** A cold cache on a busy machine. */
export const NPM_MS = 600_000;
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];
const MAX_OUTPUT = 50_000_000;

/** Runs a program of JavaScript, with nothing of this process's environment but what is given; gives what it printed. */
export type Run = (argv: string[], cwd: string, env?: NodeJS.ProcessEnv) => Promise<string>;

/** What a package of npm with nothing but its dependencies is installed to, kept outside the project. */
export async function npmPackage(name: string, version: string): Promise<string> {
  const folder = await cachedFolder(`npm-${name}-${version}`, async (path) => {
    const argv = ['install', '--prefix', path, '--ignore-scripts', ...QUIET, `${name}@${version}`];
    await run('npm', argv, { timeout: NPM_MS });
  });
  return join(folder, 'node_modules', name);
}

/** A Node of that version, from npm. */
export async function nodeOf(version: string): Promise<Run> {
  const folder = await npmPackage(`node-${process.platform}-${process.arch}`, version);
  const node = join(folder, 'bin', 'node');
  return async (argv, cwd, env = {}) => {
    const path = [dirname(node), env.PATH ?? '/usr/bin:/bin'].join(delimiter);
    const options = { cwd, env: { ...env, PATH: path }, timeout: NPM_MS, maxBuffer: MAX_OUTPUT };
    const { stdout } = await run(node, argv, options);
    return stdout;
  };
}

/** npm itself, to be run by a Node of choice: which versions it takes depends on that Node. */
export function npmProgram(): string {
  const { npm_execpath: running } = process.env;
  return running?.endsWith('.js') ? running : realpathSync(which('npm') ?? 'npm');
}

/** Packs the admin client into the folder; gives the file. */
export async function packMadmin(folder: string): Promise<string> {
  await run(process.execPath, [join(ROOT, 'scripts', 'pack-madmin.mjs'), folder], { timeout: NPM_MS });
  const [file, ...others] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  if (!file || others.length > 0) throw new Error(`${folder} should hold one package`);
  return join(folder, file);
}

/** Installs the file of a package into the folder, as that Node would; npm needs to know how the registry is reached. */
export async function install(node: Run, file: string, folder: string): Promise<void> {
  await node([npmProgram(), 'install', ...QUIET, '--prefer-offline', file], folder, process.env);
}
