import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { waitFor } from '../../../scripts/child.mjs';
import { ended, submit } from '../../support/workflows/provisions.js';
import type { Call } from '../../support/network/proxy.js';
import { outcome } from '../../support/access/s3.js';
import * as sharing from '../../support/access/sharing.js';
import { pathOf, sessionOf } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const HOME = homeOf('alice');
const PRODUCTS = 'data-products';
const told = (who: string) =>
  `${who} can also read earlier versions of these objects, and objects that were deleted before.`;
const isQuestion = ({ query }: Call) => query.has('versioning');

describe('a bucket with versions', () => {
  let stack: Stack;
  let shares = 0;

  beforeAll(async () => {
    stack = await startStack({ proxied: true, env: { ...sharing.NO_LIMITS, PROVISION_MAX_ATTEMPTS: '1' } });
    await sharing.makePeople(stack, ['alice', 'bob', 'carol']);
    await stack.admin.post('/groups/KBase', { members: ['carol'] });
    await stack.rootS3.createBucket(PRODUCTS);
  }, START_MS);
  afterAll(() => stack?.stop());

  /** The service is started again, so that it knows nothing of before. */
  async function keepVersions(buckets: Record<string, 'Enabled' | 'Suspended'>): Promise<void> {
    for (const [Bucket, Status] of Object.entries(buckets))
      await stack.rootS3.client.send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }),
      );
    await stack.restart();
    stack.proxy.reset();
  }

  const share = (body: object) => sharing.share(stack, 'alice', body);
  /** What a share that is new is told. */
  async function messages(body: object): Promise<(string | undefined)[]> {
    const { status, body: answer } = await share({ path: pathOf(`${HOME}${(shares += 1)}/`), ...body });
    expect(status).toBe(200);
    return answer.results.map(({ message }: { message?: string }) => message);
  }

  async function check(): Promise<any> {
    const { checks } = (await stack.admin.get('/admin/doctor')).body;
    return checks.find(({ name }: { name: string }) => name === 'minio_versions');
  }

  it('is none at first: no share speaks of versions, and the doctor is content', async () => {
    expect(await messages({ with_users: ['bob'], with_groups: ['KBase'] })).toEqual([undefined, undefined]);
    expect(await check()).toMatchObject({ verdict: 'ok', remedy: '' });
  });

  describe('that are kept', () => {
    const KEPT = `${HOME}kept/`;
    let versions: [key: string, version: string][];

    beforeAll(async () => {
      await keepVersions({ [BUCKET]: 'Enabled' });
      for (const text of ['old', 'new']) await stack.rootS3.put(BUCKET, `${KEPT}changed`, text);
      await stack.rootS3.put(BUCKET, `${KEPT}deleted`, 'gone');
      await stack.rootS3.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `${KEPT}deleted` }));
      const { Versions = [] } = await stack.rootS3.client.send(
        new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix: KEPT }),
      );
      versions = Versions.filter(({ Key, IsLatest }) => !IsLatest || Key?.endsWith('deleted')).map(
        ({ Key = '', VersionId = '' }) => [Key, VersionId],
      );
    }, START_MS);

    async function readsPast(name: string): Promise<string[]> {
      const { client } = await sessionOf(stack, name);
      const read = async ([Key, VersionId]: [string, string]) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key, VersionId }));
        texts.push((await Body?.transformToString()) ?? '');
      };
      const texts: string[] = [];
      const answers: string[] = [];
      for (const version of versions) answers.push(await outcome(() => read(version)));
      return answers.every((answer) => answer === 'ok') ? texts : answers;
    }

    it('is asked about once for twenty shares', async () => {
      const all = Array.from({ length: 20 }, () => messages({ with_users: ['bob'] }));
      expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, () => [told('bob')]));
      expect(stack.proxy.calls.filter(isQuestion).map(({ path }) => path)).toEqual([`/${BUCKET}`]);
    });

    it('lets who is given a folder read what was there before, and the share says so', async () => {
      expect(await readsPast('bob')).toEqual(['AccessDenied', 'AccessDenied']);
      const body = { path: pathOf(KEPT), with_users: ['bob', 'nobody'], with_groups: ['KBase'] };
      const { status, body: answer } = await share(body);
      expect([status, answer.results]).toEqual([
        207,
        [
          { kind: 'user', name: 'bob', status: 'granted', message: told('bob') },
          {
            kind: 'user',
            name: 'nobody',
            status: 'refused',
            code: 'unknown_user',
            message: expect.any(String),
          },
          { kind: 'group', name: 'KBase', status: 'granted', message: told('Everybody in KBase') },
        ],
      ]);
      for (const name of ['bob', 'carol']) expect(await readsPast(name)).toEqual(['old', 'gone']);
      expect((await share({ ...body, with_users: ['bob'], with_groups: [] })).body.results).toEqual([
        { kind: 'user', name: 'bob', status: 'unchanged' },
      ]);
      expect(await messages({ path: pathOf(KEPT), with_users: ['bob'], permission: 'write' })).toEqual([
        told('bob'),
      ]);
      expect(await messages({ with_groups: ['everyone'] })).toEqual([told('Everybody')]);
    });

    it('is told by whatever else makes a share: an approval, a provision', async () => {
      const path = pathOf(`${HOME}asked/`);
      const asked = await stack.person('bob').post('/access-requests', {
        path,
        permission: 'read',
        reason: 'for the review',
      });
      const approve = `/access-requests/${asked.body.id}/approve`;
      const approved = await stack.person('alice').post(approve, { permission: 'read' });
      expect(approved).toMatchObject({ status: 200, body: { message: told('bob') } });
      const input = { user_name: 'alice', path, with_users: ['carol'] };
      const { result } = await ended(stack.admin, await submit(stack.admin, 'share', input));
      expect(result.operations).toMatchObject([{ status: 'done', message: told('carol') }]);
    });

    it('keeps no share from being made where MinIO does not say, and is told soon after it does', async () => {
      await stack.restart();
      stack.proxy.reset();
      const question = (number: number) => (call: Call) =>
        isQuestion(call) && stack.proxy.calls.filter(isQuestion).indexOf(call) === number;
      stack.proxy.fail(question(0), 'hang');
      stack.proxy.fail(question(1), { answer: 403 });
      expect(await messages({ with_users: ['bob'] })).toEqual([undefined]);
      const isTold = async () => (await messages({ with_users: ['bob'] }))[0] === told('bob');
      await waitFor('the message', isTold, { everyMs: 200 });
      expect(stack.proxy.calls.filter(isQuestion).length).toBe(3);
    });

    it('is named by the doctor, with what to do', async () => {
      expect(await check()).toMatchObject({
        verdict: 'warning',
        detail: expect.stringContaining(`in ${BUCKET} (enabled): `),
        remedy: expect.stringContaining('suspend versioning'),
      });
    });

    it('lets old ones be read after it keeps no more, and that is said, too', async () => {
      await keepVersions({ [BUCKET]: 'Suspended', [PRODUCTS]: 'Enabled' });
      expect(await messages({ with_users: ['bob'] })).toEqual([told('bob')]);
      expect(await readsPast('bob')).toEqual(['old', 'gone']);
      const { verdict, detail } = await check();
      expect([verdict, detail]).toEqual([
        'warning',
        expect.stringContaining(`in ${BUCKET} (suspended), ${PRODUCTS} (enabled): `),
      ]);
    });
  });
});
