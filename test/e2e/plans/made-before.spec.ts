import { GitServer } from '../../support/servers/git-server.js';
import { endOfPlan, itemsOf, order } from '../../support/workflows/order-plans.js';
import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { providerFiles, writeProviders } from '../../support/workflows/runs.js';

const MAKE = `
parameters: [{name: bucket, type: string, required: true}]
steps: [{name: bucket, type: storage.bucket, with: {bucket: "\${inputs.bucket}"}}]
`;
const USE = `
parameters:
  - {name: path, type: string, required: true}
  - {name: group, type: string, required: true}
steps:
  - {name: folder, type: storage.prefix, with: {path: "\${inputs.path}"}}
  - {name: member, type: storage.membership, with: {group_name: "\${inputs.group}", user_name: alice}}
`;

const bucket = (name: string, more: object = {}) => ({ kind: 'bucket', input: { bucket: name }, ...more });
const group = (group_name: string, input: object = {}, more: object = {}) => ({
  ...{ kind: 'group', input: { group_name, ...input } },
  ...more,
});
const grants = (path: string) => ({ grants: [{ path, permission: 'write' }] });
const run = (workflow: string, parameters: object, team: string, stage = 0, provider = 'field') => ({
  ...{ kind: 'workflow.run', input: { provider, workflow, parameters, team } },
  stage,
});

describe('what items of earlier stages make', () => {
  let git: GitServer;
  let stack: Stack;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, providerFiles('field', { make: MAKE, use: USE }));
    git = await new GitServer().start();
    const env = { PROVIDERS_DIR: providers, PROVIDER_GIT_HOSTS: git.host, PROVIDER_GIT_INSECURE: 'true' };
    stack = await startStack({ embedded: true, env: { ...NO_LIMITS, ...env } });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { owners: ['bob'] });
    await stack.rootS3.createBucket('of-somebody');
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await git?.stop();
  });

  const admin = () => stack.admin;
  const done = async (items: object[]) => {
    const dry = await admin().post('/plans?dry_run=true', { items });
    expect([dry.status, dry.body.items?.filter(({ fails }: any) => fails)]).toEqual([200, []]);
    const end = await endOfPlan(admin(), await order(admin(), items));
    expect([end.result_message, end.status]).toEqual([null, 'completed']);
    return end;
  };
  /** The fields of the rules that a plan breaks; nothing of it is recorded. */
  const refused = async (items: object[]) => {
    const count = async () => (await admin().get('/plans?limit=500')).body.items.length;
    const before = await count();
    for (const query of ['?dry_run=true', '']) {
      const answer = await admin().post(`/plans${query}`, { items });
      expect(problemOf(answer)[0]).toBe(422);
      if (query === '') {
        expect(await count()).toBe(before);
        return answer.body.errors.map(({ field, rule }: any) => `${field}: ${rule}`);
      }
    }
  };

  it('is there for runs: the team, the bucket of a folder, the group of a member', async () => {
    await done([
      bucket('first-data'),
      group('First', { owners: ['bob'] }),
      run('make', { bucket: 'first-more' }, 'First', 1),
      run('use', { path: 's3a://first-data/raw/', group: 'First' }, 'First', 2),
      // made by a run of an earlier stage
      run('use', { path: 's3a://first-more/raw/', group: 'First' }, 'Lab', 3),
    ]);
  });

  it('is there for other items: the bucket of a grant, also when a run makes it; a user with roles', async () => {
    await admin().put('/roles/visitor', { entitlements: [] });
    await done([
      bucket('second-data'),
      run('make', { bucket: 'second-more' }, 'Lab'),
      { kind: 'user', input: { user_name: 'newcomer' } },
      group('Second', grants('s3a://second-data/x/'), { stage: 1 }),
      group('Third', grants('s3a://second-more/x/'), { stage: 1 }),
      { kind: 'access.grant', input: { userId: 'newcomer', roles: ['visitor'] }, stage: 1 },
      { kind: 'membership', input: { group_name: 'Second', user_name: 'newcomer' }, stage: 2 },
    ]);
  });

  it('is not there for the same stage or an earlier one, nor what nobody makes', async () => {
    expect(await refused([group('Same'), run('make', { bucket: 'same-x' }, 'Same')])).toEqual([
      'items.1.input.team: names a group that does not exist',
    ]);
    expect(
      await refused([run('make', { bucket: 'same-x' }, 'Same'), group('Same', {}, { stage: 1 })]),
    ).toEqual(['items.0.input.team: names a group that does not exist']);
    expect(await refused([bucket('same-y'), group('Same', grants('s3a://same-y/x/'))])).toHaveLength(1);
    expect(
      await refused([
        bucket('same-y'),
        run('use', { path: 's3a://same-z/x/', group: 'Lab' }, 'Lab', 1),
        run('use', { path: 's3a://same-y/x/', group: 'Nobodies' }, 'Lab', 1),
      ]),
    ).toEqual([
      'items.1.input.path: must lie in a bucket that exists',
      'items.2.input: There is no such group',
    ]);
  });

  it('is no more than it makes: a bucket that was there is nobody’s to give', async () => {
    const rule = /must lie in a bucket of GRANTABLE_BUCKETS/;
    for (const hard of [true, false])
      expect(
        await refused([
          { ...bucket('of-somebody'), hard },
          group('Thieves', grants('s3a://of-somebody/x/'), { stage: 1 }),
        ]),
      ).toEqual([expect.stringMatching(rule)]);
    expect(
      await refused([
        run('make', { bucket: 'of-somebody' }, 'Lab'),
        group('Thieves', grants('s3a://of-somebody/x/'), { stage: 1 }),
      ]),
    ).toEqual([expect.stringMatching(rule)]);
  });

  it('is whose it would be: a name of a team that the plan makes is no other team’s', async () => {
    const files = Object.entries(providerFiles('own', { make: MAKE }));
    git
      .repository('own')
      .commit(Object.fromEntries(files.map(([path, text]) => [path.slice('own/'.length), text])));
    const own = { name: 'own', team: 'Lab', git_url: `http://${git.host}/own.git` };
    expect((await admin().post('/api/admin/providers', own)).status).toBe(201);
    const make = (name: string, stage: number) => run('make', { bucket: name }, 'Lab', stage, 'Lab/own');
    expect(await refused([group('Lab-Office'), make('lab-office-data', 1)])).toEqual([
      'items.1.input.steps.bucket: the bucket lab-office-data is one of another team',
    ]);
    await done([make('lab-office-data', 1)]);
  });

  it('that is removed is not there any more', async () => {
    await done([group('Fourth', { owners: ['bob'] }), bucket('fourth-data')]);
    const gone = { state: 'absent' };
    expect(
      await refused([
        group('Fourth', gone),
        { kind: 'bucket', input: { bucket: 'fourth-data', ...gone } },
        run('make', { bucket: 'fourth-x' }, 'Fourth', 1),
        { kind: 'membership', input: { group_name: 'Fourth', user_name: 'alice' }, stage: 1 },
        { kind: 'prefix', input: { path: 's3a://fourth-data/x/' }, stage: 1 },
      ]),
    ).toEqual([
      'items.2.input.team: names a group that does not exist',
      'items.3.input: The group Fourth will have been removed before',
      'items.4.input: The bucket fourth-data will have been removed before',
    ]);
  });

  it('that was not made after all fails the item that needs it, clearly', async () => {
    const items = [
      // a soft item that fails: the name is taken, in another case
      { ...group('Fifth', { members: ['nobody'] }), hard: false },
      run('make', { bucket: 'fifth-x' }, 'Fifth', 1),
    ];
    const plan = await endOfPlan(admin(), await order(admin(), items));
    expect([itemsOf(plan), plan.result_message]).toEqual([
      ['failed', 'failed'],
      'team: names a group that does not exist',
    ]);
    const dry = await admin().post('/plans?dry_run=true', { items });
    expect(dry.body.items[0]).toMatchObject({
      fails: true,
      reason: expect.stringContaining('never existed'),
    });
  });
});
