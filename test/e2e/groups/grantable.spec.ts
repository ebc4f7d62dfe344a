import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { problemOf } from '../../support/service/problems.js';
import { ended, submit } from '../../support/workflows/provisions.js';
import { outcome } from '../../support/access/s3.js';
import { makePeople, NO_LIMITS, sessionOf } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const NOT_GRANTABLE = 'must lie in a bucket of GRANTABLE_BUCKETS, or in one that a provision has made';
const OTHERS = ['team', 'teams-field', 'a-team-field', 'second-lake'];

describe('buckets of GRANTABLE_BUCKETS by the beginning of their names', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, GRANTABLE_BUCKETS: 'cdm-lake,team-*' } });
    await makePeople(stack, ['alice', 'bob']);
  }, START_MS);
  afterAll(() => stack?.stop());

  const grants = (bucket: string) => [{ path: `s3a://${bucket}/raw/`, permission: 'write' }];

  it('may be granted to a group, whenever they were made', async () => {
    const body = { members: ['alice'], grants: grants('team-field') };
    expect((await stack.admin.post('/groups/Field', body)).status).toBe(201);
    await ended(stack.admin, await submit(stack.admin, 'bucket', { bucket: 'team-field' }));
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((name) => sessionOf(stack, name)));
    expect(await outcome(() => alice!.put('team-field', 'raw/x'))).toBe('ok');
    expect(await outcome(() => alice!.put('team-field', 'x'))).toBe('AccessDenied');
    expect(await outcome(() => bob!.put('team-field', 'raw/x'))).toBe('AccessDenied');
  });

  it('may be given by a role', async () => {
    const entitlements = [{ type: 'path', ...grants('team-roles')[0] }];
    expect((await stack.admin.put('/roles/loader', { entitlements })).status).toBe(201);
  });

  it.each(OTHERS)('are no others: %s', async (bucket) => {
    const before = await stack.state();
    const group = await stack.admin.post('/groups/Other', { grants: grants(bucket) });
    const entitlements = [{ type: 'path', ...grants(bucket)[0] }];
    const role = await stack.admin.put('/roles/other', { entitlements });
    for (const answer of [group, role]) expect(problemOf(answer)).toEqual([422, 'unprocessable']);
    expect(group.body.errors).toEqual([{ field: 'grants.0.path', rule: NOT_GRANTABLE }]);
    expect(await stack.state()).toEqual(before);
  });

  it('are also those that a provision has made, until one removes them', async () => {
    const bucket = 'made-here';
    const save = () => stack.admin.post('/groups/Makers', { grants: grants(bucket) });
    const made = async (input: object) =>
      expect(
        (await ended(stack.admin, await submit(stack.admin, 'bucket', { bucket, ...input }))).status,
      ).toBe('completed');
    await stack.rootS3.createBucket(bucket);
    await made({});
    // it was there before
    expect((await save()).body.errors).toEqual([{ field: 'grants.0.path', rule: NOT_GRANTABLE }]);
    await made({ state: 'absent' });
    await made({});
    expect((await save()).status).toBe(201);
    await made({ state: 'absent' });
    expect((await save()).body.errors).toEqual([{ field: 'grants.0.path', rule: NOT_GRANTABLE }]);
  });

  it('are looked at by the doctor, as far as they exist', async () => {
    const doctor = async () => {
      const { checks } = (await stack.admin.get('/admin/doctor')).body;
      return checks.find(({ name }: { name: string }) => name === 'minio_versions');
    };
    for (const bucket of ['team-kept', ...OTHERS.slice(1)]) {
      await stack.rootS3.createBucket(bucket);
      await stack.rootS3.client.send(
        new PutBucketVersioningCommand({
          Bucket: bucket,
          VersioningConfiguration: { Status: bucket === OTHERS[1] ? 'Enabled' : 'Suspended' },
        }),
      );
    }
    const { verdict, detail } = await doctor();
    expect([verdict, detail]).toEqual([
      'warning',
      expect.stringContaining('kept in team-kept (suspended): '),
    ]);
    await stack.rootS3.client.send(
      new PutBucketVersioningCommand({
        Bucket: 'team-field',
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
    expect((await doctor()).detail).toContain('team-field (enabled), team-kept (suspended): ');
  });
});
