import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../../scripts/child.mjs';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { hasRabbitmq } from '../../support/servers/rabbitmq.js';
import { type Service, startService } from '../../support/service/service.js';
import { slow } from '../../support/slow.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import {
  collected,
  DEAD,
  emptied,
  type Got,
  listen,
  QUEUE,
  STATUS,
} from '../../support/workflows/messages.js';
import { ended, eventsOf, reaches, submit } from '../../support/workflows/provisions.js';

const TEST_MS = 240_000;
const PEOPLE = Array.from({ length: 8 }, (_, index) => `person${index}`);
const BOTH = hasRabbitmq() && hasPostgres();

(BOTH ? describe : describe.skip)('provisions while the broker fails', () => {
  let stack: Stack;
  let results: () => Promise<Got[]>;
  let dead: () => Promise<Got[]>;

  beforeAll(async () => {
    stack = await startStack({ broker: true, embedded: false, env: NO_LIMITS, proxied: true });
    await makePeople(stack, PEOPLE);
    await broker('up');
    results = await listen(stack.broker, STATUS, '#');
    dead = collected(stack.broker, DEAD);
  }, START_MS);
  beforeEach(() => stack.proxy.reset());
  afterAll(() => stack?.stop());

  const broker = (state: string, service: () => Service = () => stack.service) =>
    waitFor(`the broker ${state}`, async () => {
      const { body } = await service().request('GET', '/readyz');
      return body.dependencies.broker === state;
    });
  const bucket = () => submit(stack.admin, 'bucket', { bucket: `b-${randomBytes(6).toString('hex')}` });
  const many = (count: number) => Promise.all(Array.from({ length: count }, bucket));

  /** Every person into each of four new groups, which have their own order. */
  async function memberships(): Promise<{ groups: string[]; made: any[] }> {
    const groups = ['A', 'B', 'C', 'D'].map((letter) => `${letter}${randomBytes(3).toString('hex')}`);
    for (const group of groups) await stack.admin.post(`/groups/${group}`, {});
    const wishes = PEOPLE.flatMap((user_name) => groups.map((group_name) => ({ group_name, user_name })));
    return { groups, made: await Promise.all(wishes.map((wish) => submit(stack.admin, 'membership', wish))) };
  }

  /** Each has ended so, was recorded once, and was told of. */
  async function allEnded(made: any[], status = 'completed'): Promise<any[]> {
    const all: any[] = [];
    for (const each of made) all.push(await ended(stack.admin, each));
    expect(all.map((each) => each.status)).toEqual(all.map(() => status));
    for (const each of all) expect(eventsOf(each).filter((event) => event === status)).toHaveLength(1);
    await waitFor('their results', async () => {
      const told = new Set((await results()).map(({ body }) => body.taskId));
      return made.every(({ id }) => told.has(id));
    });
    return all;
  }

  async function onceEach(groups: string[]): Promise<void> {
    for (const group of groups) {
      const { members } = await stack.root.groups.info(group);
      const query = `limit=500&subject=${group}&action=group.member_added`;
      const { items } = (await stack.admin.get(`/admin/audit?${query}`)).body;
      const added = items.map(({ detail }: any) => detail.user_name).sort();
      expect([group, members.sort(), added]).toEqual([group, PEOPLE, PEOPLE]);
    }
  }

  const nthWrite = (n: number) =>
    new Promise<void>((resolve) => {
      let seen = 0;
      const isWrite = ({ method }: { method: string }) => method === 'PUT';
      stack.proxy.hook(isWrite, { after: () => void ((seen += 1) === n && resolve()) });
    });

  it(
    'killed in the middle of many, and back: each effect once, nothing lost, and it waits meanwhile',
    async () => {
      const reached = nthWrite(6);
      const { groups, made } = await memberships();
      await reached;
      await stack.broker.kill();
      await broker('down');
      const meanwhile = await many(5);
      await delay(3000);
      for (const { id } of meanwhile)
        expect((await stack.admin.get(`/provisions/${id}`)).body).toMatchObject({
          status: 'pending',
          attempts: 0,
        });
      await stack.broker.start();
      await allEnded([...made, ...meanwhile]);
      await onceEach(groups);
      await emptied(stack.broker);
      expect((await stack.service.request('GET', '/readyz')).body.status).toBe('ready');
    },
    TEST_MS,
  );

  it(
    'the service is killed between its claim and its word to the broker: another one goes on',
    async () => {
      stack.proxy.fail(({ method }) => method === 'PUT', 'hang');
      const made = await many(3);
      for (const each of made) await reaches(stack.admin, each, 'processing');
      await stack.service.kill();
      stack.proxy.reset();
      await stack.startService();
      const all = await allEnded(made);
      expect(all.map(({ attempts }) => attempts)).toEqual([2, 2, 2]);
      await emptied(stack.broker);
    },
    TEST_MS,
  );

  it(
    "with AMQP_FALLBACK=database the database's queue goes on without it, and the broker is told afterwards",
    async () => {
      await stack.restart({ AMQP_FALLBACK: 'database' });
      await broker('up');
      // some have a message in the broker when it ends
      stack.proxy.fail(({ method }) => method === 'PUT', { delayMs: 500 });
      const { groups, made } = await memberships();
      await stack.broker.kill();
      await broker('down');
      stack.proxy.reset();
      const meanwhile = await many(5);
      const failing = await submit(stack.admin, 'membership', { group_name: groups[0], user_name: 'nobody' });
      for (const each of [...made, ...meanwhile])
        expect((await ended(stack.admin, each)).status).toBe('completed');
      expect((await ended(stack.admin, failing)).status).toBe('failed');
      await onceEach(groups);
      await stack.broker.start();
      await allEnded([...made, ...meanwhile]);
      await allEnded([failing], 'failed');
      await waitFor('its dead letter', async () =>
        (await dead()).some(({ body }) => body.taskId === failing.id),
      );
      await emptied(stack.broker);
      await stack.restart({ AMQP_FALLBACK: 'none' });
    },
    TEST_MS,
  );

  it(
    'two replicas take from one queue; one is killed, the other one does its part, too',
    async () => {
      const other = await startService({ env: stack.env });
      try {
        await broker('up');
        await broker('up', () => other);
        const { consumerCount } = await stack.broker.with((channel) => channel.checkQueue(QUEUE));
        expect(consumerCount).toBe(2);
        const reached = nthWrite(10);
        const { groups, made } = await memberships();
        await reached;
        await other.kill();
        await allEnded(made);
        await onceEach(groups);
        await emptied(stack.broker);
      } finally {
        if (other.isRunning()) await other.kill();
      }
    },
    TEST_MS,
  );

  slow.it(
    'a broker that answers nothing is away after three heartbeats, and its messages are not lost',
    async () => {
      await broker('up');
      stack.broker.pause();
      const made = await many(3);
      await broker('down');
      stack.broker.resume();
      await allEnded(made);
    },
    TEST_MS,
  );
});
