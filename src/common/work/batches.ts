interface Waiting<T, R> {
  item: T;
  keys: readonly string[];
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

export interface BatchOptions<T, R> {
  /** The results, in the order of the items. */
  work: (items: readonly T[]) => Promise<readonly R[]>;
  /** Items with a common key are never in the same batch, and keep their order. */
  keysOf: (item: T) => readonly string[];
  /** Whether a failure may be that of one item, so that each of the batch is tried on its own. */
  isOfOne: (error: unknown) => boolean;
  most: number;
}

/** Does the work for all items that have come while the batch before was under way; an item that comes alone does not wait. */
export class Batches<T, R> {
  #waiting: Waiting<T, R>[] = [];
  #busy = false;

  constructor(private readonly options: BatchOptions<T, R>) {}

  /** The result of the item, once its batch is done. */
  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, keys: this.options.keysOf(item), resolve, reject });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) await this.#do(this.#next());
    this.#busy = false;
  }

  #next(): Waiting<T, R>[] {
    const taken: Waiting<T, R>[] = [];
    const left: Waiting<T, R>[] = [];
    const seen = new Set<string>();
    for (const each of this.#waiting) {
      const isFree = taken.length < this.options.most && !each.keys.some((key) => seen.has(key));
      (isFree ? taken : left).push(each);
      for (const key of each.keys) seen.add(key);
    }
    this.#waiting = left;
    return taken;
  }

  /** Never throws: each item has its own result or error. */
  async #do(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.options.work(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as R);
    } catch (error) {
      if (batch.length > 1 && this.options.isOfOne(error)) for (const each of batch) await this.#do([each]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
