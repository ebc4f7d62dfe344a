/** What one item takes of the limits of an owner. */
interface Taken {
  owner: string;
  stage: number;
  what: unknown;
}

/** What the items of one order plan take of limits that they share, as far as they were checked: together they may exceed what each alone does not. */
export class TakenTogether {
  readonly #taken: Taken[];

  constructor(
    private readonly stage = 0,
    taken: Taken[] = [],
  ) {
    this.#taken = taken;
  }

  /** The same, for items of a stage. */
  at(stage: number): TakenTogether {
    return new TakenTogether(stage, this.#taken);
  }

  /** What items before this one take. `isBeside`: it begins in the same stage. */
  of<T>(owner: string): { what: T; isBeside: boolean }[] {
    return this.#taken
      .filter((each) => each.owner === owner)
      .map(({ what, stage }) => ({ what: what as T, isBeside: stage === this.stage }));
  }

  /** What this one takes, too. */
  add(owner: string, what: unknown): void {
    this.#taken.push({ owner, stage: this.stage, what });
  }
}
