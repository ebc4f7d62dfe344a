import type { Operation, ProvisionResult, RunContext } from '../../provisioning/kinds/kind.js';
import type { SettingChange } from './setting-changes.js';

/** What a provision changed: the `changes` of its result, also while it is not done. */
export class ChangeRecord {
  #changes: SettingChange[];
  #made: Operation[];

  constructor(private readonly context: RunContext) {
    this.#changes = changesOf(context.saved);
    this.#made = context.saved?.operations ?? [];
  }

  get changes(): readonly SettingChange[] {
    return this.#changes;
  }

  /** The bucket, if an earlier attempt created it. */
  get made(): readonly Operation[] {
    return this.#made;
  }

  /** Saves what is about to be created. */
  async creating(made: Operation[]): Promise<void> {
    this.#made = made;
    await this.save();
  }

  /** Saves what is about to be changed. */
  async changing(changes: readonly SettingChange[]): Promise<void> {
    const again = new Set(changes.map(({ setting }) => setting));
    this.#changes = [...this.#changes.filter(({ setting }) => !again.has(setting)), ...changes];
    await this.save();
  }

  /** Whether this provision has given the setting this value. */
  has({ setting, after }: SettingChange): boolean {
    return this.#changes.some((each) => each.setting === setting && each.after === after);
  }

  private async save(): Promise<void> {
    await this.context.guard();
    await this.context.save({ operations: this.#made, changes: this.#changes });
  }
}

export function changesOf(result: ProvisionResult | null): SettingChange[] {
  return (result?.['changes'] ?? []) as SettingChange[];
}
