import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PolicyDocument } from '../../../src/madmin/types.js';
import { folderPolicy, makeUsers, oldPair } from '../../support/access/foreign-world.js';
import { type Action, Prober, type Question } from '../../support/access/probe.js';
import { repeated } from '../../support/network/repeat.js';
import { outcome } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const kbase = JSON.parse(
  readFileSync(new URL('../../fixtures/policy/kbase-policies.json', import.meta.url), 'utf8'),
) as Record<string, PolicyDocument>;

describe('policies of adopted users', () => {
  let stack: Stack;
  let prober: Prober;

  beforeAll(async () => {
    stack = await startStack({ env: { GRANTABLE_BUCKETS: `${BUCKET},cts` } });
    prober = new Prober(stack.minio.endpoint);
    await stack.person('first').post('/users/first');
    await stack.rootS3.createBucket('cts');
    await stack.rootS3.createBucket('cdm-spark-job-logs');
  }, START_MS);
  afterAll(async () => {
    await prober?.close();
    await stack?.stop();
  });

  const adopt = (body: object) => stack.admin.post('/admin/adopt', body);
  const questions = (user: string, keys: readonly string[]): Question[] =>
    (['read', 'write', 'delete', 'list'] as Action[]).flatMap((action) =>
      keys.map((key) => ({ as: oldPair(user), action, key })),
    );

  it('become grants and are detached when these give all of it', async () => {
    await stack.root.policies.put(
      'ann-files',
      folderPolicy(['tenants/ann', 'users-warehouse/bea/reports'], 'write'),
    );
    await stack.root.policies.put('by-name', folderPolicy(['users-warehouse/${aws:username}'], 'write'));
    await makeUsers(stack, { ann: ['ann-files', 'by-name'], bea: [] });
    const keys = [
      'tenants/ann/x',
      'users-warehouse/bea/reports/x',
      'users-warehouse/bea/x',
      `${homeOf('ann')}x`,
    ];
    const [asked, file] = [questions('ann', keys), 'users-warehouse/bea/reports/f'];
    await stack.rootS3.put(BUCKET, file, 'x');
    const before = await prober.askAll(asked);
    const loop = repeated(() => outcome(() => stack.s3(oldPair('ann')).get(BUCKET, file)));
    const { results } = (await adopt({ users: ['ann', 'bea'], import_policies: ['*-files', 'by-name'] }))
      .body;
    expect(await loop.end()).toEqual(['ok']);
    expect(results[0]).toMatchObject({
      imported: [
        { policy_name: 'ann-files', path: `s3a://${BUCKET}/tenants/ann/`, permission: 'write' },
        {
          policy_name: 'ann-files',
          path: `s3a://${BUCKET}/users-warehouse/bea/reports/`,
          permission: 'write',
        },
      ],
      detached: [
        { policy_name: 'ann-files', via: 'user' },
        { policy_name: 'by-name', via: 'user' },
      ],
      foreign_policies: [],
    });
    expect((await stack.root.users.info('ann')).policies.sort()).toEqual([
      'mgr:user:ann:0',
      'mgr:user:ann:1',
    ]);
    const after = await prober.askAll(asked);
    expect(after.filter((each, index) => before[index] && !each)).toEqual([]);
    // bea sees the share, and can end it
    const given = (await stack.person('bea').get('/users/bea/shares?direction=given')).body.items;
    expect(given).toEqual([
      expect.objectContaining({
        granted_by: 'bea',
        origin: 'share',
        reason: 'taken over from the policy ann-files',
      }),
    ]);
    await stack
      .person('bea')
      .post('/users/bea/unshare', { path: `s3a://${BUCKET}/users-warehouse/bea/reports/` });
    expect(await outcome(() => stack.s3(oldPair('ann')).get(BUCKET, file))).toBe('AccessDenied');
    expect(await outcome(() => stack.s3(oldPair('ann')).put(BUCKET, 'tenants/ann/x'))).toBe('ok');
    const revoke = { userId: 'ann', applicationId: 'minio', appSpecificUserId: 'ann' };
    const entitlementsToRevoke = [{ type: 'path', id: `s3a://${BUCKET}/tenants/ann/` }];
    await stack.admin.post('/provision/revoke', { ...revoke, entitlementsToRevoke });
    while ((await outcome(() => stack.s3(oldPair('ann')).put(BUCKET, 'tenants/ann/x'))) === 'ok')
      await sleep(50);
  });

  it('stay when they give more, and the answer says what', async () => {
    await stack.root.policies.put('cy-more', {
      Version: '2012-10-17',
      Statement: [
        ...folderPolicy(['tenants/cy'], 'read').Statement,
        { Effect: 'Allow', Action: ['s3:ListAllMyBuckets'], Resource: ['arn:aws:s3:::*'] },
      ],
    });
    await stack.root.policies.put('cy-elsewhere', folderPolicy(['a'], 'read', 'cdm-spark-job-logs'));
    await stack.root.policies.put('cy-stranger', folderPolicy(['users-warehouse/stranger/x'], 'read'));
    await makeUsers(stack, { cyd: ['cy-more', 'cy-elsewhere', 'cy-stranger', 'readwrite'] });
    const [result] = (await adopt({ users: ['cyd'], import_policies: ['cy-*'] })).body.results;
    const why = Object.fromEntries(result.foreign_policies.map((each: any) => [each.policy_name, each.why]));
    expect(why).toEqual({
      'cy-more': expect.stringContaining('s3:ListAllMyBuckets'),
      'cy-elsewhere': 'cdm-spark-job-logs is not one of GRANTABLE_BUCKETS.',
      'cy-stranger': expect.stringMatching(/home of stranger.*"users"/),
      readwrite: expect.stringContaining('import_policies'),
    });
    expect(result.detached).toBeUndefined();
    expect((await stack.root.users.info('cyd')).policies).toHaveLength(6);
    // the owner is known by now: the same request goes on
    await makeUsers(stack, { stranger: [] });
    const again = (await adopt({ users: ['stranger', 'cyd'], import_policies: ['cy-*'] })).body.results[1];
    expect([again.status, again.detached]).toEqual([
      'unchanged',
      [{ policy_name: 'cy-stranger', via: 'user' }],
    ]);
    const settled = await stack.held();
    await adopt({ users: ['stranger', 'cyd'], import_policies: ['cy-*'] });
    expect(await stack.held()).toEqual(settled);
  });

  it('of KBase lose nothing', async () => {
    const users = ['fred', 'wilma', 'barney', 'betty_r'];
    for (const [name, document] of Object.entries(kbase)) await stack.root.policies.put(name, document);
    await makeUsers(
      stack,
      Object.fromEntries(
        users.map((user) => [user, [`user-home-policy-${user}`, `user-system-policy-${user}`]]),
      ),
    );
    const keys = [
      'users-sql-warehouse/fred',
      'users-general-warehouse/fred',
      'users-sql-warehouse/wilma',
    ].flatMap((each) => [
      each,
      `${each}/`,
      `${each}/x`,
      `${each}/u_fred__demo.db/table1/part`,
      `${each}/shared/report/r.txt`,
      `${each}2/x`,
    ]);
    const asked = users.flatMap((user) => questions(user, keys));
    const before = await prober.askAll(asked);
    const loop = repeated(async () =>
      String((await prober.askAll(asked)).map((each, at) => each || !before[at]).every(Boolean)),
    );
    const { results } = (await adopt({ users, import_policies: ['user-*-policy-*'] })).body;
    expect(await loop.end()).toEqual(['true']);
    expect(results.map((each: any) => each.status)).toEqual(users.map(() => 'adopted'));
    const wilma = results[1];
    expect(
      wilma.imported.filter((each: any) => !each.why).map((each: any) => `${each.permission} ${each.path}`),
    ).toEqual(
      expect.arrayContaining([
        `write s3a://${BUCKET}/users-sql-warehouse/fred/u_fred__demo.db/table1/`,
        `read s3a://${BUCKET}/users-general-warehouse/fred/shared/report/`,
      ]),
    );
    const kept = wilma.foreign_policies.find((each: any) => each.policy_name === 'user-home-policy-wilma');
    expect(kept.why).toMatch(/It also allows/);
    // nobody can do more below other people's prefixes than before
    const after = await prober.askAll(asked);
    const more = asked
      .filter((_, index) => after[index] && !before[index])
      .map(({ as, action, key }) => `${as.access_key} ${action} ${key}`);
    expect(more).toEqual([]);
  });

  it('are attached again when the adoption is undone, and the secret stays', async () => {
    await stack.root.policies.put('dan-files', folderPolicy(['tenants/dan'], 'write'));
    await makeUsers(stack, { dan: ['dan-files'], eva: ['dan-files'] });
    await adopt({ users: ['dan', 'eva'], import_policies: ['dan-*'] });
    const eva = (await stack.person('eva').post('/users/eva')).body;
    expect((await stack.root.users.info('dan')).policies).not.toContain('dan-files');
    const works = (pair: any) => outcome(() => stack.s3(pair).put(BUCKET, 'tenants/dan/x'));
    const loop = repeated(() => works(oldPair('dan')));
    for (const name of ['dan', 'eva'])
      expect((await stack.admin.delete(`/admin/adoptions/user/${name}`)).status).toBe(204);
    expect(await loop.end()).toEqual(['ok']);
    expect((await stack.root.users.info('dan')).policies).toEqual(['dan-files']);
    expect([await works(oldPair('dan')), await works(eva)]).toEqual(['ok', 'ok']);
    expect((await stack.admin.get('/users/dan')).status).toBe(404);
    // and again
    await adopt({ users: ['dan'], import_policies: ['dan-*'] });
    expect(await works(oldPair('dan'))).toBe('ok');
  });
});
