import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectTaggingCommand, PutObjectTaggingCommand, type Tag } from '@aws-sdk/client-s3';
import { Client } from 'minio';
import { awsCli2, hasAwsCli2 } from '../../support/clients/aws-cli.js';
import { type Nginx, startFront } from '../../support/servers/nginx.js';
import type { S3 } from '../../support/access/s3.js';
import { pathOf, share } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';

const STEP_MS = 120_000;
/** The CLI copies in parts from 8 MiB on, and reads and writes tags then. */
const IN_PARTS = 9 * 1024 * 1024;
const TREE = ['deep/er/big', 'deep/small', 'large', 'small'];
/** Tags that fit the header of an upload, and tags that do not: those are written afterwards. */
const FEW = [{ Key: 'project', Value: 'maize' }];
const MANY = Array.from({ length: 10 }, (_, n) => ({ Key: `key-${n}`, Value: 'v'.repeat(240) }));
const TAG_CALLS = ['get-object-tagging', 'put-object-tagging', 'delete-object-tagging'];

(hasAwsCli2() ? describe : describe.skip)('the AWS CLI 2', () => {
  const home = `s3://${BUCKET}/${homeOf('alice')}`;
  let stack: Stack;
  /** Before MinIO. */
  let front: Pick<Nginx, 'endpoint' | 'stop'>;
  let alice: ReturnType<typeof awsCli2>;
  let bob: ReturnType<typeof awsCli2>;
  let aliceS3: S3;
  let bobS3: S3;
  let bobKeys: { access_key: string; secret_key: string };

  beforeAll(async () => {
    stack = await startStack();
    const pair = async (name: string) => (await stack.person(name).post(`/users/${name}`)).body;
    const aliceKeys = await pair('alice');
    bobKeys = await pair('bob');
    [aliceS3, bobS3] = [stack.s3(aliceKeys), stack.s3(bobKeys)];
    front = await startFront(stack.minio);
    alice = awsCli2(front.endpoint, aliceKeys);
    bob = awsCli2(front.endpoint, bobKeys);
    const local = tempDir('tree');
    mkdirSync(join(local, 'deep', 'er'), { recursive: true });
    for (const name of TREE)
      writeFileSync(join(local, name), name.endsWith('small') ? 'x' : Buffer.alloc(IN_PARTS));
    await alice('s3', 'cp', '--recursive', local, `${home}tree/`);
    await tag(`${homeOf('alice')}tree/large`, FEW);
    await tag(`${homeOf('alice')}tree/deep/er/big`, MANY);
  }, START_MS + STEP_MS);
  afterAll(async () => {
    await front?.stop();
    await stack?.stop();
  });

  const tag = (Key: string, TagSet: Tag[]) =>
    stack.rootS3.client.send(new PutObjectTaggingCommand({ Bucket: BUCKET, Key, Tagging: { TagSet } }));
  const call = (name: string, key: string) => ['s3api', name, '--bucket', BUCKET, '--key', key];
  const refused = (call: Promise<unknown>) =>
    expect(call).rejects.toMatchObject({ stderr: expect.stringMatching(/AccessDenied|Forbidden/) });

  /** The tree is below the folder, each object with its tags, for somebody to read. */
  async function holds(who: S3, folder: string): Promise<void> {
    const tagsOf = async (name: string) => {
      const Key = `${folder}${name}`;
      const { TagSet = [] } = await who.client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key }));
      return TagSet.sort((a, b) => String(a.Key).localeCompare(String(b.Key)));
    };
    const names = await who.list(BUCKET, folder);
    expect(names.map((name) => name.slice(folder.length)).sort()).toEqual(TREE);
    expect(await tagsOf('large')).toEqual(FEW);
    expect(await tagsOf('deep/er/big')).toEqual(MANY);
  }

  it(
    'copies, moves and synchronises a tree with large objects at home, tags included',
    async () => {
      await alice('s3', 'cp', '--recursive', `${home}tree/`, `${home}copy/`);
      await holds(aliceS3, `${homeOf('alice')}copy/`);
      await alice('s3', 'mv', '--recursive', `${home}copy/`, `${home}moved/`);
      await holds(aliceS3, `${homeOf('alice')}moved/`);
      expect(await stack.rootS3.list(BUCKET, `${homeOf('alice')}copy/`)).toEqual([]);
      await alice('s3', 'sync', `${home}moved/`, `${home}synced/`);
      await holds(aliceS3, `${homeOf('alice')}synced/`);
    },
    STEP_MS,
  );

  it(
    'copies out of a folder that is shared to read, and moves within one that is shared to write',
    async () => {
      const [out, work] = [`${homeOf('alice')}tree/`, `${homeOf('alice')}work/`];
      await share(stack, 'alice', { path: pathOf(out), with_users: ['bob'] });
      await share(stack, 'alice', { path: pathOf(work), with_users: ['bob'], permission: 'write' });
      await bob('s3', 'cp', '--recursive', `s3://${BUCKET}/${out}`, `s3://${BUCKET}/${homeOf('bob')}mine/`);
      await holds(bobS3, `${homeOf('bob')}mine/`);
      await bob('s3', 'sync', `s3://${BUCKET}/${out}`, `s3://${BUCKET}/${work}in/`);
      await bob('s3', 'mv', '--recursive', `s3://${BUCKET}/${work}in/`, `s3://${BUCKET}/${work}out/`);
      await holds(bobS3, `${work}out/`);
    },
    STEP_MS,
  );

  it(
    'reads, writes and deletes no tags of what is not shared, nor writes those of what is shared to read',
    async () => {
      await aliceS3.put(BUCKET, `${homeOf('alice')}private/there`);
      for (const name of TAG_CALLS) {
        const more = name.startsWith('put') ? ['--tagging', JSON.stringify({ TagSet: FEW })] : [];
        await refused(bob(...call(name, `${homeOf('alice')}private/there`), ...more));
        if (!name.startsWith('get'))
          await refused(bob(...call(name, `${homeOf('alice')}tree/small`), ...more));
      }
      await refused(bob('s3', 'cp', `${home}private/there`, `s3://${BUCKET}/${homeOf('bob')}stolen`));
    },
    STEP_MS,
  );

  it.each([
    ['GET', 'private/there', 403],
    ['PUT', 'private/there', 403],
    ['DELETE', 'private/there', 403],
    ['GET', 'tree/small', 200],
    ['DELETE', 'tree/small', 403],
    ['DELETE', 'work/out/small', 204],
  ])('with a presigned address for tags: %s of %s is %i', async (method, key, status) => {
    const { hostname, port } = new URL(stack.minio.endpoint);
    const { access_key: accessKey, secret_key: secretKey } = bobKeys;
    const client = new Client({
      endPoint: hostname,
      port: Number(port),
      useSSL: false,
      accessKey,
      secretKey,
    });
    const address = await client.presignedUrl(method, BUCKET, `${homeOf('alice')}${key}`, 60, {
      tagging: '',
    });
    const body = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
    const answer = await fetch(address, { method, ...(method === 'PUT' ? { body } : {}) });
    await answer.arrayBuffer();
    expect(answer.status).toBe(status);
  });
});
