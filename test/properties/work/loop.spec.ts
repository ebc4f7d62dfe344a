import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import { waitFor } from '../../../scripts/child.mjs';
import { Loop } from '../../../src/common/work/loop.js';

describe('a loop', () => {
  let warnings: string[];
  let loop: Loop | undefined;
  const loopOf = (round: () => Promise<number | undefined>): Loop => {
    const logger = { warn: (text: string) => warnings.push(text) } as unknown as Logger;
    return (loop = new Loop(round, { logger, retryMs: 1 }));
  };
  beforeEach(() => (warnings = []));
  afterEach(() => loop?.stop());

  it('never runs two rounds at once, however often it is woken', async () => {
    let [running, most, rounds] = [0, 0, 0];
    const busy = loopOf(async () => {
      most = Math.max(most, ++running);
      await sleep(2);
      running--;
      rounds++;
      return 0;
    });
    busy.start();
    for (let n = 0; n < 20; n++) {
      busy.wake();
      await sleep(1);
    }
    await waitFor('the rounds', () => rounds > 20);
    expect(most).toBe(1);
  });

  it('goes on after a round that failed, and says so', async () => {
    let rounds = 0;
    loopOf(() => (++rounds === 1 ? Promise.reject(new Error('away')) : Promise.resolve(1))).start();
    await waitFor('another round', () => rounds > 2);
    expect(warnings).toEqual(['postponed: away']);
  });

  it('ends with the round under way, and begins no other one', async () => {
    let [begun, ended] = [0, 0];
    const stopped = loopOf(async () => {
      begun++;
      await sleep(20);
      ended++;
      return 1;
    });
    stopped.wake();
    await waitFor('the round', () => begun > ended);
    await stopped.stop();
    const last = begun;
    stopped.wake();
    stopped.start();
    await sleep(30);
    expect([begun, ended]).toEqual([last, last]);
  });

  it('ends when a round wants no other one, until it is woken', async () => {
    let rounds = 0;
    const once = loopOf(() => Promise.resolve(void rounds++));
    once.start();
    await waitFor('the round', () => rounds === 1);
    await sleep(10);
    expect(rounds).toBe(1);
    once.wake();
    await waitFor('another round', () => rounds === 2);
  });
});
