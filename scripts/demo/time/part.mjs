// A server beside the demo, which ends with it.
import { closeSync, fchmodSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { exited, isRunning, spawnTied, stopChild } from '../../child.mjs';

const LOG_LIMIT = 16 * 1024;

/** What each server has in common. A subclass has `name`, `url`, `lacks`, `start`, `answers` and `target`. */
export class Part {
  /** Only some golden paths need it: the demo is whole without it. */
  optional = false;
  /** Why it could not be brought up. @type {string | undefined} */
  problem = undefined;
  /** @type {number | undefined} */
  port = undefined;
  #child = undefined;
  #log = '';
  #stopSignal;

  /** @param {NodeJS.Signals} [stopSignal] */
  constructor(stopSignal = 'SIGTERM') {
    this.#stopSignal = stopSignal;
  }

  get pid() {
    return this.isRunning() ? this.#child.pid : undefined;
  }

  get log() {
    return this.#log.trim();
  }

  isRunning() {
    return this.#child !== undefined && isRunning(this.#child);
  }

  async isUp() {
    return this.isRunning() && (await this.answers().catch(() => false));
  }

  /**
   * Whether it had to be started. Throws when it cannot be brought up.
   * @param {(line: string) => void} say
   * @returns {Promise<boolean>}
   */
  async ensure(say) {
    if (await this.isUp()) return false;
    try {
      await this.stop();
      await this.start(say);
      this.problem = undefined;
      return true;
    } catch (error) {
      await this.stop();
      this.problem = error.message;
      throw error;
    }
  }

  /** Ends with the demo, however that ends. A group of its own: Ctrl-C reaches the demo only. */
  spawn(command, args, options) {
    this.#log = '';
    const child = spawnTied(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
    const keep = (chunk) => (this.#log = (this.#log + chunk).slice(-LOG_LIMIT));
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => keep(error.message));
    this.#child = child;
    void exited(child).then(() => {
      if (this.#child === child) this.problem = 'it has ended';
    });
  }

  /** Throws when it has ended while it was to start. */
  requireRunning() {
    if (!this.isRunning()) throw new Error(`it ended while starting: ${this.log.split('\n').at(-1)}`);
  }

  async stop() {
    const child = this.#child;
    this.#child = undefined;
    if (child) await stopChild(child, { signal: this.#stopSignal });
  }
}

/** A file for its owner only, also where an older one was for everybody. */
export function writePrivate(file, text) {
  const handle = openSync(file, 'a', 0o600);
  try {
    fchmodSync(handle, 0o600);
    ftruncateSync(handle);
    writeSync(handle, text);
  } finally {
    closeSync(handle);
  }
}
