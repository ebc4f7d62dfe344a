import { jest } from '@jest/globals';
import { TimeLimit, timedOut } from '../../../src/provisioning/queue/time-limit.js';

const DAY_MS = 86_400_000;

describe('the time limit of an attempt', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('ends by its own clock, counted from the claim', () => {
    const takenAt = performance.now();
    jest.advanceTimersByTime(300);
    const limit = new TimeLimit(1000, takenAt);
    jest.advanceTimersByTime(699);
    expect([limit.isOver, limit.signal.aborted]).toEqual([false, false]);
    jest.advanceTimersByTime(1);
    expect([limit.isOver, limit.signal.aborted]).toEqual([true, true]);
  });

  it('is over at once if the deadline was before, and never without one', () => {
    expect(new TimeLimit(-5, performance.now()).isOver).toBe(true);
    const none = new TimeLimit(null, performance.now());
    jest.advanceTimersByTime(30 * DAY_MS);
    expect([none.isOver, none.signal.aborted]).toEqual([false, false]);
  });

  it('of 30 days, longer than the timers of Node, does not end at once', () => {
    const limit = new TimeLimit(30 * DAY_MS, performance.now());
    jest.advanceTimersByTime(29 * DAY_MS);
    expect([limit.isOver, limit.signal.aborted]).toEqual([false, false]);
    jest.advanceTimersByTime(DAY_MS);
    expect(limit.isOver).toBe(true);
  });

  it('aborts nothing after it was closed', () => {
    const limit = new TimeLimit(1000, performance.now());
    limit.close();
    jest.advanceTimersByTime(2000);
    expect(limit.signal.aborted).toBe(false);
  });
});

it.each([
  [1000, 'It was not done within 1 second'],
  [300_012, 'It was not done within 300 seconds'],
])('says how long it had: %i ms', (ms, message) => {
  const created_at = new Date();
  expect(timedOut({ created_at, deadline_at: new Date(created_at.getTime() + ms) })).toMatchObject({
    ...{ code: 'step_timed_out', message },
  });
});
