// What `minio-managerctl demo-time` adds to the demo: OpenBao, PostgreSQL, Gitea and Kubernetes, and the service told of them. As often as it is
// asked for.
import { renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { saveState } from '../state.mjs';
import { KINDS_POLICY } from '../kubernetes/kinds.mjs';
import { GiteaPart } from './gitea.mjs';
import { KubernetesPart } from './kubernetes.mjs';
import { OpenBaoPart } from './openbao.mjs';
import { writePrivate } from './part.mjs';
import { PostgresPart } from './postgres.mjs';

export class DemoTime {
  #dataDir;
  #state;
  #targetsFile;
  #policyFile;
  /** What the service was started with. */
  #told = '';
  /** @type {Promise<unknown>} one after the other */
  #last = Promise.resolve();
  #ended = false;

  /** @param {{ dataDir: string, state: import('../state.mjs').State }} demo */
  constructor({ dataDir, state }) {
    this.#dataDir = dataDir;
    this.#state = state;
    const folder = resolve(dataDir);
    this.#targetsFile = join(folder, 'targets.json');
    this.#policyFile = join(folder, 'workflow-policy.yaml');
    /** @type {{ postgres?: string }} */
    this.place = state.time ?? {};
    this.openBao = new OpenBaoPart(folder);
    this.postgres = new PostgresPart(folder, this.place);
    this.gitea = new GiteaPart(folder);
    this.kubernetes = new KubernetesPart(folder);
    this.parts = [this.openBao, this.postgres, this.gitea, this.kubernetes];
  }

  /** Whether this folder has it: then each start of the demo has it. */
  get isWanted() {
    return this.#state.time !== undefined;
  }

  /** What the service reads: the targets of what is up, and which kinds of objects teams may have in Kubernetes. */
  get files() {
    if (!this.#told) return {};
    return { targets: this.#targetsFile, policy: this.#policyFile };
  }

  /**
   * Brings up what is not, and says what cannot be.
   * @param {(line: string) => void} say
   * @param {() => Promise<void>} [restart] the service, which reads its targets when it starts
   */
  bringUp(say, restart) {
    const work = this.#last.then(() => this.#bringUp(say, restart));
    this.#last = work.catch(() => {});
    return work;
  }

  async #bringUp(say, restart) {
    for (const part of this.parts) {
      if (this.#ended) return;
      try {
        const started = await part.ensure(say);
        say(`${part.name} ${started ? 'is up' : 'was up already'}: ${part.url}`);
      } catch (error) {
        say(`${part.name} is not up: ${error.message}.`);
      }
    }
    if (this.kubernetes.isRunning() && this.openBao.isRunning())
      await this.kubernetes
        .introduceTo(this.openBao)
        .catch((error) => say(`Programs in Kubernetes cannot log in at OpenBao: ${error.message}.`));
    this.#state.time = this.place;
    saveState(this.#dataDir, this.#state);
    const targets = this.parts.filter((part) => part.isRunning()).map(({ target }) => target);
    const text = targets.length > 0 ? JSON.stringify({ targets }, null, 2) : '';
    if (text === this.#told) return;
    writePrivate(this.#policyFile, `${KINDS_POLICY}\n`);
    writePrivate(`${this.#targetsFile}.new`, text);
    renameSync(`${this.#targetsFile}.new`, this.#targetsFile);
    this.#told = text;
    if (!restart || this.#ended) return;
    say('Restarting the service, which is told of them; its data stay ...');
    await restart();
  }

  async stop() {
    this.#ended = true;
    await Promise.all(this.parts.map((part) => part.stop()));
  }
}

/**
 * Loads the providers of PROVIDERS_DIR again; those that are ready.
 * @param {import('../api.mjs').Caller} admin @param {(line: string) => void} say
 */
export async function registerProviders(admin, say) {
  const { providers } = await admin.send('POST', '/api/admin/reload');
  const named = (wanted) => providers.filter(({ status }) => status === wanted).map(({ name }) => name);
  say(`Providers are registered: ${named('ready').join(', ') || 'none'}`);
  const failed = named('failed');
  if (failed.length > 0) say(`Providers that do not load: ${failed.join(', ')}`);
}
