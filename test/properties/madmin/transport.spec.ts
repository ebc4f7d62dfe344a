import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Answer, caught, fail, stub } from './stub.js';

describe('retries', () => {
  it('repeat a read twice on 503, a write never', async () => {
    const { client, seen } = await stub(fail(503));
    await expect(client.users.info('alice')).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    expect(seen).toHaveLength(3);
    await expect(client.users.remove('alice')).rejects.toMatchObject({
      code: 'unavailable',
      outcomeUnknown: true,
    });
    expect(seen).toHaveLength(4);
  });

  it('do not repeat a refusal, nor a 500', async () => {
    for (const status of [400, 403, 404, 500]) {
      const { client, seen } = await stub(fail(status));
      await expect(client.users.info('alice')).rejects.toMatchObject({ status });
      expect(seen).toHaveLength(1);
    }
  });

  it('repeat a read when a kept connection turns out dead, a write not', async () => {
    const { client, seen } = await stub((request, response, count) => {
      if (count % 2 === 0) request.socket.destroy();
      else response.end('{"status":"enabled"}');
    });
    await client.users.info('alice');
    expect(await client.users.info('alice')).toMatchObject({ status: 'enabled' });
    expect(seen).toHaveLength(3);
    await expect(client.users.remove('alice')).rejects.toMatchObject({
      code: 'unavailable',
      outcomeUnknown: true,
      retryable: true,
    });
    expect(seen).toHaveLength(4);
  });

  it('stay within the time-out', async () => {
    const { client, seen } = await stub(
      (_, response) => void setTimeout(() => response.writeHead(503).end(), 120),
      { timeoutMs: 200 },
    );
    await caught(client.users.info('alice'));
    expect(seen.length).toBeLessThanOrEqual(2);
  });
});

describe('time-outs', () => {
  const hang: Answer = () => undefined;

  it.each<[string, Answer]>([
    ['for headers', hang],
    [
      'in the middle of the body',
      (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('{'),
    ],
  ])('end a call that waits %s', async (_, answer) => {
    // long enough for a busy machine to send both
    const { client } = await stub(answer, { timeoutMs: 1_000 });
    const [read, write] = await Promise.all([
      caught(client.users.info('alice')),
      caught(client.groups.remove('staff')),
    ]);
    expect(read).toMatchObject({ code: 'timeout', outcomeUnknown: false });
    expect(write).toMatchObject({ code: 'timeout', outcomeUnknown: true });
  });

  it('end a call that waits for a connection: nothing was sent, nor is it later', async () => {
    const hangFirst: Answer = (_, response, count) => void (count === 1 || response.end());
    const limits = { timeoutMs: 150, slowTimeoutMs: 60_000, connections: 1 };
    const { client, seen } = await stub(hangFirst, limits);
    const attach = (signal?: AbortSignal) =>
      client.policies.attach(['readonly'], { user: 'alice' }, { signal });
    const aborter = new AbortController();
    const first = caught(attach(aborter.signal));
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await caught(client.users.remove('alice'))).toMatchObject({
      code: 'timeout',
      outcomeUnknown: false,
    });
    aborter.abort();
    expect(await first).toMatchObject({ code: 'timeout', outcomeUnknown: true });
    await attach();
    const path = 'POST /minio/admin/v3/idp/builtin/policy/attach';
    expect(seen).toEqual([path, path]);
  });

  it('are longer for calls that MinIO encrypts slowly', async () => {
    const slowly: Answer = (_, response) => void setTimeout(() => response.end(), 250);
    const { client } = await stub(slowly, { timeoutMs: 100, slowTimeoutMs: 60_000 });
    await client.policies.attach(['readonly'], { user: 'alice' });
    await expect(client.policies.set(['readonly'], { user: 'alice' })).rejects.toMatchObject({
      code: 'timeout',
    });
  });

  it('come early when the caller says so', async () => {
    const { client, seen } = await stub(hang);
    const aborter = new AbortController();
    const call = caught(client.users.setStatus('alice', 'disabled', { signal: aborter.signal }));
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    aborter.abort();
    expect(await call).toMatchObject({ code: 'timeout', outcomeUnknown: true });
    const before = caught(client.users.remove('alice', { signal: aborter.signal }));
    expect(await before).toMatchObject({ code: 'timeout', outcomeUnknown: false });
    expect(seen).toHaveLength(1);
  });
});

describe('whether the server has read its identities', () => {
  it.each([
    { who: 'a proxy that says that there is no server', headers: {}, body: '', times: 2 },
    { who: 'a server that is busy', headers: { 'x-amz-request-id': '1' }, body: 'SlowDownRead', times: 1 },
    {
      who: 'a server that has just started',
      headers: { 'x-amz-request-id': '1' },
      body: 'XMinioServerNotInitialized',
      times: 2,
    },
  ])('is asked $times times after $who', async ({ headers, body, times }) => {
    const made = await stub((_, response) => response.writeHead(503, headers).end(body));
    await caught(made.client.users.remove('alice'));
    await caught(made.client.users.remove('alice'));
    expect(made.questions).toBe(times);
  });

  it('is asked again after the server closed a connection, and not after a call was given up', async () => {
    const made = await stub(
      (request, response, count) =>
        void (count === 2 ? request.socket.destroy() : count === 3 || response.end('{}')),
      { timeoutMs: 300 },
    );
    const keep = setInterval(() => void made.client.server.health('live').catch(() => undefined), 20);
    const { users } = made.client;
    const answered = await users.info('alice').then(() => made.questions);
    await caught(users.remove('alice'));
    await caught(users.remove('bob'));
    const givenUp = made.questions;
    // until its connection is closed
    await sleep(50);
    await users.info('alice');
    clearInterval(keep);
    expect([answered, givenUp, made.questions, made.seen.length]).toEqual([1, 2, 2, 4]);
  });
});
