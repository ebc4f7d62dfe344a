import { randomBytes } from 'node:crypto';
import { waitFor } from '../../../scripts/child.mjs';
import { ended, eventsOf, reaches, submit } from '../../support/workflows/provisions.js';
import type { Call } from '../../support/network/proxy.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const TEST_MS = 120_000;
const PEOPLE = Array.from({ length: 10 }, (_, index) => `person${index}`);

describe('provisions while something fails', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS, proxied: true });
    await makePeople(stack, PEOPLE);
  }, START_MS);
  beforeEach(() => stack.proxy.reset());
  afterAll(() => stack?.stop());

  it(
    'MinIO away: tried again after growing gaps, done when it is back',
    async () => {
      await stack.proxy.refuse();
      const made = await submit(stack.admin, 'bucket', { bucket: 'kept-bucket' });
      await waitFor('a third attempt', async () => (await shown(made)).attempts >= 3, { timeoutMs: 30_000 });
      await stack.proxy.accept();
      const done = await ended(stack.admin, made);
      expect(done).toMatchObject({ status: 'completed', error: null, error_code: null });
      expect(done.attempts).toBeGreaterThanOrEqual(3);
      const { events } = done;
      expect(eventsOf(done)).toEqual([
        'accepted',
        ...Array(done.attempts - 1).fill('postponed'),
        'completed',
      ]);
      expect(events.map(({ detail }: any) => detail.attempt).slice(1)).toEqual(
        Array.from({ length: done.attempts }, (_, index) => index + 1),
      );
      // by the rule 0.5 to 1 s, then 1 to 2 s
      const at = events.map((event: any) => Date.parse(event.at));
      expect(at[2] - at[1]).toBeGreaterThanOrEqual(500);
      expect(at[3] - at[2]).toBeGreaterThanOrEqual(1000);
      expect(await stack.rootS3.buckets()).toContain('kept-bucket');
    },
    TEST_MS,
  );

  /** Every person into every one of four new groups: 40 provisions, of four subjects. */
  async function submitAll(): Promise<{ groups: string[]; made: any[] }> {
    const groups = ['A', 'B', 'C', 'D'].map((letter) => `${letter}${randomBytes(3).toString('hex')}`);
    for (const group of groups) await stack.admin.post(`/groups/${group}`, {});
    const wishes = PEOPLE.flatMap((user_name) => groups.map((group_name) => ({ group_name, user_name })));
    return { groups, made: await Promise.all(wishes.map((wish) => submit(stack.admin, 'membership', wish))) };
  }

  /** All are completed once, in MinIO as in the records, and each change was written down once. */
  async function expectAllDone({ groups, made }: { groups: string[]; made: any[] }): Promise<any[]> {
    const all: any[] = [];
    for (const each of made) all.push(await ended(stack.admin, each));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 'completed'));
    for (const each of all) expect(eventsOf(each).filter((event) => event === 'completed')).toHaveLength(1);
    for (const group of groups) {
      const { members } = await stack.root.groups.info(group);
      const query = `limit=500&subject=${group}&action=group.member_added`;
      const { items } = (await stack.admin.get(`/admin/audit?${query}`)).body;
      const added = items.map(({ detail }: any) => detail.user_name).sort();
      expect([group, members.sort(), added]).toEqual([group, PEOPLE, PEOPLE]);
    }
    return all;
  }

  it(
    'killed in the middle: goes on after the next start, nothing doubled, nothing lost',
    async () => {
      const reached = nthWrite(12);
      const work = await submitAll();
      await reached;
      await stack.service.kill();
      stack.proxy.reset();
      await stack.startService();
      const all = await expectAllDone(work);
      const recovered = all.filter((each) => eventsOf(each).includes('recovered'));
      expect(recovered.length).toBeGreaterThan(0);
      for (const each of recovered) expect(each.attempts).toBeGreaterThan(1);
    },
    TEST_MS,
  );

  it(
    'asked to stop in the middle: what runs comes to its end, the rest is done after the next start',
    async () => {
      const reached = nthWrite(8);
      const work = await submitAll();
      await reached;
      const stopped = stack.service.stop();
      const late = await submitUntilRefused();
      expect(await stopped).toBe(0);
      stack.proxy.reset();
      await stack.startService();
      const all = await expectAllDone(work);
      for (const each of late) expect((await ended(stack.admin, each)).status).toBe('completed');
      // nobody's work was cut off
      expect(all.map((each) => [eventsOf(each), each.attempts])).toEqual(
        all.map(() => [['accepted', 'completed'], 1]),
      );
    },
    TEST_MS,
  );

  it(
    'MinIO away for too long: a dead letter with its last error, and redriven it is done',
    async () => {
      await stack.restart({ PROVISION_MAX_ATTEMPTS: '2' });
      await stack.proxy.refuse();
      const made = await submit(stack.admin, 'bucket', { bucket: 'late-bucket' });
      const dead = await reaches(stack.admin, made, 'failed');
      expect(dead).toMatchObject({ attempts: 2, max_attempts: 2, error_code: 'storage_unavailable' });
      expect(dead.error).toMatch(/MinIO/);
      const { items } = (await stack.admin.get('/provisions/dead-letters')).body;
      expect(items.map(({ id }: any) => id)).toEqual([dead.id]);
      await stack.proxy.accept();
      const { body: again } = await stack.admin.post(`/provisions/${dead.id}/redrive`);
      expect(await ended(stack.admin, again)).toMatchObject({
        ...{ status: 'completed', redriven_from: dead.id },
      });
      expect((await stack.admin.get('/provisions/dead-letters')).body.items).toEqual([]);
      expect(await stack.rootS3.buckets()).toContain('late-bucket');
    },
    TEST_MS,
  );

  /** What a service that is about to end still accepts; it refuses by 503, or by its end. */
  async function submitUntilRefused(): Promise<any[]> {
    const made: any[] = [];
    for (;;) {
      const request = { kind: 'user', input: { user_name: PEOPLE[0] } };
      const answer = await stack.admin.post('/provisions', request).catch(() => undefined);
      if (answer?.status !== 202) {
        expect([undefined, 503]).toContain(answer?.status);
        return made;
      }
      made.push(answer.body);
    }
  }

  const shown = async ({ id }: { id: string }) => (await stack.admin.get(`/provisions/${id}`)).body;

  /** Resolves when MinIO is told of a change of members for the n-th time. */
  function nthWrite(n: number): Promise<void> {
    let count = 0;
    return new Promise((resolve) => {
      const isWrite = ({ path }: Call) => path.endsWith('/update-group-members');
      stack.proxy.hook(isWrite, {
        before: () => {
          count += 1;
          if (count === n) resolve();
        },
      });
    });
  }
});
