import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SubjectLimit } from '../../../src/access/leases/subject-limit.js';
import { Settlements } from '../../../src/access/enforce/settlements.js';
import { KeyedQueue } from '../../../src/common/turns/keyed-queue.js';
import { currentLine, inLine, inOpenLine, joinLine } from '../../../src/common/turns/line.js';
import { Turns } from '../../../src/common/turns/turns.js';

const LINES = ['alice', 'bob', 'carol', 'dave'] as const;
const refuse = (): Error => new Error('too long');
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Somebody who has come to a queue: whether the turn has come, and the end of it. */
interface Visit {
  line: string;
  /** Turns that others got while this one was the first of its line. */
  passedBy: string[];
  leave?: () => void;
}

/** A queue with those who wait and those who have a turn, in the order in which they came. */
class World {
  readonly waiting: Visit[] = [];
  readonly inside: Visit[] = [];

  constructor(private readonly turns: Turns) {}

  async enter(line: string): Promise<void> {
    const visit: Visit = { line, passedBy: [] };
    this.waiting.push(visit);
    void this.turns.enter(line).then((leave) => {
      visit.leave = leave;
      this.waiting.splice(this.waiting.indexOf(visit), 1);
      for (const first of this.firsts()) if (first.line !== line) first.passedBy.push(line);
      this.inside.push(visit);
    });
    await settled();
  }

  async leave(index: number): Promise<void> {
    const [visit] = this.inside.splice(index % Math.max(1, this.inside.length), 1);
    visit?.leave?.();
    await settled();
  }

  firsts(): Visit[] {
    return LINES.flatMap((line) => this.waiting.find((visit) => visit.line === line) ?? []);
  }
}

describe('turns', () => {
  const action = fc.oneof(
    fc.constantFrom(...LINES).map((line) => ({ line })),
    fc.nat(7).map((index) => ({ index })),
  );

  it('go round the lines, within the limits, and nobody is left standing', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (actions, atOnce, perLine) => {
          const turns = new Turns({ atOnce, perLine }, refuse);
          const world = new World(turns);
          for (const each of actions) {
            if ('line' in each) await world.enter(each.line);
            else await world.leave(each.index);
            expect(world.inside.length).toBeLessThanOrEqual(atOnce);
            const held = (line: string) => world.inside.filter((visit) => visit.line === line).length;
            for (const line of LINES) expect(held(line)).toBeLessThanOrEqual(perLine);
            // a free turn is not kept from anybody who may have it
            if (world.inside.length < atOnce)
              for (const { line } of world.waiting) expect(held(line)).toBe(perLine);
            // with one turn at once, no line gets two while another one's first waits
            if (atOnce === 1)
              for (const { passedBy } of world.waiting)
                expect(new Set(passedBy).size).toBeGreaterThanOrEqual(passedBy.length - 1);
          }
          while (world.inside.length > 0) await world.leave(0);
          expect([world.waiting.length, turns.isIdle]).toEqual([0, true]);
        },
      ),
    ));

  it('whoever comes last stands behind one turn of somebody who has come fifty times', async () => {
    const queue = new KeyedQueue({ atOnce: 1 });
    const order: string[] = [];
    const visit = async (line: string): Promise<void> => {
      const leave = await queue.enter('user:bob', line);
      order.push(line);
      await settled();
      leave();
    };
    const all = Array.from({ length: 50 }, () => visit('mallory'));
    all.push(visit('bob'), visit('carol'));
    await Promise.all(all);
    expect(order.slice(0, 4)).toEqual(['mallory', 'bob', 'carol', 'mallory']);
    expect([order.length, queue.isBusy('user:bob')]).toEqual([52, false]);
  });

  it('who fills a queue is refused, and keeps nobody else out of it', async () => {
    const queue = new KeyedQueue({ atOnce: 1, maxWaiting: 3 });
    const leave = await queue.enter('key', 'mallory');
    const waiting = Array.from({ length: 4 }, () => queue.enter('key', 'mallory', 10_000));
    await expect(waiting.pop()).rejects.toMatchObject({ code: 'busy' });
    const bob = queue.enter('key', 'bob', 10_000);
    leave();
    (await bob)();
    for (const turn of waiting) (await turn)();
    expect(queue.isBusy('key')).toBe(false);
  });

  it('who has waited too long is refused, and is not given the turn later', async () => {
    const queue = new KeyedQueue({ atOnce: 1 });
    const leave = await queue.enter('key', 'alice');
    await expect(queue.enter('key', 'bob', 1)).rejects.toMatchObject({ code: 'busy' });
    leave();
    expect(queue.isBusy('key')).toBe(false);
  });
});

describe('lines', () => {
  it('belong to a request and what it begins, whoever runs beside it', async () => {
    const request = (name: string) =>
      inOpenLine(async () => {
        const before = currentLine();
        await settled();
        joinLine(name);
        await settled();
        const inner = inLine('turn', () => settled().then(currentLine));
        return [before, currentLine(), await inner, currentLine()];
      });
    const seen = await Promise.all([request('alice'), request('bob')]);
    expect(seen).toEqual([
      ['open', 'alice', 'turn', 'alice'],
      ['open', 'bob', 'turn', 'bob'],
    ]);
    joinLine('nobody');
    expect(currentLine()).toBe('system');
  });
});

describe('settlements', () => {
  it('however many come at once, one run serves all who come before it begins', async () => {
    const settlements = new Settlements();
    const queue = new KeyedQueue({ atOnce: 1 });
    const applied: number[] = [];
    let committed = 0;
    const settle = async (): Promise<number> => {
      const mine = (committed += 1);
      await settlements.join('user:bob', mine, async (begin) => {
        const leave = await queue.enter('user:bob', 'settlement');
        expect(begin()).toBe(committed);
        const seen = committed;
        await settled();
        applied.push(seen);
        leave();
      });
      return mine;
    };
    const first = settle();
    await Promise.resolve();
    const all = await Promise.all([first, ...Array.from({ length: 40 }, settle)]);
    // nobody is answered before what was committed is applied
    expect(Math.max(...all)).toBe(applied.at(-1));
    expect(applied.length).toBeLessThanOrEqual(2);
  });

  it('a run that fails fails for all whom it serves, and the next ones get another run', async () => {
    const settlements = new Settlements();
    let runs = 0;
    const fail = (begin: () => number): Promise<void> =>
      settled().then(() => {
        begin();
        runs += 1;
        throw refuse();
      });
    const results = await Promise.allSettled([1, 2, 3].map((since) => settlements.join('key', since, fail)));
    expect([results.map(({ status }) => status), runs]).toEqual([['rejected', 'rejected', 'rejected'], 1]);
    await settlements.join('key', 4, (begin) => Promise.resolve(void begin()));
  });
});

describe('a crowd of subjects', () => {
  /** Visits that last until they are let go, in the order in which they began. */
  class Visits {
    readonly begun: string[] = [];
    readonly #ends: (() => void)[] = [];
    readonly #all: Promise<void>[] = [];

    constructor(private readonly crowd: SubjectLimit) {}

    visit(line: string, key: string): void {
      const work = async (): Promise<void> => {
        this.begun.push(`${line} ${key}`);
        await new Promise<void>((end) => this.#ends.push(end));
      };
      this.#all.push(this.crowd.run(line, key, work));
    }

    async end(): Promise<void> {
      this.#ends.shift()?.();
      await settled();
    }

    async endAll(): Promise<void> {
      while (this.#ends.length > 0) await this.end();
      await Promise.all(this.#all);
    }
  }

  it('holds up who is at too many of them, and nobody else', async () => {
    const visits = new Visits(new SubjectLimit(3, 60_000));
    for (let number = 0; number < 20; number += 1) visits.visit('mallory', String(number));
    visits.visit('alice', '7');
    visits.visit('system', '7');
    await settled();
    expect(visits.begun.sort()).toEqual(['alice 7', 'mallory 0', 'mallory 1', 'mallory 2', 'system 7']);
    // the system's, which began at once, and then one of mallory's
    for (let time = 0; time < 2; time += 1) await visits.end();
    expect(visits.begun).toHaveLength(6);
    await visits.endAll();
    expect(visits.begun).toHaveLength(22);
  });

  it('lets those of a line who wait for one of them go on together, and who comes later stand behind the others', async () => {
    const visits = new Visits(new SubjectLimit(2, 60_000));
    for (const key of ['a', 'b']) visits.visit('mallory', key);
    for (let time = 0; time < 10; time += 1) visits.visit('mallory', 'c');
    visits.visit('mallory', 'd');
    await settled();
    expect(visits.begun).toEqual(['mallory a', 'mallory b']);
    await visits.end();
    expect(visits.begun).toEqual(['mallory a', 'mallory b', ...Array<string>(10).fill('mallory c')]);
    visits.visit('mallory', 'c');
    await visits.end();
    expect(visits.begun.slice(12)).toEqual(['mallory d']);
    await visits.endAll();
    expect(visits.begun.slice(13)).toEqual(['mallory c']);
  });

  it('refuses who has waited too long, and goes on', async () => {
    const crowd = new SubjectLimit(1, 1);
    const visits = new Visits(crowd);
    visits.visit('mallory', 'a');
    await settled();
    await expect(crowd.run('mallory', 'b', () => Promise.resolve())).rejects.toMatchObject({ code: 'busy' });
    await visits.endAll();
    expect(await crowd.run('mallory', 'b', () => Promise.resolve('done'))).toBe('done');
  });
});
