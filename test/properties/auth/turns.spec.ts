import fc from 'fast-check';
import { addressKey, type Asker, Turns } from '../../../src/auth/authenticators/turns.js';

const LIMITS = { atOnce: 6, keptFree: 2, perAddress: 2, waitingPerAddress: 5, waiting: 12, waitMs: 60_000 };

/** Work that lasts until it is let go. */
class Work {
  readonly running: Asker[] = [];
  readonly begun: Asker[] = [];
  private readonly ends: (() => void)[] = [];

  constructor(private readonly turns: Turns) {}

  start(asker: Asker): Promise<void> {
    return this.turns.run(asker, async () => {
      this.running.push(asker);
      this.begun.push(asker);
      await new Promise<void>((end) => this.ends.push(end));
      this.running.splice(this.running.indexOf(asker), 1);
    });
  }

  async end(): Promise<void> {
    this.ends.shift()?.();
    await settle();
  }
}

const settle = () => new Promise((done) => setImmediate(done));
const unknown = (address: string): Asker => ({ address, known: false });
const known = (address: string): Asker => ({ address, known: true });

describe('turns at a service that knows tokens', () => {
  it('never pass a limit, and all come to an end', async () => {
    const asker = fc.record({ address: fc.constantFrom('a', 'b', 'c'), known: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(asker, { maxLength: 40 }), async (askers) => {
        const work = new Work(new Turns(LIMITS));
        const all = askers.map((each) =>
          work.start(each).then(
            () => 'done',
            () => 'refused',
          ),
        );
        await settle();
        for (let time = 0; time <= askers.length; time++) {
          const strangers = work.running.filter((each) => !each.known);
          expect(work.running.length).toBeLessThanOrEqual(LIMITS.atOnce);
          expect(strangers.length).toBeLessThanOrEqual(LIMITS.atOnce - LIMITS.keptFree);
          for (const address of ['a', 'b', 'c'])
            expect(strangers.filter((each) => each.address === address).length).toBeLessThanOrEqual(2);
          await work.end();
        }
        expect(work.running).toEqual([]);
        await Promise.all(all);
      }),
      { numRuns: 100 },
    );
  });

  it('go round the addresses, and who was known before goes first', async () => {
    const work = new Work(new Turns({ ...LIMITS, atOnce: 3 }));
    const all = ['a', 'a', 'a', 'b', 'c'].map((address) => work.start(unknown(address)));
    // one of three places is left to strangers, two are kept free
    expect(work.running).toEqual([unknown('a')]);
    all.push(work.start(known('a')), work.start(known('b')), work.start(known('c')));
    expect(work.running).toEqual([unknown('a'), known('a'), known('b')]);
    await work.end();
    expect(work.running).toEqual([known('a'), known('b'), known('c')]);
    while (work.running.length > 0) await work.end();
    const strangers = work.begun.filter((each) => !each.known);
    expect(strangers.map(({ address }) => address)).toEqual(['a', 'a', 'b', 'c', 'a']);
    await Promise.all(all);
  });

  it('are refused at once when too many of one address wait, or too many in all', async () => {
    const work = new Work(new Turns(LIMITS));
    const outcomes: string[] = [];
    const ask = (address: string) =>
      work.start(unknown(address)).then(
        () => undefined,
        () => void outcomes.push(address),
      );
    // two of an address run, five wait; twelve wait in all
    const all = ['a', 'b', 'c'].flatMap((address) => Array.from({ length: 8 }, () => ask(address)));
    await settle();
    expect(outcomes.join('')).toBe('abcccccc');
    while (work.running.length > 0) await work.end();
    await Promise.all(all);
    expect(work.begun).toHaveLength(16);
  });

  it('are refused when too many wait, or too long', async () => {
    const work = new Work(new Turns({ ...LIMITS, waitMs: 1 }));
    const all = Array.from({ length: 8 }, () => work.start(unknown('a')));
    const outcomes = await Promise.allSettled([...all.slice(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
    await work.end();
    await work.end();
    expect(work.running).toEqual([]);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:1::5', '2001:db8:0:1'],
    ['2001:0db8:0000:0001:ffff:1:2:3', '2001:db8:0:1'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('count %s as %s', (ip, address) => {
    expect(addressKey(ip)).toBe(address);
  });
});
