import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CallRecord, MadminClient, MadminError } from '../../../src/madmin/client.js';
import { type Answer, caught, fail, KEYS, stub, stubs, USER_SECRET } from './stub.js';

describe('answers', () => {
  it('are bounded, announced or not', async () => {
    const big = Buffer.alloc(5 * 1024 * 1024, 0x20);
    for (const announced of [true, false]) {
      const { client } = await stub((_, response) => {
        if (announced) response.setHeader('content-length', big.length);
        response.write(big);
        response.end();
      });
      await expect(client.users.info('alice')).rejects.toMatchObject({ code: 'too_large' });
    }
  });

  it('that make no sense are internal errors', async () => {
    const { client } = await stub((_, response) => response.end('<html>'));
    await expect(client.users.info('alice')).rejects.toMatchObject({ code: 'internal' });
    await expect(client.users.list()).rejects.toMatchObject({ code: 'internal' });
    await expect(client.sts.assumeRole(KEYS)).rejects.toMatchObject({ code: 'internal' });
  });

  it('of health are told as they are', async () => {
    const { client, seen } = await stub((_, response, count) => {
      if (count === 1) response.setHeader('x-minio-server-status', 'iam-offline');
      response.writeHead(count === 1 ? 200 : 503).end();
    });
    expect(await client.server.health('ready')).toEqual({
      ok: false,
      status: 200,
      serverStatus: 'iam-offline',
    });
    expect(await client.server.health('cluster')).toEqual({ ok: false, status: 503 });
    expect(seen).toEqual(['GET /minio/health/ready', 'GET /minio/health/cluster']);
  });

  it('of STS are read as text, digits and all', async () => {
    const body =
      '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>12345678901234567890</AccessKeyId>' +
      '<SecretAccessKey>0e10</SecretAccessKey><SessionToken>a&amp;b</SessionToken>' +
      '<Expiration>2026-11-21T23:51:52Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>';
    const { client } = await stub((_, response) => response.end(body));
    expect(await client.sts.assumeRole(KEYS)).toEqual({
      accessKey: '12345678901234567890',
      secretKey: '0e10',
      sessionToken: 'a&b',
      expiration: new Date('2026-11-21T23:51:52Z'),
    });
    const spoiled = [
      ...['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'].map((name) =>
        body.replace(new RegExp(`<${name}>.*</${name}>`), ''),
      ),
      body.replace('0e10', ''),
      body.replace('2026-11-21T', 'soon'),
    ];
    const { client: another } = await stub((_, response, count) => response.end(spoiled[count - 1]));
    const failures = await Promise.all(spoiled.map(() => caught(another.sts.assumeRole(KEYS))));
    expect(failures.map(({ code }) => code)).toEqual(spoiled.map(() => 'internal'));
  });
});

describe('secrets', () => {
  it('are in no print of the client', async () => {
    const { client } = await stub(fail(500));
    const shown = inspect(client, { depth: 20, showHidden: true }) + JSON.stringify(client);
    expect(shown).not.toContain(KEYS.secretKey);
    expect(shown).not.toContain(KEYS.accessKey);
  });

  it('are in no error, even if the server repeats all it got', async () => {
    const echo: Answer = (request, response) => {
      const Message = `${inspect(request.headers)} ${USER_SECRET} ${KEYS.secretKey}`;
      response.writeHead(400).end(JSON.stringify({ Code: Message, Message, RequestId: Message }));
    };
    const { client } = await stub(echo);
    const user = { accessKey: 'alice', secretKey: USER_SECRET };
    const errors = await Promise.all([
      caught(client.users.add('alice', { secretKey: USER_SECRET })),
      caught(client.accessKeys.add({ targetUser: 'alice', ...user })),
      caught(client.accessKeys.update('KEY', { policy: 'inherit', secretKey: USER_SECRET })),
      caught(client.sts.assumeRole(user)),
      caught(client.policies.set(['p'], { user: 'alice' })),
    ]);
    for (const error of errors) {
      expect(error).toBeInstanceOf(MadminError);
      const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + String(error);
      for (const secret of [USER_SECRET, KEYS.secretKey, 'Signature=']) expect(shown).not.toContain(secret);
    }
  });

  it('are not sent in clear', async () => {
    const sent: string[] = [];
    const { client } = await stub((request, response) => {
      sent.push(JSON.stringify(request.rawHeaders));
      response.end();
    });
    stubs[0]!.onBody = (chunk) => sent.push(chunk);
    await client.users.add('alice', { secretKey: USER_SECRET });
    await client.accessKeys.add({ targetUser: 'alice', accessKey: 'KEY', secretKey: USER_SECRET });
    expect(sent.join().length).toBeGreaterThan(200);
    expect(sent.join()).not.toContain(USER_SECRET);
    expect(sent.join()).not.toContain(KEYS.secretKey);
  });
});

describe('calls', () => {
  it('are told to the observer, which cannot break them', async () => {
    const records: CallRecord[] = [];
    const onCall = (record: CallRecord): void => {
      records.push(record);
      throw new Error('broken observer');
    };
    const { client } = await stub((_, response, count) => response.writeHead(count === 1 ? 200 : 404).end(), {
      onCall,
    });
    await client.users.remove('alice');
    await expect(client.users.remove('alice')).rejects.toMatchObject({ code: 'not_found' });
    expect(records).toEqual([
      { verb: 'users.remove', outcome: 'ok', durationMs: expect.any(Number) },
      { verb: 'users.remove', outcome: 'not_found', durationMs: expect.any(Number) },
    ]);
  });

  it('with names that would mean something else are not sent', async () => {
    const { client, seen } = await stub((_, response) => response.end());
    const { users, policies, groups, accessKeys, sts } = client;
    const bad: (() => Promise<unknown>)[] = [
      () => users.remove(''),
      () => users.info('\ud800'),
      () => users.add('alice', { secretKey: '' }),
      () => policies.set(['a,b'], { user: 'alice' }),
      () => policies.set(['a', ''], { user: 'alice' }),
      () => policies.set(['a'], {} as { user: string }),
      () => policies.entities({ users: [''] }),
      () => groups.removeMembers('staff', []),
      () => groups.addMembers('staff', ['alice', '']),
      () => accessKeys.add({ targetUser: '', accessKey: 'KEY', secretKey: 'secret-secret' }),
      () => accessKeys.list(''),
      () => sts.revokeTokens(''),
      () => sts.assumeRole({ accessKey: 'a,b', secretKey: 'secret-secret' }),
      () => sts.assumeRole({ accessKey: 'a\r\nx: y', secretKey: 'secret-secret' }),
    ];
    for (const call of bad) await expect(call()).rejects.toMatchObject({ code: 'invalid' });
    expect(seen).toEqual([]);
  });

  it('need an endpoint without a path', () => {
    const make = (endpoint: string) => () => new MadminClient({ endpoint, ...KEYS });
    const bad = [
      '',
      'minio:9000',
      'ftp://minio',
      'http://minio/admin',
      'http://minio?x',
      'http://u:p@minio:9000',
    ];
    for (const endpoint of bad) expect(make(endpoint)).toThrow(MadminError);
    expect(() => new MadminClient({ endpoint: 'http://minio', accessKey: 'a,b', secretKey: 'x' })).toThrow(
      MadminError,
    );
  });

  it('fail after close', async () => {
    const { client } = await stub((_, response) => response.end());
    await client.close();
    await expect(client.users.remove('alice')).rejects.toMatchObject({
      code: 'unavailable',
      outcomeUnknown: false,
    });
  });

  it('put names on the wire so that they come out the same', async () => {
    const { client, seen } = await stub((_, response) => response.end());
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/\p{Surrogate}/u.test(text));
    const property = fc.asyncProperty(name, async (user) => {
      await client.users.remove(user);
      const url = new URL(seen.at(-1)!.slice('DELETE '.length), 'http://x');
      expect(url.searchParams.get('accessKey')).toBe(user);
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
