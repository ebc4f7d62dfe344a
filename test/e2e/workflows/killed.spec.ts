import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import {
  acceptedRun,
  endOf,
  execute,
  runWhen,
  statesOf,
  providerFiles,
  writeProviders,
} from '../../support/workflows/runs.js';

const PROVIDERS = providerFiles('field', {
  prepare: `
parameters:
  - {name: name, type: string, required: true}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.name}"}
  - name: tags
    type: storage.tags
    with: {bucket: "\${steps.bucket.outputs.bucket}", tags: {by: field}}
  - name: group
    type: storage.group
    with: {group_name: "\${inputs.name}", description: "For \${steps.bucket.outputs.bucket}"}
  - name: member
    type: storage.membership
    with: {group_name: "\${steps.group.outputs.group_name}", user_name: bob}
`,
});
const POLICY = 'rules: [{name: asked, when: request.application == "asked", then: approve}]';
const STEPS = ['bucket', 'tags', 'group', 'member'];
const SLOW = 120_000;

describe('a run whose service is killed', () => {
  let stack: Stack;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    const policy = join(tempDir('policy'), 'policy.yaml');
    writeFileSync(policy, POLICY);
    const env = { ...NO_LIMITS, PROVIDERS_DIR: providers, WORKFLOW_POLICY_FILE: policy };
    stack = await startStack({ embedded: true, env });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const begin = async (name: string) =>
    acceptedRun(await execute(stack.admin, 'field/prepare', { name }, { team: 'Lab' }));
  const die = async () => {
    await stack.service.kill();
    await stack.restart();
  };
  const partsOf = async (kind: string, name: string) => {
    const { body } = await stack.admin.get(`/provisions?kind=${kind}&limit=200`);
    return body.items.filter(({ input }: any) => JSON.stringify(input).includes(`"${name}"`)).length;
  };

  it.each(['at once', ...STEPS])(
    'goes on where it was, and does nothing twice: killed %s',
    async (when) => {
      const name = `field-${STEPS.indexOf(when) + 1}`;
      const run = await begin(name);
      if (when !== 'at once')
        await runWhen(stack.admin, run, when, (each) => statesOf(each)[when] !== 'waiting');
      await die();
      const end = await endOf(stack.admin, run);
      expect([end.status, Object.values(statesOf(end))]).toEqual(['completed', STEPS.map(() => 'completed')]);
      expect(
        await Promise.all(['bucket', 'tags', 'group', 'membership'].map((kind) => partsOf(kind, name))),
      ).toEqual([...[1, 1, 1, 1]]);
      expect((await stack.admin.get(`/groups/${name}`)).body.members).toMatchObject([{ user_name: 'bob' }]);
    },
    SLOW,
  );

  it(
    'waits for people, also for those who answer after it: killed while it waits',
    async () => {
      const more = { team: 'Lab', application: 'asked' };
      const run = acceptedRun(await execute(stack.admin, 'field/prepare', { name: 'field-asked' }, more));
      await die();
      const { plan_digest } = (await stack.person('bob').get(`/api/workflows/${run.id}`)).body;
      await stack.person('bob').post(`/api/workflows/${run.id}/approve`, { plan_digest });
      expect((await endOf(stack.admin, run)).status).toBe('completed');
    },
    SLOW,
  );

  it(
    'is taken back as a whole: killed in the middle of it',
    async () => {
      const run = await endOf(stack.admin, await begin('field-back'));
      await stack.admin.post(`/api/workflows/${run.id}/undo`);
      await runWhen(stack.admin, run, 'a part of it', (each) => statesOf(each)['member'] !== 'completed');
      await die();
      const undone = await runWhen(stack.admin, run, 'its undo', ({ undone_at }) => undone_at !== null);
      expect(Object.values(statesOf(undone))).toEqual(STEPS.map(() => 'undone'));
      expect(await stack.rootS3.buckets()).not.toContain('field-back');
      expect((await stack.admin.get('/groups/field-back')).status).toBe(404);
    },
    SLOW,
  );
});
