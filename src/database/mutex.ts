/** First come, first served: one holder at a time. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /** Waits for its turn and returns the function that ends it. */
  async lock(): Promise<() => void> {
    const before = this.#tail;
    let unlock!: () => void;
    this.#tail = new Promise((resolve) => {
      unlock = resolve;
    });
    await before;
    return unlock;
  }
}
