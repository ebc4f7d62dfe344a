import {
  inSeconds,
  lists,
  makePeople,
  NO_LIMITS,
  pathOf,
  READ_ONLY,
  reads,
  rights,
  sessionOf,
  share,
  unshare,
} from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const WHOLE = `${homeOf('alice')}project/`;
const PART = `${WHOLE}results/`;

describe('a share below another one with the same user', () => {
  let stack: Stack;
  /** What the document of bob's grants names below the part. */
  const names = async (): Promise<boolean> =>
    JSON.stringify(await stack.root.policies.info('mgr:user:bob:1')).includes(`${PART}*`);
  const paths = async (): Promise<string[]> => {
    const query = new URLSearchParams({ path: pathOf(PART) }).toString();
    const { body } = await stack.person('alice').get(`/access?${query}`);
    const bob = body.principals.find(({ name }: any) => name === 'bob');
    return bob.because.map(({ grant }: any) => grant.path).sort();
  };

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS });
    await makePeople(stack, ['alice', 'bob'], 'project/');
    await stack.rootS3.put(BUCKET, `${PART}there`);
  }, START_MS);
  afterAll(() => stack?.stop());

  it('is not in the document, counts in answers, and gives access as soon as the other one ends', async () => {
    const bob = await sessionOf(stack, 'bob');
    await share(stack, 'alice', { path: pathOf(PART), with_users: ['bob'] });
    expect(await names()).toBe(true);
    await share(stack, 'alice', { path: pathOf(WHOLE), with_users: ['bob'] });
    expect(await names()).toBe(false);
    expect(await paths()).toEqual([pathOf(WHOLE), pathOf(PART)]);
    expect(await rights(bob, PART)).toEqual(READ_ONLY);
    const { body } = await unshare(stack, 'alice', { path: pathOf(WHOLE) });
    expect([body.enforced, body.results.map(({ status }: any) => status)]).toEqual([true, ['revoked']]);
    expect(await names()).toBe(true);
    expect(await paths()).toEqual([pathOf(PART)]);
    expect(await rights(bob, PART)).toEqual(READ_ONLY);
    expect([await reads(bob, `${WHOLE}there`), await lists(bob, WHOLE)]).toEqual([
      'AccessDenied',
      'AccessDenied',
    ]);
  });

  it('is in the document if it gives more, or for longer', async () => {
    await share(stack, 'alice', { path: pathOf(WHOLE), with_users: ['bob'] });
    expect(await names()).toBe(false);
    await share(stack, 'alice', { path: pathOf(PART), with_users: ['bob'], permission: 'write' });
    expect(await names()).toBe(true);
    await share(stack, 'alice', { path: pathOf(WHOLE), with_users: ['bob'], permission: 'write' });
    expect(await names()).toBe(false);
    const ending = { permission: 'write', with_users: ['bob'], expires_at: inSeconds(600) };
    await share(stack, 'alice', { ...ending, path: pathOf(WHOLE) });
    expect(await names()).toBe(true);
  });

  it('gives access again when the other one has expired', async () => {
    const bob = await sessionOf(stack, 'bob');
    await share(stack, 'alice', { path: pathOf(PART), with_users: ['bob'], expires_at: inSeconds(600) });
    await share(stack, 'alice', { path: pathOf(WHOLE), with_users: ['bob'], expires_at: inSeconds(4) });
    const ends = Date.now() + 12_000;
    while ((await reads(bob, `${WHOLE}there`)) === 'ok' && Date.now() < ends)
      expect(await reads(bob, `${PART}there`)).toBe('ok');
    expect(await reads(bob, `${WHOLE}there`)).toBe('AccessDenied');
    expect(await rights(bob, PART)).toEqual(READ_ONLY);
  });

  it('leaves nothing that differs', async () => {
    expect((await stack.admin.get('/admin/drift')).body.subjects).toEqual([]);
  });
});
