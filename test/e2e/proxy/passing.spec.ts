import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  CopyObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
  CreateMultipartUploadCommand,
  CompleteMultipartUploadCommand,
} from '@aws-sdk/client-s3';
import { findMc } from '../../../scripts/mc-binary.mjs';
import { which } from '../../../scripts/child.mjs';
import { MadminClient } from '../../../src/madmin/client.js';
import { presign, send } from '../../support/attacks/client.js';
import type { Credential } from '../../support/access/probe.js';
import { type Nginx, hasNginx, startNginx } from '../../support/servers/nginx.js';
import { S3, outcome } from '../../support/access/s3.js';
import { BUCKET, type Stack, START_MS, homeOf, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const run = promisify(execFile);
const MB = 1024 * 1024;
const BIG = 200 * MB;
const STEP_MS = 180_000;
const HOME = homeOf('alice');
/** Encoded in other ways by each layer that thinks it knows better. */
const NAMES = [
  'sp ace',
  'plus+',
  'per%cent',
  '%2F',
  'ä/日',
  'q?x=1&prefix=',
  '#hash',
  '~tilde',
  "it's(1)!*",
  'a=b;c',
  'col:on@',
];

(hasNginx() ? describe : describe.skip)('what passes the proxy unchanged', () => {
  let stack: Stack;
  let nginx: Nginx;
  let keys: Credential;
  let alice: S3;

  beforeAll(async () => {
    stack = await startStack();
    nginx = await startNginx(stack.minio);
    await stack.restart({ MINIO_PUBLIC_ENDPOINT: nginx.endpoint });
    const pair = (await stack.person('alice').post('/users/alice')).body;
    expect(pair.endpoint).toBe(nginx.endpoint);
    keys = pair;
    alice = new S3({ endpoint: pair.endpoint, accessKey: pair.access_key, secretKey: pair.secret_key });
    await stack.person('bob').post('/users/bob');
    await stack.rootS3.put(BUCKET, `${homeOf('bob')}plan`, 'secret');
  }, START_MS);
  afterAll(async () => {
    alice?.close();
    await nginx?.stop();
    await stack?.stop();
  });

  it('names of objects as they are, whatever is in them', async () => {
    for (const name of NAMES) {
      await alice.put(BUCKET, HOME + name, name);
      expect([name, await alice.get(BUCKET, HOME + name)]).toEqual([name, name]);
    }
    const expected = NAMES.map((name) => HOME + name).concat(HOME);
    expect((await alice.list(BUCKET, HOME)).sort()).toEqual(expected.sort());
    for (const name of NAMES) await alice.delete(BUCKET, HOME + name);
    expect(await alice.list(BUCKET, HOME)).toEqual([HOME]);
    // MinIO's own answer, which the proxy does not forestall by making one slash of two
    expect(await outcome(() => alice.put(BUCKET, `${HOME}a//b`))).toBe('XMinioInvalidObjectName');
  });

  it('metadata with underscores, tags, ranges and conditions', async () => {
    const at = { Bucket: BUCKET, Key: `${HOME}headers` };
    const metadata = { my_key: 'a  b', 'x-other': 'ümlaut'.normalize('NFD').replace(/[^ -~]/g, '') };
    await alice.client.send(
      new PutObjectCommand({ ...at, Body: '0123456789', Metadata: metadata, Tagging: 'a=1' }),
    );
    const { Metadata, ETag } = await alice.client.send(new HeadObjectCommand(at));
    expect(Metadata).toEqual(metadata);
    const part = await alice.client.send(new GetObjectCommand({ ...at, Range: 'bytes=2-4' }));
    expect([part.ContentRange, await part.Body?.transformToString()]).toEqual(['bytes 2-4/10', '234']);
    const { TagSet } = await alice.client.send(new GetObjectTaggingCommand(at));
    expect(TagSet).toEqual([{ Key: 'a', Value: '1' }]);
    const same = alice.client.send(new GetObjectCommand({ ...at, IfNoneMatch: ETag }));
    await expect(same).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  });

  it('uploads in parts, and copies, whole and of parts', async () => {
    const parts = [randomBytes(5 * MB), randomBytes(1000)];
    await alice.multipart(BUCKET, `${HOME}parts`, parts);
    await alice.multipart(BUCKET, `${HOME}none`, parts, 'abort');
    const from = `/${BUCKET}/${HOME}parts`;
    const copy = { Bucket: BUCKET, Key: `${HOME}copy` };
    await alice.client.send(new CopyObjectCommand({ ...copy, CopySource: from }));
    const { UploadId } = await alice.client.send(new CreateMultipartUploadCommand(copy));
    const source = { CopySource: from, CopySourceRange: 'bytes=0-999', PartNumber: 1, UploadId };
    const { CopyPartResult } = await alice.client.send(new UploadPartCopyCommand({ ...copy, ...source }));
    await alice.client.send(
      new CompleteMultipartUploadCommand({
        ...copy,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] },
      }),
    );
    const { ContentLength } = await alice.client.send(new HeadObjectCommand(copy));
    expect(ContentLength).toBe(1000);
    const other = alice.client.send(
      new CopyObjectCommand({ ...copy, CopySource: `/${BUCKET}/${homeOf('bob')}plan` }),
    );
    expect(await outcome(() => other)).toBe('AccessDenied');
  });

  it('presigned addresses for reading and writing', async () => {
    const path = `/${BUCKET}/${HOME}presigned`;
    const body = randomBytes(3000);
    const put = await send(presign(nginx.endpoint, keys, { method: 'PUT', path }), { method: 'PUT', body });
    expect(put.status).toBe(200);
    const got = await fetch(presign(nginx.endpoint, keys, { path }));
    expect(Buffer.from(await got.arrayBuffer()).equals(body)).toBe(true);
  });

  it('sessions minted by STS through it', async () => {
    const client = new MadminClient({ ...stack.minio, endpoint: nginx.endpoint });
    try {
      const session = await client.sts.assumeRole(
        { accessKey: keys.access_key, secretKey: keys.secret_key },
        { durationSeconds: 900 },
      );
      const credentials = {
        access_key: session.accessKey,
        secret_key: session.secretKey,
        session_token: session.sessionToken,
      };
      stack.secrets.add('a session token', session.sessionToken);
      const got = await send(
        presign(nginx.endpoint, credentials, { path: `/${BUCKET}/${HOME}presigned` }),
        {},
      );
      expect(got.status).toBe(200);
    } finally {
      await client.close();
    }
  });

  it(
    'an upload and a download of 200 MB, which it never holds',
    async () => {
      const chunk = randomBytes(MB);
      const digest = createHash('md5');
      const body = Readable.from(
        (function* () {
          for (let sent = 0; sent < BIG; sent += MB) {
            digest.update(chunk);
            yield chunk;
          }
        })(),
      );
      const at = { Bucket: BUCKET, Key: `${HOME}big` };
      // a stream whose length is known: the SDK sends it in chunks with an unsigned trailer, after Expect: 100-continue
      await alice.client.send(new PutObjectCommand({ ...at, Body: body, ContentLength: BIG }));
      const { Body, ETag } = await alice.client.send(new GetObjectCommand(at));
      const read = createHash('md5');
      for await (const part of Body as Readable) read.update(part as Buffer);
      const expected = digest.digest('hex');
      expect([ETag, read.digest('hex')]).toEqual([`"${expected}"`, expected]);
      expect(heldOnDisk()).toEqual([]);
      expect(peakMemory()).toBeLessThan(48 * MB);
    },
    STEP_MS,
  );

  it(
    'a client that waits for 100 Continue, allowed and refused',
    async () => {
      const file = join(tempDir('expect'), 'body');
      writeFileSync(file, Buffer.alloc(30 * MB));
      const curl = async (key: string, ...more: string[]) => {
        const address = presign(nginx.endpoint, keys, { method: 'PUT', path: `/${BUCKET}/${key}` });
        const argv = [
          '-sv',
          '-T',
          file,
          '-H',
          'Expect: 100-continue',
          '--expect100-timeout',
          '30',
          ...more,
          address,
        ];
        const { stderr } = await run('curl', argv, { maxBuffer: 100 * MB });
        return [...stderr.matchAll(/^< HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);
      };
      expect(await curl(`${HOME}continued`)).toEqual(['100', '200']);
      expect((await curl(`${homeOf('bob')}not-mine`)).at(-1)).toBe('403');
      expect((await curl(`${HOME}prefix`, '-H', 'prefix: a')).at(-1)).toBe('403');
      expect(await outcome(() => alice.put(BUCKET, `${homeOf('bob')}large`, Buffer.alloc(30 * MB)))).toBe(
        'AccessDenied',
      );
    },
    STEP_MS,
  );

  it(
    'rclone',
    async () => {
      const program = which('rclone');
      if (!program && !process.env.CI)
        return console.warn('rclone is not installed (Debian: rclone): not tried');
      const { folder, env } = tree();
      const remote = `:s3:${BUCKET}/${HOME}rclone`;
      const rclone = (...argv: string[]) =>
        run(
          program ?? 'rclone',
          [
            ...argv,
            '--s3-provider=Minio',
            `--s3-endpoint=${nginx.endpoint}`,
            '--s3-env-auth',
            '--s3-no-check-bucket',
            '--s3-upload-cutoff=6M',
            '--s3-chunk-size=5M',
            '--retries=1',
          ],
          { env },
        );
      await rclone('sync', folder, remote);
      await rclone('check', folder, remote);
      await rclone('moveto', `${remote}/deep/large`, `${remote}/moved`);
      const { stdout } = await rclone('lsf', '--recursive', '--files-only', remote);
      expect(stdout.trim().split('\n').sort()).toEqual(['deep/sp ace', 'moved']);
      const theirs = rclone('cat', `:s3:${BUCKET}/${homeOf('bob')}plan`);
      await expect(theirs).rejects.toMatchObject({
        stderr: expect.stringMatching(/AccessDenied|Forbidden|403|not found/),
      });
    },
    STEP_MS,
  );

  it(
    'mc',
    async () => {
      const program = findMc();
      if (!program) throw new Error('there is no mc and no Go to build it');
      const { folder, env } = tree();
      const url = new URL(nginx.endpoint);
      const host = { MC_HOST_lake: `http://${keys.access_key}:${keys.secret_key}@${url.host}` };
      const mc = (...argv: string[]) =>
        run(program, ['--quiet', '--config-dir', join(env.HOME, 'mc'), ...argv], {
          env: { ...env, ...host },
        });
      const there = `lake/${BUCKET}/${HOME}mc/`;
      await mc('mirror', folder, there);
      await mc('mv', `${there}deep/large`, `${there}moved`);
      expect((await mc('ls', '--recursive', there)).stdout).toMatch(/deep\/sp ace\n.*moved\n/);
      const got = await mc('cat', `${there}deep/sp ace`);
      expect(got.stdout).toBe('small');
      await expect(mc('cat', `lake/${BUCKET}/${homeOf('bob')}plan`)).rejects.toMatchObject({
        stderr: expect.stringContaining('Insufficient permissions'),
      });
    },
    STEP_MS + 420_000,
  );

  /** A folder with a small and a large file, and an environment with alice's keys and nothing else of ours. */
  function tree() {
    const home = tempDir('home');
    const folder = join(home, 'tree');
    mkdirSync(join(folder, 'deep'), { recursive: true });
    writeFileSync(join(folder, 'deep', 'sp ace'), 'small');
    writeFileSync(join(folder, 'deep', 'large'), Buffer.alloc(7 * MB));
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      AWS_ACCESS_KEY_ID: keys.access_key,
      AWS_SECRET_ACCESS_KEY: keys.secret_key,
    };
    return { folder, env };
  }

  /** Files in which nginx keeps bodies. */
  function heldOnDisk(): string[] {
    return ['nginx-body', 'nginx-proxy'].flatMap((name) => readdirSync(join(nginx.dir, name)));
  }

  /** Bytes that nginx took at the most since it runs. */
  function peakMemory(): number {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${nginx.pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes) * 1024;
  }
});
