import { MissingThings, type Thing } from '../../common/problems/missing-things.js';

/** A thing as a provision leaves it. */
export interface LeftThing extends Thing {
  there: boolean;
  /** The team of the run that leaves it so; undefined: no run does. */
  team?: string | undefined;
}

/** How a thing will be; `new`: it is gone before it is made. */
interface Expected {
  there: boolean;
  new: boolean;
  team: string | undefined;
}

/** What earlier steps of a run, or earlier stages of an order plan, will have made or removed. */
export class ExpectedThings {
  readonly #things: ReadonlyMap<string, Expected & Thing>;

  constructor(things: ReadonlyMap<string, Expected & Thing> = new Map()) {
    this.#things = things;
  }

  /** The same, and what a later one leaves. */
  with(left: readonly LeftThing[]): ExpectedThings {
    const things = new Map(this.#things);
    for (const { kind, name, there, team } of left) {
      const before = things.get(keyOf({ kind, name }));
      const isNew = there && before !== undefined && (before.new || !before.there);
      things.set(keyOf({ kind, name }), { kind, name, there, team, new: isNew });
    }
    return new ExpectedThings(things);
  }

  /** Whether the thing will be there; undefined: as it is now. */
  has(thing: Thing): boolean | undefined {
    return this.#things.get(keyOf(thing))?.there;
  }

  /** Whether it will be there, and made anew, if it is not there now. */
  makes(thing: Thing, isThere: boolean): boolean {
    const found = this.#things.get(keyOf(thing));
    return found !== undefined && found.there && (found.new || !isThere);
  }

  /** The names of things of a kind that will be there and that no run for the team makes. */
  ofOthers(kind: Thing['kind'], team: string): string[] {
    return [...this.#things.values()].flatMap((each) =>
      each.kind === kind && each.there && each.team !== team ? [each.name] : [],
    );
  }

  /** Whether the problem will be none by then. */
  solves(error: unknown): boolean {
    if (!(error instanceof MissingThings)) return false;
    const has = (thing: Thing) => this.has(thing) === true;
    return error.enough === 'all' ? error.things.every(has) : error.things.some(has);
  }
}

/** Nothing but what is there now. */
export const AS_NOW = new ExpectedThings();

function keyOf({ kind, name }: Thing): string {
  return `${kind}:${name}`;
}
