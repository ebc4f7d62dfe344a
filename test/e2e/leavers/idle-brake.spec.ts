import { waitFor } from '../../../scripts/child.mjs';
import {
  daysLater,
  makeMember,
  type Member,
  namesWith,
  roundsLater,
  waitUntilSuspended,
} from '../../support/people/leavers.js';
import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const PEOPLE = Array.from({ length: 10 }, (_, number) => `person${number}`);
const confirm = (stack: Stack) => stack.admin.post('/admin/leavers/confirm', { directory: 'idle' });

describe('many people who do not log in, at once', () => {
  let stack: Stack;
  const members = new Map<string, Member>();
  const leavers = async () => (await stack.admin.get('/admin/leavers')).body;
  const idle = async () => (await leavers()).directories.find((each: any) => each.directory === 'idle');
  const check = async () =>
    (await stack.admin.get('/admin/doctor')).body.checks.find(({ name }: any) => name === 'leavers');
  const suspended = () => namesWith(stack, 'suspended');

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, LEAVERS_INTERVAL_SECONDS: '1' } });
    for (const name of PEOPLE) members.set(name, await makeMember(stack, name, stack.person(name)));
    // the administrator, and a user for whom only administrators have asked
    await stack.admin.post('/users/admin');
    await stack.admin.post('/users/etl');
    // logins are recorded by the end of the process at the latest
    await stack.restart();
  }, START_MS);
  afterAll(() => stack?.stop());

  it('are suspended if they are few', async () => {
    await daysLater(stack, 91, PEOPLE.slice(0, 2));
    await waitUntilSuspended(stack, 'person0', 'person1');
    await roundsLater(stack);
    expect(await idle()).toMatchObject({ people: 10, missing: 0, failure: null, braked: null });
    expect(await check()).toMatchObject({ verdict: 'ok' });
  });

  it('keep everything if they are too many within a day, as after the restore of an old database', async () => {
    await daysLater(stack, 100, [...PEOPLE.slice(2), 'etl']);
    await waitFor('the brake', async () => (await idle()).braked !== null);
    await roundsLater(stack, 3);
    expect(await suspended()).toEqual(['person0', 'person1']);
    expect(await members.get('person5')?.works()).toEqual(['ok', 'ok']);
    const { items } = await leavers();
    expect(items.filter(({ state }: any) => state === 'due')).toHaveLength(9);
    // with the two of today
    expect((await idle()).braked).toBe(
      '11 of 12 people have not logged in for 90 days, more than 3 within a day',
    );
    expect(await check()).toMatchObject({
      verdict: 'warning',
      detail: expect.stringContaining('90 days'),
      remedy: expect.stringContaining('POST /admin/leavers/confirm'),
    });
    const { body } = await stack.service.request('GET', '/metrics');
    expect(body).toMatch(/^directory_look_ups_total\{directory="idle",result="braked"\} [1-9]/m);
  });

  it('are not held back by it when an administrator confirms them; who logs in meanwhile stays', async () => {
    expect(
      problemOf(await stack.person('person9').post('/admin/leavers/confirm', { directory: 'idle' })),
    ).toEqual([403, 'forbidden']);
    expect((await members.get('person9')?.caller.get('/me'))?.status).toBe(200);
    await stack.restart();
    const due = (await leavers()).items.filter(({ state }: any) => state === 'due');
    const { status, body } = await confirm(stack);
    expect([status, body]).toEqual([200, { directory: 'idle', users: due.length }]);
    await waitUntilSuspended(stack, 'person2', 'person5', 'etl');
    await roundsLater(stack);
    expect((await suspended()).filter((name) => /^(admin|person9)$/.test(name))).toEqual([]);
    const { items } = (await stack.admin.get('/admin/audit?action=leavers.confirmed')).body;
    expect(items.map(({ actor, detail }: any) => [actor, detail])).toEqual([
      ['admin', { directory: 'idle', users: due.length }],
    ]);
    expect([(await idle()).braked, (await check()).verdict]).toEqual([null, 'ok']);
  });

  it('are counted again after they have come back', async () => {
    const back = ['person2', 'person3', 'person4', 'person5', 'person6'];
    for (const name of back) {
      expect((await members.get(name)?.caller.get('/me'))?.status).toBe(200);
    }
    await daysLater(stack, 200, back);
    await waitFor('the brake', async () => (await idle()).braked !== null);
    await roundsLater(stack, 3);
    expect((await suspended()).filter((name) => back.includes(name))).toEqual([]);
  });

  it('are counted again, too, if they log in between the confirmation and the next round', async () => {
    const back = ['person2', 'person3', 'person4', 'person5', 'person6'];
    await stack.restart({ LEAVERS_DRY_RUN: 'true' });
    expect((await confirm(stack)).body.users).toBe(back.length);
    for (const name of back) expect((await members.get(name)?.caller.get('/me'))?.status).toBe(200);
    await daysLater(stack, 200, back, { LEAVERS_DRY_RUN: 'false' });
    await waitFor('the brake', async () => (await idle()).braked !== null);
    await roundsLater(stack, 3);
    expect((await suspended()).filter((name) => back.includes(name))).toEqual([]);
  });
});
