import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Batches } from '../../../src/common/work/batches.js';

interface Item {
  id: number;
  keys: string[];
}

class Refused extends Error {}

describe('batches', () => {
  let done: number[][];
  beforeEach(() => (done = []));

  const batchesOf = (most: number, refuses: (id: number) => boolean = () => false): Batches<Item, number> =>
    new Batches<Item, number>({
      work: async (items) => {
        await sleep(1);
        if (items.some(({ id }) => refuses(id))) throw new Refused();
        done.push(items.map(({ id }) => id));
        return items.map(({ id }) => id * 10);
      },
      keysOf: ({ keys }) => keys,
      isOfOne: (error) => error instanceof Refused,
      most,
    });

  it('give each item its own result, never two of a key at once, and those of a key in order', async () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 2 });
    const property = fc.asyncProperty(
      fc.array(keys, { maxLength: 20 }),
      fc.integer({ min: 1, max: 8 }),
      async (all, most) => {
        done = [];
        const batches = batchesOf(most);
        const results = await Promise.all(all.map((keys, id) => batches.add({ id, keys })));
        expect(results).toEqual(all.map((_, id) => id * 10));
        expect(done.flat().toSorted((a, b) => a - b)).toEqual(all.map((_, id) => id));
        for (const batch of done) {
          expect(batch.length).toBeLessThanOrEqual(most);
          const used = batch.flatMap((id) => [...new Set(all[id])]);
          expect(new Set(used).size).toBe(used.length);
        }
        for (const key of ['a', 'b', 'c', 'd']) {
          const order = done.flat().filter((id) => (all[id] as string[]).includes(key));
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });

  it('take what came meanwhile together, and what comes alone at once', async () => {
    const batches = batchesOf(32);
    const items = Array.from({ length: 10 }, (_, id) => ({ id, keys: [String(id)] }));
    await Promise.all(items.map((item) => batches.add(item)));
    expect(done).toEqual([[0], [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  });

  it('fail nobody but the item that is refused', async () => {
    const batches = batchesOf(32, (id) => id === 3);
    const items = Array.from({ length: 6 }, (_, id) => ({ id, keys: [] }));
    const ends = await Promise.allSettled(items.map((item) => batches.add(item)));
    expect(ends.map(({ status }) => status)).toEqual(
      items.map(({ id }) => (id === 3 ? 'rejected' : 'fulfilled')),
    );
    await expect(batches.add({ id: 7, keys: [] })).resolves.toBe(70);
  });

  it("fail together when the failure is nobody's own", async () => {
    const failing = new Batches<number, number>({
      work: () => Promise.reject(new Error('away')),
      keysOf: () => [],
      isOfOne: () => false,
      most: 32,
    });
    const ends = await Promise.allSettled([1, 2, 3].map((item) => failing.add(item)));
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
  });
});
