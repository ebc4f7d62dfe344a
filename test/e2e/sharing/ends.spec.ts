import { setTimeout as sleep } from 'node:timers/promises';
import { NO_LIMITS, pathOf, reads, sessionOf, share } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** More sooner ends than one subject's documents say dates. */
const MANY = 17;
/** Time to make that many shares before the first of them ends, in seconds. */
const LEAD = 5;

describe('ends while the service is stopped', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS });
    for (const name of ['alice', 'mallory', 'bob']) await stack.person(name).post(`/users/${name}`);
  }, START_MS);
  afterAll(() => stack?.stop());

  it('hold for what one person shares, however many sooner ends another one gives', async () => {
    const bob = await sessionOf(stack, 'bob');
    const start = Math.ceil(Date.now() / 1000) + LEAD;
    const until = (second: number) => new Date((start + second) * 1000);
    const give = async (owner: string, name: string, end: Date) => {
      const key = `${homeOf(owner)}${name}/`;
      await stack.rootS3.put(BUCKET, `${key}there`);
      const body = { path: pathOf(key), with_users: ['bob'], expires_at: end.toISOString() };
      expect((await share(stack, owner, body)).status).toBe(200);
    };
    await give('alice', 'tables', until(MANY));
    await give('alice', 'long', until(3600));
    await Promise.all(Array.from({ length: MANY }, (_, n) => give('mallory', `trap-${n}`, until(n))));
    await give('mallory', 'long', until(3600));
    expect(await reads(bob, `${homeOf('alice')}tables/there`)).toBe('ok');
    expect(await reads(bob, `${homeOf('mallory')}long/there`)).toBe('ok');

    await stack.service.kill();
    await sleep(until(MANY).getTime() - Date.now() + 1000);
    expect(await reads(bob, `${homeOf('alice')}tables/there`)).toBe('AccessDenied');
    expect(await reads(bob, `${homeOf('alice')}long/there`)).toBe('ok');
    for (let n = 0; n < MANY; n++)
      expect([n, await reads(bob, `${homeOf('mallory')}trap-${n}/there`)]).toEqual([n, 'AccessDenied']);

    await stack.startService();
    // too many ends of one owner end with the last date that is said, but only while the service is away
    expect(await reads(bob, `${homeOf('mallory')}long/there`)).toBe('ok');
    expect(await reads(bob, `${homeOf('alice')}tables/there`)).toBe('AccessDenied');
  });
});
