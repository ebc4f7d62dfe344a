import { outcome } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const REPORTS = `${homeOf('alice')}reports/`;
const path = (key: string) => `s3a://${BUCKET}/${key}`;

describe('sharing with a disabled user', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0' } });
    for (const name of ['alice', 'carol']) await stack.person(name).post(`/users/${name}`);
    await stack.rootS3.put(BUCKET, `${REPORTS}q1.csv`, 'numbers');
  }, START_MS);
  afterAll(() => stack?.stop());

  const share = (body: object) => stack.person('alice').post('/users/alice/share', body);
  const unshare = (body: object) => stack.person('alice').post('/users/alice/unshare', body);

  it.each(['nothing else', 'another one'])(
    'a share that ends while the grantee is disabled is gone, with %s given',
    async (given) => {
      const pair = stack.s3((await stack.person('carol').post('/users/carol')).body);
      const read = () => outcome(() => pair.get(BUCKET, `${REPORTS}q1.csv`));
      expect((await share({ path: path(REPORTS), with_users: ['carol'] })).status).toBe(200);
      expect(await read()).toBe('ok');
      await stack.admin.post('/admin/users/carol/disable');
      expect((await unshare({ path: path(REPORTS) })).status).toBe(200);
      // what is given meanwhile is there afterwards, and takes the place of what ended
      if (given === 'another one')
        await share({ path: path(`${homeOf('alice')}other/`), with_users: ['carol'] });
      expect((await stack.admin.post('/admin/users/carol/enable')).status).toBe(200);
      expect(await read()).toBe('AccessDenied');
      expect(await outcome(() => pair.list(BUCKET, homeOf('carol')))).toBe('ok');
      const other = await outcome(() => pair.list(BUCKET, `${homeOf('alice')}other/`));
      expect(other).toBe(given === 'another one' ? 'ok' : 'AccessDenied');
      const left = Object.keys(await stack.root.policies.list()).filter(
        (name) => name === 'mgr:user:carol:1',
      );
      expect(left).toHaveLength(given === 'another one' ? 1 : 0);
    },
  );

  it('a disabled owner gives nothing and changes no group; what was given can be taken away', async () => {
    await stack.admin.post('/groups/Disabled', { owners: ['alice'] });
    await share({ path: path(REPORTS), with_users: ['carol'] });
    await stack.admin.post('/admin/users/alice/disable');
    const body = { path: path(REPORTS), with_users: ['carol'], permission: 'write' };
    expect((await share(body)).body.code).toBe('user_disabled');
    expect((await stack.person('alice').post('/groups/Disabled', { members: ['carol'] })).body.code).toBe(
      'user_disabled',
    );
    const ended = await stack.admin.post('/users/alice/unshare', { path: path(REPORTS) });
    expect([ended.status, ended.body.results[0].status]).toEqual([200, 'revoked']);
    const carol = stack.s3((await stack.person('carol').post('/users/carol')).body);
    expect(await outcome(() => carol.get(BUCKET, `${REPORTS}q1.csv`))).toBe('AccessDenied');
  });
});
