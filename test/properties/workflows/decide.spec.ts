import fc from 'fast-check';
import { decide, decideUndo, type Decision, type StepState } from '../../../src/workflows/engine/decide.js';

/** How a step will go, in a world that a property draws. */
interface Fate {
  fails: boolean;
  /** If it fails: because its time was up. */
  timesOut: boolean;
  isDecisive: boolean;
  undoable: boolean;
  undoFails: boolean;
  skipped: boolean;
}

const fate = fc.record({
  fails: fc.boolean(),
  timesOut: fc.boolean(),
  isDecisive: fc.boolean(),
  undoable: fc.boolean(),
  undoFails: fc.constant(false),
  skipped: fc.boolean(),
});
const fates = fc.array(fate, { maxLength: 12 });

/** A run that nothing disturbs: each step ends as its fate says, as soon as it has begun. */
class World {
  readonly states: StepState[];
  readonly log: string[] = [];

  constructor(private readonly fates: readonly Fate[]) {
    this.states = fates.map(({ undoable, isDecisive, timesOut }, position) => ({
      ...{ position, undoable, isDecisive, timedOut: timesOut, state: 'waiting' as const, undo: null },
    }));
  }

  /** Follows decisions until one ends the run. */
  run(next: () => Decision): Decision {
    for (let turn = 0; turn < 3 * this.fates.length + 2; turn++) {
      const decision = next();
      if (decision.next !== 'begin' && decision.next !== 'undo') return decision;
      this.follow(decision.next, decision.position);
    }
    throw new Error('It does not end');
  }

  private follow(next: 'begin' | 'undo', position: number): void {
    this.log.push(`${next} ${position}`);
    const { skipped, fails, undoFails } = this.fates[position]!;
    const state = this.states[position]!;
    if (next === 'undo') state.undo = undoFails ? 'failed' : 'done';
    else state.state = skipped ? 'skipped' : fails ? 'failed' : 'done';
  }

  begun = () => this.log.filter((each) => each.startsWith('begin'));
  undone = () => this.log.filter((each) => each.startsWith('undo'));
}

const forward = (world: World, onFailure: 'rollback' | 'keep', cancelRequested = false) =>
  world.run(() => decide(world.states, { onFailure, cancelRequested }));

/** The first step whose failure ends the run. */
const fatal = (list: readonly Fate[]) =>
  list.findIndex(({ fails, isDecisive, skipped }) => fails && isDecisive && !skipped);

describe('what a run does next', () => {
  it('begins each step once, in order, up to the first failure that counts', () => {
    fc.assert(
      fc.property(fates, fc.constantFrom('rollback' as const, 'keep' as const), (list, onFailure) => {
        const world = new World(list);
        const end = forward(world, onFailure);
        const last = fatal(list);
        const expected = last < 0 ? list.length : last + 1;
        expect(world.begun()).toEqual(Array.from({ length: expected }, (_, index) => `begin ${index}`));
        expect(end).toEqual(last < 0 ? { next: 'complete' } : { next: 'fail', position: last });
      }),
    );
  });

  it('with rollback undoes exactly what was done, or came too late, and can be undone, the last first; with keep nothing', () => {
    fc.assert(
      fc.property(fates, fc.constantFrom('rollback' as const, 'keep' as const), (list, onFailure) => {
        const world = new World(list);
        forward(world, onFailure);
        const made = list
          .map((each, position) => ({ ...each, position }))
          .slice(0, fatal(list) + 1)
          .filter(({ skipped, fails, timesOut, undoable }) => !skipped && (!fails || timesOut) && undoable);
        const expected = made.map(({ position }) => `undo ${position}`).reverse();
        expect(world.undone()).toEqual(onFailure === 'rollback' ? expected : []);
      }),
    );
  });

  it('stops where an undo fails, and goes on there when it is asked for again', () => {
    fc.assert(
      fc.property(fates, fc.nat(), (list, chosen) => {
        const world = new World(list.map((each) => ({ ...each, fails: false, skipped: false })));
        forward(world, 'keep');
        const undoable = world.states.filter((each) => each.undoable);
        fc.pre(undoable.length > 0);
        const stuck = undoable[chosen % undoable.length]!;
        stuck.undo = 'failed';
        expect(decideUndo(world.states)).toEqual({ next: 'undo_failed', position: stuck.position });
        stuck.undo = null;
        expect(world.run(() => decideUndo(world.states))).toEqual({ next: 'undone' });
        expect(world.undone()).toHaveLength(undoable.length);
      }),
    );
  });

  it('waits while a step or an undo is under way', () => {
    fc.assert(
      fc.property(fates, fc.nat(), fc.boolean(), (list, chosen, isUndo) => {
        fc.pre(list.length > 0);
        const world = new World(list);
        const step = world.states[chosen % list.length]!;
        if (isUndo) Object.assign(step, { state: 'done', undo: 'open' });
        else step.state = 'open';
        expect(decide(world.states, { onFailure: 'rollback', cancelRequested: true })).toEqual({
          next: 'wait',
        });
        expect(decideUndo(world.states)).toEqual({ next: 'wait' });
      }),
    );
  });

  it('a step that was cancelled with its run has not failed; one that was cancelled alone has', () => {
    const step = { position: 0, timedOut: false, undoable: true, isDecisive: true };
    const one: StepState = { ...step, state: 'cancelled', undo: null };
    expect(decide([one], { onFailure: 'rollback', cancelRequested: true })).toEqual({ next: 'cancel' });
    expect(decide([one], { onFailure: 'rollback', cancelRequested: false })).toEqual({
      next: 'fail',
      position: 0,
    });
  });

  it('a cancelled run begins no further step', () => {
    fc.assert(
      fc.property(fates, (list) => {
        const world = new World(list);
        expect(forward(world, 'keep', true)).toEqual({ next: 'cancel' });
        expect(world.log).toEqual([]);
      }),
    );
  });
});
