import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../config/root.js';
import type { Secret } from '../../common/secret.js';
import type { Json, JsonObject } from '../../documents/model.js';
import { SecretValues } from '../tools/secret-values.js';
import { type Ended, runTool } from '../tools/tool-process.js';
import { type AnsibleChange, changesIn, problemOf } from './changes.js';
import { eventsIn, type TaskEvent } from './events.js';
import { type AnsibleHost, inventoryOf, knownHosts } from './hosts.js';

const CALLBACKS = join(ROOT, 'dist', 'targets', 'ansible', 'callback');
const [PLAYBOOK, INVENTORY, VARIABLES, KEY, KNOWN] = [
  'playbook.json',
  'hosts.json',
  'values.json',
  'key',
  'known_hosts',
];
/**
 * No settings of the machine, and no other host than the one whose key is known. A connection that others may use would be a process that outlives the
 * program.
 */
const SSH = [
  ...['-F none', '-o ControlMaster=no', '-o ControlPath=none', '-o ProxyCommand=none', '-o BatchMode=yes'],
  ...[`-o UserKnownHostsFile=${KNOWN}`, '-o GlobalKnownHostsFile=none', '-o StrictHostKeyChecking=yes'],
  ...[
    '-o IdentitiesOnly=yes',
    '-o IdentityAgent=none',
    '-o ForwardAgent=no',
    '-o PreferredAuthentications=publickey',
  ],
].join(' ');

/** What one run of a playbook gets. */
export interface Contents {
  /** Checked; the file has these and nothing else. */
  plays: readonly Json[];
  variables: JsonObject;
  secrets: ReadonlyMap<string, Secret>;
  /** Undefined: the worker itself. */
  hosts: readonly AnsibleHost[] | undefined;
  key: Secret | undefined;
}

/** What a playbook did, or would do. */
export interface Told {
  events: TaskEvent[];
  changes: AnsibleChange[];
}

/** A folder in which Ansible works for one provision, or for one plan. */
export class PlaybookRun {
  readonly #hidden: SecretValues;

  private constructor(
    private readonly program: string,
    private readonly folder: string,
    contents: Contents,
  ) {
    const secrets = [...contents.secrets.values(), ...(contents.key ? [contents.key] : [])];
    this.#hidden = new SecretValues(secrets.map((each) => each.reveal()));
  }

  /** Makes the folder anew, with nothing but the contents. */
  static async open(program: string, folder: string, contents: Contents): Promise<PlaybookRun> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, 'tmp'), { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const { plays, variables, secrets, hosts, key } = contents;
    const revealed = [...secrets].map(([name, value]): [string, string] => [name, value.reveal()]);
    const files = {
      [PLAYBOOK]: JSON.stringify(plays),
      [INVENTORY]: JSON.stringify(inventoryOf(hosts)),
      [VARIABLES]: JSON.stringify(literal({ ...variables, ...Object.fromEntries(revealed) })),
      [KNOWN]: knownHosts(hosts),
      'ansible.cfg': '',
      ...(key && { [KEY]: `${key.reveal().trimEnd()}\n` }),
    };
    for (const [name, text] of Object.entries(files))
      await writeFile(join(folder, name), text, { mode: 0o600 });
    return new PlaybookRun(program, folder, contents);
  }

  /** Removes the folder of one, with all that is in it. */
  static async removeAt(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** What it would do now, by check mode. Throws if it would fail, or a host is not reached. */
  check(signal?: AbortSignal): Promise<Told> {
    return this.run(['--check', '--diff'], signal);
  }

  /** Carries it out. `signal` ends it. */
  apply(signal: AbortSignal): Promise<Told> {
    return this.run(['--diff'], signal);
  }

  private async run(how: readonly string[], signal?: AbortSignal): Promise<Told> {
    const ended = await this.start(
      [...how, '-i', INVENTORY, '--extra-vars', `@${VARIABLES}`, PLAYBOOK],
      signal,
    );
    const events = eventsIn(ended.output);
    const problem = problemOf(ended, events, this.#hidden);
    if (problem) throw problem;
    return { events, changes: changesIn(events, this.folder, this.#hidden) };
  }

  private start(args: readonly string[], signal?: AbortSignal): Promise<Ended> {
    const { program, folder } = this;
    const env = {
      ...{
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: folder,
        TMPDIR: join(folder, 'tmp'),
        LC_ALL: 'C.UTF-8',
      },
      ...{ ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), ANSIBLE_HOME: join(folder, 'tmp') },
      ...{ ANSIBLE_LOCAL_TEMP: join(folder, 'tmp'), ANSIBLE_INVENTORY_ENABLED: 'ansible.builtin.yaml' },
      ...{ ANSIBLE_CALLBACK_PLUGINS: CALLBACKS, ANSIBLE_STDOUT_CALLBACK: 'minio_manager' },
      ...{ ANSIBLE_SSH_ARGS: SSH, ANSIBLE_HOST_KEY_CHECKING: 'True', ANSIBLE_TIMEOUT: '15' },
      ...{ ANSIBLE_PRIVATE_KEY_FILE: join(folder, KEY), ANSIBLE_PIPELINING: 'True' },
      // what a host tells of itself must not become a way to reach it
      ANSIBLE_INJECT_FACT_VARS: 'False',
      ...{ ANSIBLE_DEPRECATION_WARNINGS: 'False', ANSIBLE_LOCALHOST_WARNING: 'False', ANSIBLE_NOCOLOR: '1' },
      ...{ PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    };
    return runTool({ program, args, folder, env, signal, secret: true });
  }
}

/** Values that Ansible never reads as templates: it would do that with a text of a file of variables. */
function literal(value: Json): Json {
  if (typeof value === 'string') return { __ansible_unsafe: value };
  if (Array.isArray(value)) return value.map(literal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, literal(each)]));
}
