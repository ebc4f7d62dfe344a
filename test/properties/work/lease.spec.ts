import { jest } from '@jest/globals';
import { Lease, LeaseLost } from '../../../src/common/work/lease.js';

const TTL_MS = 1000;

describe('a lease', () => {
  let renewals: number;
  let isKept: boolean;
  const taken = () =>
    new Lease({
      ttlMs: TTL_MS,
      takenAt: performance.now(),
      renew: () => {
        renewals += 1;
        return Promise.resolve(isKept);
      },
    });

  beforeEach(() => {
    jest.useFakeTimers();
    [renewals, isKept] = [0, true];
  });
  afterEach(() => jest.useRealTimers());

  it('is renewed only when less is left than the step needs', async () => {
    const lease = taken();
    jest.advanceTimersByTime(399);
    await lease.guard(600);
    expect(renewals).toBe(0);
    jest.advanceTimersByTime(1);
    await lease.guard(600);
    expect(renewals).toBe(1);
    // it lasts as long again from the renewal on
    jest.advanceTimersByTime(399);
    await lease.guard(600);
    expect(renewals).toBe(1);
  });

  it('that another process has lets no step begin, also when it would be renewed later', async () => {
    const lease = taken();
    jest.advanceTimersByTime(TTL_MS);
    isKept = false;
    await expect(lease.guard()).rejects.toBeInstanceOf(LeaseLost);
    isKept = true;
    await expect(lease.guard()).rejects.toBeInstanceOf(LeaseLost);
    expect(renewals).toBe(1);
  });

  it('is kept by a heartbeat until it is closed, and a heartbeat that learns of the loss ends it at once', async () => {
    const lease = taken();
    lease.keepAlive(200);
    await jest.advanceTimersByTimeAsync(3 * TTL_MS);
    await lease.guard();
    expect(renewals).toBe(15);
    isKept = false;
    await jest.advanceTimersByTimeAsync(200);
    await expect(lease.guard()).rejects.toBeInstanceOf(LeaseLost);
    lease.close();
    await jest.advanceTimersByTimeAsync(TTL_MS);
    expect(renewals).toBe(16);
  });

  it('whose renewal fails is lost only by its end', async () => {
    const lease = new Lease({
      ttlMs: TTL_MS,
      takenAt: performance.now(),
      renew: () => Promise.reject(new Error('no database')),
    });
    lease.keepAlive(200);
    await jest.advanceTimersByTimeAsync(TTL_MS - 1);
    await lease.guard();
    await jest.advanceTimersByTimeAsync(1);
    await expect(lease.guard()).rejects.toThrow('no database');
    lease.close();
  });
});
