/** How many runs of long kinds one process starts at a time: a large one must not hold up a small one. */
const AT_ONCE = 4;

/** The runs of kinds that may take hours. They go on beside the workers, which take other provisions meanwhile. */
export class LongRuns {
  readonly #running = new Set<Promise<unknown>>();
  /** Ids that came while there were enough runs. */
  readonly #postponed = new Set<string>();
  #isStopping = false;

  /** `start` is called with the ids that had to wait, when a run has ended. */
  constructor(private readonly start: (id: string) => Promise<void>) {}

  get isFull(): boolean {
    return this.#running.size >= AT_ONCE;
  }

  /** The run never fails. */
  add(run: Promise<unknown>): void {
    const running = run.finally(() => {
      this.#running.delete(running);
      this.startPostponed();
    });
    this.#running.add(running);
  }

  postpone(id: string): void {
    this.#postponed.add(id);
  }

  /** Starts no more runs, and waits for those that are under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running);
  }

  private startPostponed(): void {
    if (this.#isStopping) return;
    const ids = [...this.#postponed];
    this.#postponed.clear();
    for (const id of ids) void this.start(id);
  }
}
