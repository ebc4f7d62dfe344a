import fc from 'fast-check';
import { decide, decideUndo, type Decision, type ItemState } from '../../../src/plans/engine/decide.js';

/** How an item will go, in a world that a property draws. */
interface Fate {
  stage: number;
  hard: boolean;
  fails: boolean;
  undoable: boolean;
  /** Of the items that are under way, the one with the smallest ends first. */
  pace: number;
}

const fates = fc.array(
  fc.record({
    stage: fc.integer({ min: 0, max: 4 }),
    hard: fc.boolean(),
    fails: fc.boolean(),
    undoable: fc.boolean(),
    pace: fc.nat(20),
  }),
  { minLength: 1, maxLength: 12 },
);

/** A plan that nothing disturbs: each item ends as its fate says. `stop` cancels what has not really begun, which is every second item. */
class World {
  readonly items: ItemState[];
  /** What began, by stage, and what was undone. */
  readonly log: { next: 'begin' | 'undo'; positions: number[] }[] = [];
  #clock = 0;

  constructor(private readonly fates: readonly Fate[]) {
    this.items = fates.map(({ stage, hard, undoable }, position) => ({
      ...{ position, stage, hard, undoable },
      ...{ state: 'waiting' as const, endedAt: null, undo: null },
    }));
  }

  /** Follows decisions until one ends the plan. */
  run(next: () => Decision, seen: () => void = () => undefined): Decision {
    for (let turn = 0; turn < 6 * this.fates.length + 6; turn++) {
      seen();
      const decision = next();
      if (decision.next === 'begin' || decision.next === 'undo') this.begin(decision);
      else if (decision.next === 'wait' || decision.next === 'stop') this.endOne(decision.next === 'stop');
      else return decision;
    }
    throw new Error('It does not end');
  }

  private begin({ next, positions }: { next: 'begin' | 'undo'; positions: number[] }): void {
    this.log.push({ next, positions });
    for (const position of positions) {
      const item = this.items[position]!;
      if (next === 'undo') item.undo = 'open';
      else item.state = 'open';
    }
  }

  private endOne(cancels: boolean): void {
    const open = this.items.filter(({ state, undo }) => state === 'open' || undo === 'open');
    const [item] = open.sort((a, b) => this.fates[a.position]!.pace - this.fates[b.position]!.pace);
    if (!item) throw new Error('It waits for nothing');
    if (item.undo === 'open') item.undo = 'done';
    else {
      const { fails } = this.fates[item.position]!;
      item.state = cancels && item.position % 2 === 0 ? 'cancelled' : fails ? 'failed' : 'done';
      item.endedAt = this.#clock += 1;
    }
  }

  begun = () => this.log.flatMap(({ next, positions }) => (next === 'begin' ? positions : []));
}

const forward = (world: World, isCancelled = false, seen?: () => void) =>
  world.run(() => decide(world.items, isCancelled), seen);

/** The lowest stage that has a hard failure. */
const fatal = (list: readonly Fate[]) =>
  Math.min(...list.flatMap(({ hard, fails, stage }) => (hard && fails ? [stage] : [])));

describe('what an order plan does next', () => {
  it('begins each item once, those of a stage together, when the stages before have ended', () => {
    fc.assert(
      fc.property(fates, (list) => {
        const world = new World(list);
        forward(world, false, () => {
          const open = world.items.filter(({ state }) => state === 'open');
          const stages = new Set(open.map(({ stage }) => stage));
          expect(stages.size).toBeLessThanOrEqual(1);
          const waiting = world.items.filter(({ state }) => state === 'waiting');
          for (const item of open) expect(waiting.every(({ stage }) => stage > item.stage)).toBe(true);
        });
        const expected = list.flatMap(({ stage }, position) => (stage <= fatal(list) ? [position] : []));
        expect(world.begun().toSorted((a, b) => a - b)).toEqual(expected);
      }),
    );
  });

  it('fails with the hard item that failed first, once nothing is under way; soft ones do not count', () => {
    fc.assert(
      fc.property(fates, (list) => {
        const world = new World(list);
        const end = forward(world);
        expect(world.items.some(({ state }) => state === 'open')).toBe(false);
        const failures = world.items.filter(({ hard, state }) => hard && state === 'failed');
        const first = failures.sort((a, b) => a.endedAt! - b.endedAt!)[0];
        expect(end).toEqual(first ? { next: 'fail', position: first.position } : { next: 'complete' });
        expect(first === undefined).toBe(fatal(list) === Infinity);
      }),
    );
  });

  it('begins nothing once it is cancelled, and waits for what is under way', () => {
    fc.assert(
      fc.property(fates, fc.nat(), (list, chosen) => {
        const world = new World(list.map((each) => ({ ...each, fails: false })));
        expect(forward(world, true)).toEqual({ next: 'cancel' });
        world.items[chosen % list.length]!.state = 'open';
        expect(decide(world.items, true)).toEqual({ next: 'stop' });
        expect(forward(world, true)).toEqual({ next: 'cancel' });
        expect(world.begun()).toEqual([]);
      }),
    );
  });

  it('an item that was cancelled with its plan has not failed; one that was cancelled alone has', () => {
    const one = { position: 0, stage: 0, hard: true, state: 'cancelled', endedAt: 1 } as const;
    const item = { ...one, undoable: true, undo: null };
    expect(decide([item], true)).toEqual({ next: 'cancel' });
    expect(decide([item], false)).toEqual({ next: 'fail', position: 0 });
    expect(decide([{ ...item, hard: false }], false)).toEqual({ next: 'complete' });
  });

  it('takes back exactly what was done and can be undone, the last stage first, and in it the last item', () => {
    fc.assert(
      fc.property(fates, (list) => {
        const world = new World(list);
        forward(world);
        expect(world.run(() => decideUndo(world.items))).toEqual({ next: 'undone' });
        const undone = world.log.flatMap(({ next, positions }) => (next === 'undo' ? positions : []));
        const made = world.items.filter(({ state, undoable }) => state === 'done' && undoable);
        const order = made.sort((a, b) => b.stage - a.stage || b.position - a.position);
        expect(undone).toEqual(order.map(({ position }) => position));
      }),
    );
  });

  it('stops where an undo fails, and goes on there when it is asked for again', () => {
    fc.assert(
      fc.property(fates, fc.nat(), (list, chosen) => {
        const world = new World(list.map((each) => ({ ...each, fails: false, undoable: true })));
        forward(world);
        const stuck = world.items[chosen % list.length]!;
        stuck.undo = 'failed';
        expect(decideUndo(world.items)).toEqual({ next: 'undo_failed', position: stuck.position });
        stuck.undo = null;
        expect(world.run(() => decideUndo(world.items))).toEqual({ next: 'undone' });
      }),
    );
  });
});
