import { LeaseLost } from '../../common/work/lease.js';
import type { RunContext } from '../../provisioning/kinds/kind.js';
import { stampOf } from '../../targets/tofu/encryption.js';
import { Workspace } from '../../targets/tofu/workspace.js';
import type { KeptState, TofuStatesStore } from './tofu-states.store.js';

/** How often the state in the folder is looked at while OpenTofu works. */
const LOOK_MS = 500;

/** The key with which a state is encrypted from now on. */
type Key = Pick<KeptState, 'secret_salt' | 'secret_key_id'>;

/**
 * Brings the state from the folder of a provision to the database, also while OpenTofu still works: a worker that is killed loses half a
 * second of it. A write that somebody else has overtaken is refused, as by a lost lease.
 */
export class StateKeeper {
  #version: string;
  #kept: string | undefined;

  constructor(
    private readonly store: TofuStatesStore,
    private readonly state: KeptState,
    private readonly key: Key,
    private readonly context: Pick<RunContext, 'provisionId' | 'guard'>,
  ) {
    this.#version = state.version;
    this.#kept = state.content ?? undefined;
  }

  /** What is kept now. */
  get content(): string | undefined {
    return this.#kept;
  }

  /**
   * Takes over what an attempt that was killed has left in its folder on this machine, if that is newer than what is kept.
   */
  async recover(folder: string): Promise<void> {
    const left = await Workspace.stateIn(folder);
    const [found, kept] = [left && stampOf(left), this.#kept && stampOf(this.#kept)];
    if (!left || !found || this.#kept === left) return;
    if (kept && (kept.lineage !== found.lineage || kept.serial >= found.serial)) return;
    await this.keep(left);
  }

  /** Runs `work`, and keeps what it makes of the state meanwhile and at its end. A lost lease ends it by `stop`. */
  async during<T>(folder: string, work: () => Promise<T>, stop: () => void): Promise<T> {
    let failure: unknown;
    let isDone = false;
    const looks = (async () => {
      while (!isDone) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        if (isDone) return;
        try {
          await this.context.guard();
          await this.look(folder);
        } catch (error) {
          failure ??= error;
          stop();
          return;
        }
      }
    })();
    const result = await work().finally(async () => {
      isDone = true;
      await looks;
      if (!(failure instanceof LeaseLost)) await this.look(folder);
    });
    if (failure !== undefined) throw failure as Error;
    return result;
  }

  /** Whether what is in the folder is kept. */
  async has(folder: string): Promise<boolean> {
    const left = await Workspace.stateIn(folder);
    return left === undefined || left === this.#kept || stampOf(left) === undefined;
  }

  /** Forgets the state: nothing is left in it. */
  async forget(): Promise<void> {
    await this.store.remove({ ...this.state, version: this.#version });
  }

  private async look(folder: string): Promise<void> {
    const now = await Workspace.stateIn(folder);
    // one that is not whole is being written
    if (now !== undefined && now !== this.#kept && stampOf(now)) await this.keep(now);
  }

  private async keep(content: string): Promise<void> {
    const { provisionId: changed_by } = this.context;
    const version = await this.store.write(
      { ...this.state, version: this.#version },
      { content, ...this.key, changed_by },
    );
    if (version === undefined) throw new LeaseLost();
    this.#version = version;
    this.#kept = content;
  }
}
