import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem } from '../../common/problems/problem.js';
import type { Secret } from '../../common/secret.js';
import type { JsonObject } from '../../documents/model.js';
import { BUILT_IN } from '../../documents/tofu/read-module.js';
import { type Ended, runTool } from '../tools/tool-process.js';
import { problemIn } from './diagnostics.js';
import { encryptionOf } from './encryption.js';
import { changesIn, type PlanDocument, refusedIn, type TofuChange } from './plan-changes.js';
import { type Present, presentIn, type StateDocument } from './present.js';
import { SecretValues } from '../tools/secret-values.js';

const STATE = 'terraform.tfstate';
const PLAN = 'plan.out';
const CLI = 'cli.tfrc';
/** In JSON syntax a value is taken as it stands, unlike in an argument or a variable of the environment. */
const VARIABLES = 'values.auto.tfvars.json';
const COMMON = ['-input=false', '-no-color', '-lock=false'];

/** The program, and what it may load. */
export interface Program {
  binary: string;
  providers: readonly string[];
  mirror?: string;
}

/** What one run of OpenTofu gets. */
export interface Contents {
  files: ReadonlyMap<string, string>;
  variables: JsonObject;
  secrets: ReadonlyMap<string, Secret>;
  /** The state as it is kept, encrypted; undefined: there is none yet. */
  state: string | undefined;
  /** The first one encrypts; the others are of former master keys. */
  passphrases: readonly [Secret, ...Secret[]];
}

/** A folder in which OpenTofu works for one provision, or for one plan. */
export class Workspace {
  /** What nobody may see of what OpenTofu prints. */
  readonly hidden: SecretValues;
  #signal: AbortSignal | undefined;

  private constructor(
    private readonly program: Program,
    readonly folder: string,
    private readonly contents: Contents,
  ) {
    const secrets = [...contents.secrets.values(), ...contents.passphrases];
    this.hidden = new SecretValues(secrets.map((each) => each.reveal()));
  }

  /** Makes the folder anew, with nothing but the contents, and lets OpenTofu look for providers and modules. */
  static async open(
    program: Program,
    folder: string,
    contents: Contents,
    signal?: AbortSignal,
  ): Promise<Workspace> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, 'mirror'), { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const workspace = new Workspace(program, folder, contents);
    workspace.#signal = signal;
    const { files, variables, state } = contents;
    for (const [path, text] of files) await workspace.write(path, text);
    await workspace.write(VARIABLES, JSON.stringify(variables));
    await workspace.write(CLI, cliOf(program, join(folder, 'mirror')));
    if (state !== undefined) await workspace.write(STATE, state);
    workspace.require(await workspace.run(['init', '-input=false', '-no-color', '-json']), 'init');
    return workspace;
  }

  /**
   * Plans, and keeps the plan, encrypted, for {@link apply}. With `destroy` it removes these resources. Throws if the plan has what a module
   * must not have.
   */
  async plan(destroy?: readonly string[]): Promise<TofuChange[]> {
    const how = destroy === undefined ? [] : ['-destroy', ...destroy.map((each) => `-target=${each}`)];
    const ended = await this.run(['plan', ...COMMON, '-json', '-detailed-exitcode', `-out=${PLAN}`, ...how]);
    // 2: it has changes
    if (ended.code !== 2) this.require(ended, 'plan');
    const plan = (await this.json(['show', '-json', PLAN])) as PlanDocument;
    const [refused] = refusedIn(plan, new Set([BUILT_IN, ...this.program.providers]));
    if (refused !== undefined)
      throw new Problem('target_refused', `OpenTofu would do what is not allowed: ${refused}`);
    return changesIn(plan, this.hidden);
  }

  /** Applies the plan that was made here, and no other one. `signal` ends it; what it has done by then is in the state. */
  async apply(signal: AbortSignal): Promise<Ended> {
    return this.run(['apply', ...COMMON, '-json', PLAN], signal);
  }

  /** What is there by the state. */
  async show(): Promise<Present> {
    const [passphrase] = this.contents.passphrases;
    const state = (await this.json(['show', '-json'])) as StateDocument;
    return presentIn(state, passphrase.reveal(), this.hidden);
  }

  private async json(args: readonly string[]): Promise<unknown> {
    return JSON.parse(this.require(await this.run(args), 'show').output) as unknown;
  }

  /** Why the program failed, without secrets. */
  problemOf(ended: Ended, what: string): Problem {
    return problemIn(ended, what, this.hidden);
  }

  /** Removes the folder of one, with all that is in it. */
  static async removeAt(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** The state in a folder, as far as it was written to its end. Undefined: there is none. */
  static async stateIn(folder: string): Promise<string | undefined> {
    return readFile(join(folder, STATE), 'utf8').catch(() => undefined);
  }

  private require(ended: Ended, what: string): Ended {
    if (ended.code === 0) return ended;
    throw this.problemOf(ended, what);
  }

  private run(args: readonly string[], signal = this.#signal): Promise<Ended> {
    const { folder, contents } = this;
    const secrets: [string, string][] = [...contents.secrets].map(([name, value]) => [
      `TF_VAR_${name}`,
      value.reveal(),
    ]);
    const env = {
      ...{ PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, TMPDIR: folder },
      ...{
        TF_CLI_CONFIG_FILE: join(folder, CLI),
        TF_IN_AUTOMATION: '1',
        TF_INPUT: '0',
        CHECKPOINT_DISABLE: '1',
      },
      ...{ TF_ENCRYPTION: encryptionOf(contents.passphrases), ...Object.fromEntries(secrets) },
    };
    return runTool({ program: this.program.binary, args, folder, env, signal });
  }

  private async write(path: string, text: string): Promise<void> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, text, { mode: 0o600 });
  }
}

/** Providers come from one folder, and from nowhere else; without one, from an empty folder. */
function cliOf({ providers, mirror }: Program, empty: string): string {
  const [path, include] = [JSON.stringify(mirror ?? empty), JSON.stringify(providers)];
  return `provider_installation {\n  filesystem_mirror {\n    path = ${path}\n    include = ${include}\n  }\n}\n`;
}
