import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { ADMIN, Caller } from '../../src/madmin/call.js';
import { MadminClient } from '../../src/madmin/client.js';
import { type Target, USER_SECRET } from './target.js';

export function describeServer(target: Target): void {
  describe('server', () => {
    it('tells about itself and the caller', async () => {
      const { server } = target.client;
      const info = await server.info();
      expect(info.mode).toBe('online');
      expect(['MinIO', 'RustFS']).toContain(info.product);
      expect(info.servers[0]).toMatchObject({ state: 'online', uptime: expect.any(Number) });
      expect(await server.accountInfo()).toMatchObject({
        accountName: target.root.accessKey,
        buckets: expect.any(Array),
      });
    });

    it.each(['live', 'ready', 'cluster', 'cluster/read'] as const)('is healthy: %s', async (check) => {
      expect(await target.client.server.health(check)).toEqual({ ok: true, status: 200 });
    });

    it('answers health without valid keys', async () => {
      const { endpoint } = target.root;
      const client = new MadminClient({ endpoint, accessKey: 'nobody', secretKey: 'no-such-secret' });
      expect(await client.server.health('ready')).toMatchObject({ ok: true });
      await expect(client.server.info()).rejects.toMatchObject({ code: 'unknown_access_key', status: 403 });
      await client.close();
    });

    it('knows disabled users, wrong secrets and missing rights apart', async () => {
      const user = await target.user();
      const as = async (secretKey: string) => {
        const client = new MadminClient({ ...target.root, accessKey: user, secretKey });
        return client.users.list().finally(() => client.close());
      };
      await expect(as(USER_SECRET)).rejects.toMatchObject({ code: 'denied', minioCode: 'AccessDenied' });
      await expect(as('wrong-secret')).rejects.toMatchObject({ code: 'signature_mismatch' });
      await target.client.users.setStatus(user, 'disabled');
      await expect(as(USER_SECRET)).rejects.toMatchObject({
        code: 'account_disabled',
        minioCode: 'InvalidAccessKeyId',
      });
    });

    it('refuses a call that it does not know', async () => {
      const { endpoint, accessKey, secretKey } = target.root;
      const caller = new Caller({
        endpoint: new URL(endpoint),
        credentials: { accessKey, secretKey },
        region: 'us-east-1',
        timeoutMs: 2_000,
        slowTimeoutMs: 2_000,
        connections: 1,
        algorithm: 'pbkdf2-aes',
        onCall: undefined,
      });
      const call = (path: string) => caller.send({ verb: 'test', method: 'GET', path });
      const unsupported = target.by({
        MinIO: { code: 'unsupported', status: 426, minioCode: 'XMinioAdminVersionMismatch' },
        RustFS: { code: 'unsupported', status: 501, minioCode: 'NotImplemented' },
      });
      await expect(call(`${ADMIN}/no-such-call`)).rejects.toMatchObject(unsupported);
      const incomplete = target.by({
        MinIO: unsupported,
        RustFS: { code: 'invalid', status: 400, minioCode: 'InvalidArgument' },
      });
      await expect(call(`${ADMIN}/user-info`)).rejects.toMatchObject(incomplete);
      await caller.close();
    });
  });

  describe('a server that is away', () => {
    it('refuses connections', async () => {
      const silent = await listen();
      const endpoint = address(silent);
      await new Promise((resolve) => silent.close(resolve));
      const client = new MadminClient({ ...target.root, endpoint });
      const unavailable = { code: 'unavailable', retryable: true, outcomeUnknown: false };
      await expect(client.users.info('anyone')).rejects.toMatchObject(unavailable);
      await expect(client.users.remove('anyone')).rejects.toMatchObject(unavailable);
      await expect(client.server.health('live')).rejects.toMatchObject(unavailable);
      await client.close();
    });

    it('accepts and never answers', async () => {
      const silent = await listen();
      const client = new MadminClient({ ...target.root, endpoint: address(silent), timeoutMs: 300 });
      // nothing is sent to a server that has not said that it has read its identities
      await expectHang(client, 300, false);
      await client.close();
      silent.close();
    });

    (target.external ? it.skip : it)('is stopped (SIGSTOP) and continues', async () => {
      const user = await target.user();
      const client = new MadminClient({ ...target.root, timeoutMs: 1_000 });
      await client.users.info(user);
      target.server!.pause();
      try {
        await expectHang(client, 1_000, true);
      } finally {
        target.server!.resume();
      }
      expect(await client.users.info(user)).toMatchObject({ status: 'enabled' });
      await client.close();
    });
  });
}

async function expectHang(client: MadminClient, timeoutMs: number, isSent: boolean): Promise<void> {
  const start = performance.now();
  await Promise.all([
    expect(client.users.info('anyone')).rejects.toMatchObject({ code: 'timeout', outcomeUnknown: false }),
    expect(client.users.remove('anyone')).rejects.toMatchObject({ code: 'timeout', outcomeUnknown: isSent }),
    expect(client.server.health('live')).rejects.toMatchObject({ code: 'timeout' }),
    expect(client.sts.assumeRole({ accessKey: 'anyone', secretKey: 'any-secret' })).rejects.toMatchObject({
      code: 'timeout',
    }),
  ]);
  const took = performance.now() - start;
  expect(took).toBeGreaterThanOrEqual(timeoutMs - 5);
  expect(took).toBeLessThan(timeoutMs + 1_500);
}

function listen(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
