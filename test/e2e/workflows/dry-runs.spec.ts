import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { ended, submit } from '../../support/workflows/provisions.js';
import { acceptedRun, endOf, execute, providerFiles, writeProviders } from '../../support/workflows/runs.js';

const step = (name: string, type: string, given: string) =>
  `  - {name: ${name}, type: ${type}, with: ${given}}`;
const bucket = (name: string) => step('bucket', 'storage.bucket', `{bucket: ${name}}`);
const granted = (path: string, more = '') =>
  step(
    'group',
    'storage.group',
    `{group_name: T1, grants: [{path: "s3a://${path}/", permission: write}]${more}}`,
  );
const group = (name: string, more = '') => step('group', 'storage.group', `{group_name: ${name}${more}}`);
const member = (name: string, user: string) =>
  step('member', 'storage.membership', `{group_name: ${name}, user_name: ${user}}`);

/** Workflows that fail by a rule, though each of their steps names what a step before names, too. */
const REFUSED: Record<string, string[]> = {
  'a group for a bucket that was there': [bucket('of-somebody'), granted('of-somebody/x')],
  'nobody in a group for a new bucket': [bucket('t-new'), granted('t-new/x', ', members: [nobody]')],
  'nobody in a new group': [group('T2'), member('T2', 'nobody')],
  'a member of a group that is not the new one': [group('T3'), member('T33', 'bob')],
  'a folder in a bucket that is not the new one': [
    bucket('t-one'),
    step('folder', 'storage.prefix', '{path: "s3a://t-two/x/"}'),
  ],
  'a folder in a bucket that was removed': [
    step('gone', 'storage.bucket', '{bucket: made-here, state: absent}'),
    step('folder', 'storage.prefix', '{path: "s3a://made-here/x/"}'),
  ],
  'a group for a bucket that was removed': [
    step('gone', 'storage.bucket', '{bucket: made-here, state: absent}'),
    granted('made-here/x'),
  ],
  'a member of a group that was removed': [
    step('gone', 'storage.group', '{group_name: Lab, state: absent}'),
    member('Lab', 'bob'),
  ],
  'a key of nobody': [
    step('key', 'storage.key', '{user_name: nobody, name: k, deliver: {claim: {to: alice}}}'),
  ],
};

/** Workflows whose later steps need what the earlier ones make. */
const ACCEPTED: Record<string, string[]> = {
  'a group for a new bucket, with a folder and a member': [
    bucket('t-fine'),
    step('folder', 'storage.prefix', '{path: "s3a://t-fine/x/"}'),
    granted('t-fine/x', ', owners: [bob]'),
    member('T1', 'alice'),
    step('tags', 'storage.tags', '{bucket: t-fine, tags: {a: b}}'),
  ],
  'a group for a bucket of somebody that is made anew': [
    step('gone', 'storage.bucket', '{bucket: to-replace, state: absent}'),
    bucket('to-replace'),
    granted('to-replace/x'),
  ],
  'a key and a membership of a new user': [
    step('user', 'storage.principal', '{user_name: t-loader}'),
    group('T4', ', members: [t-loader]'),
    step('key', 'storage.key', '{user_name: t-loader, name: k, deliver: {claim: {to: alice}}}'),
  ],
};

const CASES = Object.entries({ ...REFUSED, ...ACCEPTED });
const nameOf = (title: string) => `w${CASES.findIndex(([each]) => each === title)}`;
const PROVIDERS = providerFiles(
  'field',
  Object.fromEntries(
    CASES.map(([title, steps]) => [nameOf(title), `on_failure: rollback\nsteps:\n${steps.join('\n')}\n`]),
  ),
);

describe('a dry run of a workflow and the run', () => {
  let stack: Stack;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    stack = await startStack({ embedded: true, env: { ...NO_LIMITS, PROVIDERS_DIR: providers } });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
    for (const name of ['of-somebody', 'to-replace']) await stack.rootS3.createBucket(name);
    await ended(stack.admin, await submit(stack.admin, 'bucket', { bucket: 'made-here' }));
  }, START_MS);
  afterAll(() => stack?.stop());

  const runs = (title: string, query = '') =>
    execute(stack.admin, `field/${nameOf(title)}`, {}, { team: 'Lab', query });

  it.each(Object.keys(REFUSED))('are refused: %s', async (title) => {
    const dry = await runs(title, '?dry_run=true');
    const real = await runs(title);
    expect([dry.status, dry.body.code]).toEqual([real.status, real.body.code]);
    expect(real.body.errors ?? real.body.detail).toEqual(dry.body.errors ?? dry.body.detail);
    expect([404, 409, 422]).toContain(dry.status);
    expect((await stack.admin.get('/api/workflows')).body.items).toEqual([]);
  });

  it.each(Object.keys(ACCEPTED))('are accepted, and end well: %s', async (title) => {
    expect((await runs(title, '?dry_run=true')).status).toBe(200);
    const run = acceptedRun(await runs(title));
    expect(await endOf(stack.admin, run)).toMatchObject({ status: 'completed', error: null });
  });
});
