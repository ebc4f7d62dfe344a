import { randomBytes } from 'node:crypto';
import type { Credential } from '../access/probe.js';
import { BUCKET, type Stack, homeOf } from '../service/stack.js';
import { forge, presign, send, sendSigned, signing } from './client.js';

/** Who attacks whom. */
export interface Scene {
  stack: Stack;
  alice: Credential;
  /** Lists below `hand/` by a policy that somebody wrote by hand. */
  hand: Credential;
  /** Read what is below `ended/`, long ago. */
  late: Credential;
}

const BOB = homeOf('bob');
const MINE = homeOf('alice');
const SECRET = `${BOB}secret-plan.txt`;
const LONG_AGO = '1999-01-01T00:00:00Z';
const TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

export async function setScene(stack: Stack): Promise<Scene> {
  const pair = async (user: string) => (await stack.person(user).post(`/users/${user}`)).body as Credential;
  const alice = await pair('alice');
  await pair('bob');
  await stack.rootS3.put(BUCKET, SECRET, 'the plan');
  await stack.rootS3.put(BUCKET, 'ended/x', 'over');
  await stack.rootS3.put(BUCKET, `${MINE}private`, 'of alice');
  const list = { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [`arn:aws:s3:::${BUCKET}`] } as const;
  const hand = await byHand(stack, 'hand', {
    ...list,
    Condition: { StringLike: { 's3:prefix': ['hand/*'] } },
  });
  const late = await byHand(stack, 'late', {
    Effect: 'Allow',
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::${BUCKET}/ended/*`],
    Condition: { DateLessThan: { 'aws:CurrentTime': ['2000-01-01T00:00:00Z'] } },
  });
  return { stack, alice, hand, late };
}

async function byHand(stack: Stack, user: string, statement: object): Promise<Credential> {
  const secretKey = randomBytes(20).toString('hex');
  stack.secrets.add('a secret', secretKey);
  await stack.root.users.add(user, { secretKey });
  await stack.root.policies.put(user, { Version: '2012-10-17', Statement: [statement as never] });
  await stack.root.policies.set([user], { user });
  return { access_key: user, secret_key: secretKey };
}

/** Which ways of an attack work, as the doctor names them. */
type Ways = Record<string, boolean>;

/** Each attack by the name of the check that must know of it. `plain` requests are refused anyway. */
export const ATTACKS: Record<string, (scene: Scene, endpoint: string) => Promise<Ways>> = {
  async minio_prefix_condition({ alice }, endpoint) {
    const lists = async (query: [string, string][], unsigned: Record<string, string> = {}) =>
      (await listing(endpoint, alice, query, unsigned)).includes(SECRET);
    refuse(await lists([['prefix', '']]));
    return {
      'a header named prefix':
        (await lists([['prefix', '']], { prefix: MINE })) ||
        (await lists([['prefix', '']], { PREFIX: MINE })),
      'a header named prefix without the query key': await lists([], { prefix: MINE }),
      'a query key Prefix': await lists([
        ['prefix', ''],
        ['Prefix', MINE],
      ]),
      'a repeated query key prefix': await lists([
        ['prefix', ''],
        ['prefix', MINE],
      ]),
    };
  },

  async minio_repeated_prefix({ hand }, endpoint) {
    refuse((await listing(endpoint, hand, [['prefix', '']])).includes(SECRET));
    const text = await listing(endpoint, hand, [
      ['prefix', ''],
      ['prefix', 'hand/'],
    ]);
    return { 'a repeated query key prefix': text.includes(SECRET) };
  },

  async minio_time_condition({ late }, endpoint) {
    const reads = async (query: [string, string][], unsigned: Record<string, string> = {}) => {
      const { text } = await sendSigned(endpoint, late, { path: `/${BUCKET}/ended/x`, query, unsigned });
      return text === 'over';
    };
    refuse(await reads([]));
    return {
      'a header named currenttime': await reads([], { currenttime: LONG_AGO }),
      'a query key Currenttime': await reads([['Currenttime', LONG_AGO]]),
      'a query key CurrentTime': await reads([['CurrentTime', LONG_AGO]]),
    };
  },

  async minio_object_tagging({ alice }, endpoint) {
    const told = async (method: 'GET' | 'DELETE') => {
      const ask = async (key: string) => {
        const reply = await sendSigned(endpoint, alice, {
          method,
          path: `/${BUCKET}/${key}`,
          query: [['tagging', '']],
        });
        return shape(reply.status, reply.text, reply.headers);
      };
      return (await ask(SECRET)) !== (await ask(`${BOB}no-such-plan`));
    };
    return { GetObjectTagging: await told('GET'), DeleteObjectTagging: await told('DELETE') };
  },

  async minio_unsigned_trailer({ stack, alice }, endpoint) {
    const key = `${MINE}forged-${randomBytes(4).toString('hex')}`;
    const headers = {
      'x-amz-content-sha256': TRAILER,
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'x-amz-decoded-content-length': '0',
      'content-encoding': 'aws-chunked',
    };
    const body = '0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n';
    await send(forge(endpoint, alice, `/${BUCKET}/${key}`), { method: 'PUT', headers, body });
    return { 'a signature in the address': await exists(stack, key) };
  },

  async minio_unsigned_archive({ stack, alice }, endpoint) {
    const inner = [0, 1].map((n) => `forged-${n}-${randomBytes(4).toString('hex')}`);
    const headers = {
      'x-amz-content-sha256': TRAILER,
      'x-amz-meta-snowball-auto-extract': 'true',
      'x-amz-meta-minio-snowball-prefix': MINE.slice(0, -1),
    };
    const at = `${endpoint}/${BUCKET}/${MINE}archive.tar`;
    await send(forge(endpoint, alice, `/${BUCKET}/${MINE}archive.tar`), {
      method: 'PUT',
      headers,
      body: tar(inner[0] ?? ''),
    });
    const { date, scope } = signing(endpoint);
    const authorization = `AWS4-HMAC-SHA256 Credential=${alice.access_key}/${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    await send(at, {
      method: 'PUT',
      headers: { ...headers, authorization, 'x-amz-date': date },
      body: tar(inner[1] ?? ''),
    });
    const [byAddress = false, byHeader = false] = await Promise.all(
      inner.map((name) => exists(stack, MINE + name)),
    );
    return { 'a signature in the address': byAddress, 'a signature in a header': byHeader };
  },

  async minio_unsigned_copy({ stack, alice }, endpoint) {
    const key = `${MINE}inbox-${randomBytes(4).toString('hex')}`;
    const address = presign(endpoint, alice, { method: 'PUT', path: `/${BUCKET}/${key}` });
    const headers = { 'x-amz-copy-source': `/${BUCKET}/${MINE}private` };
    await send(address, { method: 'PUT', headers, body: '' });
    const text = await stack.rootS3.get(BUCKET, key).catch(() => '');
    return { 'x-amz-copy-source': text === 'of alice' };
  },
};

/** By which ways each attack works; none: it does not. */
export async function openTo(scene: Scene, endpoint: string): Promise<Record<string, string[]>> {
  const results: [string, string[]][] = [];
  for (const [name, attack] of Object.entries(ATTACKS)) {
    const ways = Object.entries(await attack(scene, endpoint));
    results.push([name, ways.flatMap(([way, works]) => (works ? [way] : []))]);
  }
  return Object.fromEntries(results);
}

function refuse(worked: boolean): void {
  if (worked) throw new Error('a plain request was let through: this is no attack');
}

async function listing(
  endpoint: string,
  as: Credential,
  query: [string, string][],
  unsigned: Record<string, string> = {},
): Promise<string> {
  const more: [string, string][] = [['list-type', '2'], ...query];
  return (await sendSigned(endpoint, as, { path: `/${BUCKET}`, query: more, unsigned })).text;
}

function exists(stack: Stack, key: string): Promise<boolean> {
  return stack.rootS3.head(BUCKET, key).then(
    () => true,
    () => false,
  );
}

/** What differs between two answers beside what names the request. */
function shape(status: number, text: string, headers: Record<string, string>): string {
  const plain = text.replace(/<(Key|Resource|RequestId)>[^<]*/g, '<$1>');
  return JSON.stringify([status, plain, Object.keys(headers).sort()]);
}

/** An archive with one file of a few bytes. */
function tar(name: string): Buffer {
  const content = Buffer.from('forged');
  const header = Buffer.alloc(512);
  const octal = (value: number, size: number) => `${value.toString(8).padStart(size - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padded = Buffer.alloc(512);
  content.copy(padded);
  return Buffer.concat([header, padded, Buffer.alloc(1024)]);
}
