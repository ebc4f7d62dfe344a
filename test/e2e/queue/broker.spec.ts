import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { spawnTied, stopChild, waitFor } from '../../../scripts/child.mjs';
import { findNode, ROOT } from '../../../scripts/node.mjs';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { hasRabbitmq } from '../../support/servers/rabbitmq.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { blocksOf } from '../../support/walks/pages.js';
import {
  collected,
  DEAD,
  emptied,
  type Got,
  listen,
  listenerOf,
  QUEUE,
  send,
  STATUS,
  TASKS,
} from '../../support/workflows/messages.js';
import { ended, submit } from '../../support/workflows/provisions.js';

const BOTH = hasRabbitmq() && hasPostgres();

(BOTH ? describe : describe.skip)('provisions through RabbitMQ', () => {
  let stack: Stack;
  let tasks: () => Promise<Got[]>;
  let results: () => Promise<Got[]>;
  let dead: () => Promise<Got[]>;

  beforeAll(async () => {
    stack = await startStack({ broker: true, embedded: false, env: NO_LIMITS, proxied: true });
    await up();
    tasks = await listen(stack.broker, TASKS, 'task.new');
    results = await listen(stack.broker, STATUS, '#');
    dead = collected(stack.broker, DEAD);
    await makePeople(stack, ['alice']);
    await stack.admin.post('/groups/Lab', {});
  }, START_MS);
  afterAll(() => stack?.stop());

  const readiness = async () => (await stack.service.request('GET', '/readyz')).body;
  const check = async () =>
    (await stack.admin.get('/admin/doctor')).body.checks.find(({ name }: any) => name === 'broker');
  const up = () => waitFor('the broker', async () => (await readiness()).dependencies.broker === 'up');
  const bucket = (name: string) => submit(stack.admin, 'bucket', { bucket: name });
  const membership = (user: string) =>
    submit(stack.admin, 'membership', { group_name: 'Lab', user_name: user });
  /** The only message about a provision among all that came. */
  async function only(messages: () => Promise<Got[]>, { id }: { id: string }): Promise<Got> {
    const about = async () => (await messages()).filter(({ body }) => body?.taskId === id);
    await waitFor(`a message about ${id}`, async () => (await about()).length > 0);
    const found = await about();
    expect(found).toHaveLength(1);
    return found[0] as Got;
  }
  const inDatabase = (...statements: string[]) => runSql(stack.env, statements);

  it('has the names of the contract, and a message carries the id only', async () => {
    await stack.broker.with(async (channel) => {
      for (const exchange of [TASKS, `${TASKS}.dlx`, STATUS])
        await channel.assertExchange(exchange, 'topic', { durable: true });
      await channel.assertQueue(QUEUE, { durable: true, deadLetterExchange: `${TASKS}.dlx` });
      await channel.assertQueue(DEAD, { durable: true });
    });
    const done = await ended(stack.admin, await bucket('through-the-broker'));
    expect(done).toMatchObject({ status: 'completed', attempts: 1 });
    const { key, body, properties } = await only(tasks, done);
    expect([key, body]).toEqual(['task.new', { taskId: done.id }]);
    expect(properties).toMatchObject({ deliveryMode: 2, contentType: 'application/json' });
    expect(await readiness()).toMatchObject({ status: 'ready', dependencies: { broker: 'up' } });
    expect(await check()).toMatchObject({ verdict: 'ok' });
    const metrics = (await stack.service.request('GET', '/metrics')).body;
    expect(metrics).toMatch(/^broker_up 1$/m);
    expect(metrics).toMatch(/^broker_messages_total\{outcome="confirmed"\} [1-9]/m);
  });

  it('tells how each one ended, also one that was cancelled', async () => {
    const done = await ended(stack.admin, await bucket('told-of'));
    const told = await only(results, done);
    expect([told.key, told.properties.deliveryMode]).toEqual(['task.completed', 2]);
    expect(told.body).toEqual({
      ...{ taskId: done.id, status: 'completed', kind: 'bucket', origin: 'api', attempts: 1 },
      ...{ errorCode: null, deadLetter: false, parentId: null, correlationId: done.correlation_id },
      endedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    await stack.proxy.refuse();
    const waiting = await bucket('never-made');
    await waitFor('its cancellation', async () => {
      const { status } = await stack.admin.post(`/provisions/${waiting.id}/cancel`);
      return status === 200;
    });
    await stack.proxy.accept();
    const { key, body } = await only(results, waiting);
    expect([key, body.status]).toEqual(['task.failed', 'cancelled']);
  });

  it('the program of docs/queue.md hears it', async () => {
    const [program] = blocksOf(join(ROOT, 'docs/queue.md')).filter(({ language }) => language === 'js');
    const args = ['--input-type=module', '-e', program?.text ?? ''];
    const env = { PATH: process.env.PATH ?? '', AMQP_URL: stack.broker.url };
    const child = spawnTied(findNode(), args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const consumers = () => stack.broker.with((channel) => channel.checkQueue('my-results'));
      await waitFor(
        'the program',
        async () => (await consumers().catch(() => undefined))?.consumerCount === 1,
      );
      const done = await ended(stack.admin, await bucket('heard-of'));
      await waitFor('its word', () => said.includes(done.id));
      expect(said).toMatch(/^task\.completed \{.*"taskId"/m);
    } finally {
      await stopChild(child);
    }
  });

  it("what is given up is in the broker's dead letters, also the next of its subject, which came without a message", async () => {
    const failing = await Promise.all(['nobody1', 'nobody2', 'nobody3'].map(membership));
    for (const each of failing) {
      const { status, dead_lettered_at: since } = await ended(stack.admin, each);
      expect([status, since]).toEqual(['failed', expect.any(String)]);
      expect((await only(dead, each)).body).toEqual({ taskId: each.id });
      const { key, body } = await only(results, each);
      expect([key, body]).toEqual(['task.failed', expect.objectContaining({ deadLetter: true })]);
      expect(body.errorCode).toBe('unknown_user');
    }
  });

  it('garbage and unknown ids are rejected, and disturb nothing', async () => {
    const garbage = [
      '',
      'not json',
      '[]',
      'null',
      '{"taskId": 7}',
      '{"taskId": "x\' or 1=1"}',
      '{"id": "x"}',
    ];
    const unknown = randomUUID();
    for (const each of [...garbage, JSON.stringify({ taskId: unknown }), '\xff\xfe'.repeat(50_000)])
      await send(stack.broker, each);
    await emptied(stack.broker);
    const done = await ended(stack.admin, await bucket('after-garbage'));
    expect(done.status).toBe('completed');
    const rejected = async () =>
      (await dead()).filter(({ properties }) => properties.headers['x-death']?.[0]?.reason === 'rejected');
    await waitFor('all of them', async () => (await rejected()).length >= garbage.length + 2);
    expect(await rejected()).toHaveLength(garbage.length + 2);
    expect((await rejected()).map(({ body }) => body)).toContainEqual({ taskId: unknown });
    expect(stack.service.logs()).toContain('a message was rejected');
    expect(stack.service.logs()).not.toContain(unknown);
  });

  it('a message twice, or about what is done, does nothing', async () => {
    const done = await ended(stack.admin, await bucket('only-once'));
    const failed = await ended(stack.admin, await membership('nobody4'));
    await only(dead, failed);
    for (const { id } of [done, done, failed, failed])
      await send(stack.broker, JSON.stringify({ taskId: id }));
    await emptied(stack.broker);
    await ended(stack.admin, await bucket('after-duplicates'));
    for (const before of [done, failed])
      expect((await stack.admin.get(`/provisions/${before.id}`)).body).toEqual(before);
    await only(dead, failed);
    await only(results, done);
  });

  it('who else publishes the id of a provision that waits gets it worked', async () => {
    await stack.restart({ ROLE: 'api' });
    expect((await readiness()).dependencies).not.toHaveProperty('broker');
    const waiting = await bucket('asked-by-others');
    await inDatabase(`delete from queue.job where data->>'provision_id' = '${waiting.id}'`);
    await send(stack.broker, JSON.stringify({ taskId: waiting.id }));
    // nobody would look for it before
    await inDatabase(`update provision set due_at = clock_timestamp() where id = '${waiting.id}'`);
    await stack.restart({ ROLE: 'all' });
    const done = await ended(stack.admin, waiting);
    expect(done).toMatchObject({ status: 'completed', attempts: 1 });
    expect((await tasks()).filter(({ body }) => body?.taskId === waiting.id)).toHaveLength(1);
  });

  it('a queue that somebody deletes is made again, and nothing is lost with it', async () => {
    await up();
    await stack.broker.with((channel) => channel.deleteQueue(QUEUE));
    expect((await ended(stack.admin, await bucket('without-queue'))).status).toBe('completed');
    const unbound = () => stack.broker.with((channel) => channel.unbindQueue(QUEUE, TASKS, 'task.new'));
    await unbound();
    // the listener still gets the messages: the broker gives none back
    expect((await ended(stack.admin, await bucket('without-binding'))).status).toBe('completed');
    await stack.broker.with((channel) => channel.deleteQueue(listenerOf(TASKS, 'task.new')));
    await unbound();
    expect((await ended(stack.admin, await bucket('without-any-queue'))).status).toBe('completed');
    await stack.broker.with((channel) => channel.deleteExchange(TASKS));
    expect((await ended(stack.admin, await bucket('without-exchange'))).status).toBe('completed');
    expect(stack.service.logs()).toMatch(/a message to provisioning.tasks reached no queue/);
  });

  it('says what is wrong with the broker, works when it is right again, and never says the password', async () => {
    await stack.stopService();
    const other = { durable: true, arguments: { 'x-max-length': 5 } };
    await stack.broker.with(async (channel) => {
      await channel.deleteQueue(QUEUE);
      await channel.assertQueue(QUEUE, other);
    });
    await stack.startService();
    await waitFor('its word', async () => /PRECONDITION/.test((await check()).detail));
    expect(await readiness()).toMatchObject({ status: 'degraded', dependencies: { broker: 'down' } });
    const found = await check();
    expect(found).toMatchObject({ verdict: 'failed', remedy: expect.stringContaining('AMQP_URL') });
    expect(found.detail).toMatch(/'provisioning\.tasks\.queue'.*exists with other settings: delete it/);
    const waiting = await bucket('until-it-is-right');
    await stack.broker.with((channel) => channel.deleteQueue(QUEUE));
    expect((await ended(stack.admin, waiting)).status).toBe('completed');
    expect(await readiness()).toMatchObject({ status: 'ready' });

    const wrong = stack.broker.url.replace(stack.broker.password, 'a-wrong-p%2Fssword');
    stack.secrets.add('a wrong password', 'a-wrong-p');
    await stack.restart({ AMQP_URL: wrong });
    await waitFor('its word', async () => /ACCESS_REFUSED/.test((await check()).detail));
    expect(JSON.stringify(await check())).not.toContain('a-wrong-p');
    await stack.restart({ AMQP_URL: stack.broker.url });
    await up();
  });
});
