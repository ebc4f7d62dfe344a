import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { MINIO_VERSION, findMinio } from '../../../scripts/minio-binary.mjs';
import { MadminClient } from '../../../src/madmin/client.js';
import { forge, presign, send, sendSigned } from '../../support/attacks/client.js';
import { type MinioServer, startMinio } from '../../support/servers/minio.js';
import { type Nginx, hasNginx, startNginx } from '../../support/servers/nginx.js';
import { S3 } from '../../support/access/s3.js';
import { START_MS } from '../../support/service/stack.js';

const REFUSED = 'The proxy refused this';
/** Names of conditions in MinIO's policies; those of S3 itself count only in one spelling. */
const SPELLED = ['prefix', 'delimiter', 'max-keys', 'versionId'];
const CONDITIONS = [
  ...['currenttime', 'epochtime', 'securetransport', 'sourceip', 'useragent', 'principaltype', 'userid'],
  ...['username', 'groups', 'signatureversion', 'signatureage', 'authtype', 'locationconstraint'],
];

(hasNginx() ? describe : describe.skip)('what the proxy refuses', () => {
  let minio: MinioServer;
  let nginx: Nginx;
  let root: S3;
  let keys: { access_key: string; secret_key: string };

  beforeAll(async () => {
    minio = await startMinio();
    nginx = await startNginx(minio);
    keys = { access_key: minio.accessKey, secret_key: minio.secretKey };
    root = new S3({
      endpoint: nginx.endpoint,
      accessKey: minio.accessKey,
      secretKey: minio.secretKey,
    });
    await root.createBucket('lake');
    await root.put('lake', 'x');
  }, START_MS);
  afterAll(async () => {
    root?.close();
    await nginx?.stop();
    await minio?.remove();
  });

  /** A user of MinIO with one statement. */
  async function someone(
    user: string,
    statement: object,
  ): Promise<{ access_key: string; secret_key: string }> {
    const admin = new MadminClient(minio);
    const secretKey = `secret-of-${user}`;
    try {
      await admin.users.add(user, { secretKey });
      await admin.policies.put(user, {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', ...statement } as never],
      });
      await admin.policies.set([user], { user });
    } finally {
      await admin.close();
    }
    return { access_key: user, secret_key: secretKey };
  }

  /** The whole answer, to a request that no library would send. */
  function raw(request: string, endpoint = nginx.endpoint): Promise<string> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(endpoint);
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.write(request));
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.once('end', () => resolve(answer)).once('error', reject);
    });
  }
  const get = (target: string, ...headers: string[]) =>
    raw([`GET ${target} HTTP/1.1`, 'Host: lake', ...headers, 'Connection: close', '', ''].join('\r\n'));
  const refuses = async (target: string, ...headers: string[]) =>
    (await get(target, ...headers)).includes(REFUSED);

  it.each([
    ...SPELLED.map((name) => (name === 'versionId' ? 'versionid' : name)),
    ...CONDITIONS,
    'X-Amz-Signature-Age',
    'X-Minio-Source-Mtime',
    'X-Minio-Source-Replication-Request',
    'X-Minio-Replication-Server-Side-Encryption-Sealed-Key',
    'X-Minio-Internal-Encrypted-Multipart',
    'X-Amz-Replication-Status',
  ])('a header named %s, in any case', async (name) => {
    for (const spelled of [name, name.toUpperCase(), name.toLowerCase()])
      expect(await refuses('/lake/x', `${spelled}: 1`)).toBe(true);
  });

  it('query keys of such names, repeated keys, encoded ones and too many: as a model says, over random queries', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        ...SPELLED,
        ...CONDITIONS,
        'list-type',
        'tagging',
        'events',
        'uploads',
        'x-id',
        'partNumber',
      ),
      fc.constantFrom(
        'X-Amz-Signature',
        'x-minio-source-mtime',
        'X-Amz-Replication-Status',
        'email',
        'object-lock-mode',
      ),
    );
    const key = fc.oneof(
      { weight: 6, arbitrary: word },
      { weight: 1, arbitrary: word.map((name) => name.toUpperCase()) },
      { weight: 1, arbitrary: word.map((name) => name[0]?.toUpperCase() + name.slice(1)) },
      { weight: 1, arbitrary: word.map((name) => `${name}x`) },
      { weight: 1, arbitrary: word.map((name) => `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`) },
    );
    const value = fc.constantFrom('', '=', '=a', '=prefix', '=%2F%26prefix', '=a=b', '=+');
    const query = fc.array(fc.tuple(key, value), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(query, async (parts) => {
        const text = parts.map(([name, after]) => name + after).join('&');
        expect([text, await refuses(`/lake?${text}`)]).toEqual([
          text,
          modelRefuses(parts.map(([name]) => name)),
        ]);
      }),
      { numRuns: 400 },
    );
    const many = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`).join('&');
    expect([await refuses(`/lake?${many(48)}`), await refuses(`/lake?${many(49)}`)]).toEqual([false, true]);
  });

  it.each([
    ['a query that goes on behind a #', '/lake?x=#&prefix=&prefix=a/', []],
    ['a query behind a path that holds a #', '/lake#?Prefix=a', []],
    [
      'an archive in an upload that is not signed',
      '/lake/x',
      [
        'x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-meta-snowball-auto-extract: true',
        'authorization: AWS4-HMAC-SHA256 Credential=a',
      ],
    ],
    [
      'an upload with an unsigned trailer and no Authorization',
      '/lake/x',
      ['x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
    ],
    [
      'the same with one of another kind',
      '/lake/x',
      ['x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'authorization: Bearer x'],
    ],
    [
      'the source of a copy that is not signed',
      '/lake/x?X-Amz-SignedHeaders=host',
      ['x-amz-copy-source: /lake/y'],
    ],
    [
      'the same, signed as another one',
      '/lake/x?X-Amz-SignedHeaders=host%3Bx-amz-copy-source-range',
      ['x-amz-copy-source: /lake/y'],
    ],
    [
      'the same beside an Authorization that does not name it',
      '/lake/x',
      [
        'x-amz-copy-source: /lake/y',
        'authorization: AWS4-HMAC-SHA256 Credential=a/x-amz-copy-source, SignedHeaders=host, Signature=0',
      ],
    ],
  ])('%s', async (_, target, headers) => {
    expect(await refuses(target, ...headers)).toBe(true);
  });

  it('and never passes on what hides behind an empty or differently written first line of the same header', async () => {
    const lister = await someone('lister', {
      Action: ['s3:ListBucket'],
      Resource: ['arn:aws:s3:::lake'],
      Condition: { StringLike: { 's3:prefix': ['a/*'] } },
    });
    const lists = (endpoint: string) => {
      const query: [string, string][] = [
        ['list-type', '2'],
        ['prefix', ''],
      ];
      const url = new URL(presign(endpoint, lister, { path: '/lake', query }));
      const lines = [`Host: ${url.host}`, 'Prefix:', 'Prefix: a/', 'Connection: close', '', ''];
      return raw([`GET ${url.pathname}${url.search} HTTP/1.1`, ...lines].join('\r\n'), endpoint);
    };
    if ((await findMinio()).endsWith(MINIO_VERSION))
      expect(await lists(minio.endpoint)).toContain('<Key>x</Key>');
    expect(await lists(nginx.endpoint)).toContain('AccessDenied');
    const writes = async (endpoint: string, key: string) => {
      const url = new URL(forge(endpoint, keys, `/lake/${key}`));
      const body = '0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n';
      const lines = [
        `Host: ${url.host}`,
        // nginx takes both for the same one
        'x_amz_content_sha256: UNSIGNED-PAYLOAD',
        'x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-trailer: x-amz-checksum-crc32',
        'x-amz-decoded-content-length: 0',
        'content-encoding: aws-chunked',
        `Content-Length: ${body.length}`,
        'Connection: close',
      ];
      await raw([`PUT ${url.pathname}${url.search} HTTP/1.1`, ...lines, '', body].join('\r\n'), endpoint);
      return (await root.list('lake', key)).length > 0;
    };
    const open = await writes(minio.endpoint, 'open');
    if ((await findMinio()).endsWith(MINIO_VERSION)) expect(open).toBe(true);
    expect(await writes(nginx.endpoint, 'behind')).toBe(false);
  });

  it.each([
    '/minio/admin/v3/info',
    '/%6dinio/admin/v3/info',
    '/x/../minio/admin/v3/info',
    '/minio/v2/metrics/cluster',
  ])('the admin API: %s', async (path) => {
    const { status, text } = await send(`${nginx.endpoint}${path}`, {});
    expect([status, text]).toEqual([403, expect.stringContaining('The proxy passes S3 and STS only')]);
  });

  it("a client's word about its own address", async () => {
    const office = await someone('office', {
      Action: ['s3:GetObject'],
      Resource: ['arn:aws:s3:::lake/*'],
      Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } },
    });
    const from = (endpoint: string, unsigned: Record<string, string>) =>
      sendSigned(endpoint, office, { path: '/lake/x', unsigned }).then(({ status }) => status);
    for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded']) {
      const unsigned = { [header]: header === 'forwarded' ? 'for=10.1.1.1' : '10.1.1.1' };
      expect([header, await from(minio.endpoint, unsigned)]).toEqual([header, 200]);
      expect([header, await from(nginx.endpoint, unsigned)]).toEqual([header, 403]);
    }
  });

  it('and its log holds no signature', async () => {
    const address = presign(nginx.endpoint, keys, { path: '/lake/x' });
    expect((await send(address, {})).status).toBe(200);
    const log = readFileSync(join(nginx.dir, 'access.log'), 'utf8') + nginx.log();
    expect(log).toContain('GET /lake/x');
    expect(log).not.toContain(new URL(address).searchParams.get('X-Amz-Signature'));
  });
});

/** The rules for query keys, in words of their own. */
function modelRefuses(keys: string[]): boolean {
  const lower = keys.map((key) => key.toLowerCase());
  const named = [...SPELLED.map((name) => name.toLowerCase()), ...CONDITIONS, 'email'];
  const known = keys.some((key, index) => named.includes(lower[index] ?? '') && !SPELLED.includes(key));
  const lock = lower.some((key) => key.startsWith('object-lock-'));
  const repeated = lower.some((key, index) => lower.indexOf(key) !== index && key !== 'events');
  const replication = lower.some((key) => /^x-(minio-source|amz-replication-status)/.test(key));
  return known || lock || repeated || replication || keys.some((key) => key.includes('%'));
}
