import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Environment } from '../environment.js';

/** Programs that steps of workflows run beside a worker; none unless WORKFLOW_TOOLS names them. */
export interface WorkflowTools {
  tofu?: {
    /** The program. */
    binary: string;
    /** Addresses of the providers that modules may use besides the one that OpenTofu has inside. */
    providers: readonly string[];
    /** A folder with these providers; nothing is fetched from elsewhere. */
    mirror?: string;
  };
  ansible?: {
    /** The program `ansible-playbook`. */
    binary: string;
    /** Whole names of the modules that playbooks may use besides those that change nothing on a host. */
    modules: readonly string[];
    /** Whether playbooks may run on the worker itself. */
    worker: boolean;
  };
}

/** Reads the settings. Rules that are broken are added to `problems`. */
export function workflowToolsOf(env: Environment, path: string, problems: string[]): WorkflowTools {
  const { WORKFLOW_TOOLS: tools } = env;
  if (tools.length === 0) return {};
  if (env.ROLE !== 'worker')
    problems.push(
      'WORKFLOW_TOOLS must not be set unless ROLE is worker: a process that serves requests runs no other programs',
    );
  return {
    ...(tools.includes('tofu') && { tofu: tofuOf(env, path, problems) }),
    ...(tools.includes('ansible') && { ansible: ansibleOf(env, path, problems) }),
  };
}

function tofuOf(env: Environment, path: string, problems: string[]): NonNullable<WorkflowTools['tofu']> {
  const { TOFU_PROVIDERS: providers, TOFU_PROVIDER_MIRROR: mirror } = env;
  const binary = findProgram(env.TOFU_BINARY, path);
  if (binary === undefined)
    problems.push('TOFU_BINARY must name a program, or be found on PATH: WORKFLOW_TOOLS has tofu');
  if (providers.length > 0 && mirror === undefined)
    problems.push('TOFU_PROVIDER_MIRROR must be set with TOFU_PROVIDERS: nothing is fetched');
  if (mirror !== undefined && !isFolder(mirror)) problems.push('TOFU_PROVIDER_MIRROR must name a folder');
  return { binary: binary ?? '', providers, ...(mirror !== undefined && { mirror: resolve(mirror) }) };
}

function ansibleOf(
  env: Environment,
  path: string,
  problems: string[],
): NonNullable<WorkflowTools['ansible']> {
  const binary = findProgram(env.ANSIBLE_BINARY, path);
  if (binary === undefined)
    problems.push('ANSIBLE_BINARY must name a program, or be found on PATH: WORKFLOW_TOOLS has ansible');
  return { binary: binary ?? '', modules: env.ANSIBLE_MODULES, worker: env.ANSIBLE_ON_WORKER === 'true' };
}

function findProgram(name: string, path: string): string | undefined {
  const places = name.includes('/') ? [resolve(name)] : path.split(delimiter).map((each) => join(each, name));
  return places.find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
