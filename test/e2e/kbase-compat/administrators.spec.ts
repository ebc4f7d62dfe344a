import { CLIENT_MS } from '../../support/people/kbase-client.js';
import { reads, writes } from '../../support/access/sharing.js';
import { BUCKET, type Stack } from '../../support/service/stack.js';
import { GENERAL, KbaseWorld, SQL } from './world.js';

const TABLE = `${SQL}/fred/u_fred__lab.db/genes/`;
const isOurs = (path: string) => path.startsWith('/management') && path !== '/management/groups/names';

describe("KBase's own clients of administrators", () => {
  let world: KbaseWorld;
  let stack: Stack;

  beforeAll(async () => {
    world = await KbaseWorld.start('fred', 'wilma', 'barney', 'admin');
    ({ stack } = world);
    await stack.rootS3.put(BUCKET, `${TABLE}there`);
  }, CLIENT_MS);
  afterAll(() => world?.stop());

  it('make a tenant with its folders, members and readers', async () => {
    const made = await world.ok('GroupManagementResponse', 'admin', 'POST /management/groups/{group_name}', {
      group_name: 'kbase',
    });
    expect(made).toMatchObject({
      group_name: 'kbase',
      ro_group_name: 'kbasero',
      members: ['admin'],
      operation: 'create',
    });
    const add = (group_name: string, username: string) =>
      world.ok(
        'GroupManagementResponse',
        'admin',
        'POST /management/groups/{group_name}/members/{username}',
        {
          group_name,
          username,
        },
      );
    expect((await add('kbase', 'fred')).members).toEqual(['admin', 'fred']);
    expect((await add('kbasero', 'wilma')).members).toEqual(['wilma']);
    expect((await add('kbasero', 'fred')).members).toEqual(['wilma']);
    const [fred, wilma] = [await world.s3('fred'), await world.s3('wilma')];
    const [file, table] = [
      'tenant-general-warehouse/kbase/notes',
      'tenant-sql-warehouse/kbase/kbase_lab.db/t/part',
    ];
    expect([await writes(fred, file), await writes(fred, table)]).toEqual(['ok', 'ok']);
    expect(await writes(fred, 'tenant-sql-warehouse/kbase/other.db/t')).toBe('AccessDenied');
    expect([await reads(wilma, file), await reads(wilma, table), await writes(wilma, file)]).toEqual([
      'ok',
      'ok',
      'AccessDenied',
    ]);
    const { raw } = await world.call('admin', 'GET /management/groups');
    expect(raw.groups).toEqual([
      { group_name: 'kbase', members: ['admin', 'fred'], member_count: 2 },
      { group_name: 'kbasero', members: ['wilma'], member_count: 1 },
    ]);
  });

  it('manage users', async () => {
    const betty = { username: 'betty' };
    const made = await world.ok(
      'UserManagementResponse',
      'admin',
      'POST /management/users/{username}',
      betty,
    );
    expect(made).toMatchObject({
      username: 'betty',
      access_key: 'betty',
      operation: 'create',
      performed_by: 'admin',
    });
    const key = `${GENERAL}/betty/file`;
    expect(await writes(stack.s3(made), key)).toBe('ok');
    const rotated = await world.ok(
      'UserManagementResponse',
      'admin',
      'POST /management/users/{username}/rotate-credentials',
      betty,
    );
    expect([await reads(stack.s3(made), key), await reads(stack.s3(rotated), key)]).toEqual([
      'SignatureDoesNotMatch',
      'ok',
    ]);
    const all = ['admin', 'barney', 'betty', 'fred', 'wilma'];
    expect(await world.ok('UserNamesResponse', 'admin', 'GET /management/users/names')).toEqual({
      usernames: all,
      total_count: 5,
    });
    const page = await world.ok('UserListResponse', 'admin', 'GET /management/users', {
      page: 2,
      page_size: 2,
    });
    expect(page.users.map(({ username, groups }: any) => [username, groups])).toEqual([
      ['betty', []],
      ['fred', ['kbase']],
    ]);
    const { users: _, ...rest } = page;
    const pages = { total_count: 5, retrieved_count: 2, page: 2, page_size: 2, total_pages: 3 };
    expect(rest).toEqual({ ...pages, has_next: true, has_prev: true });
    const gone = await world.ok(
      'ResourceDeleteResponse',
      'admin',
      'DELETE /management/users/{username}',
      betty,
    );
    expect(gone).toMatchObject({ resource_type: 'user', resource_name: 'betty' });
    expect(await stack.rootS3.list(BUCKET, `${GENERAL}/betty/`)).toEqual([]);
    expect(await world.fails('admin', 'DELETE /management/users/{username}', betty)).toEqual([
      ...[400, 'ErrorResponse', 20030, 'User betty not found'],
    ]);
  });

  it('repair what somebody changed in MinIO', async () => {
    await stack.root.policies.detach(['mgr:user:fred:0'], { user: 'fred' });
    const done = await world.ok(
      'RegeneratePoliciesResponse',
      'admin',
      'POST /management/migrate/regenerate-policies',
    );
    expect(done).toMatchObject({ users_updated: 1, groups_updated: 0, errors: [], performed_by: 'admin' });
    expect(await reads(await world.s3('fred'), `${TABLE}there`)).toBe('ok');
  });

  it('rotate the credentials of everybody, the adopted included', async () => {
    await stack.root.users.add('dino', { secretKey: 'from-before-01234' });
    await stack.admin.post('/admin/adopt', { users: ['dino'] });
    const before = await world.s3('fred');
    const done = await world.ok(
      'RotateAllCredentialsResponse',
      'admin',
      'POST /management/credentials/rotate-all-credentials',
    );
    expect(done).toEqual({
      ...{ users_rotated: 5, users_failed: 0, errors: [], performed_by: 'admin' },
      timestamp: expect.any(String),
    });
    expect([
      await reads(before, `${TABLE}there`),
      await reads(await world.s3('fred'), `${TABLE}there`),
    ]).toEqual(['SignatureDoesNotMatch', 'ok']);
    const dino = stack.s3({ access_key: 'dino', secret_key: 'from-before-01234' });
    expect(await reads(dino, `${GENERAL}/dino/`)).toBe('SignatureDoesNotMatch');
  });

  it('take members and groups away', async () => {
    const take = 'DELETE /management/groups/{group_name}/members/{username}';
    const wilma = { group_name: 'kbase', username: 'wilma' };
    expect((await world.ok('GroupManagementResponse', 'admin', take, wilma)).members).toEqual([
      'admin',
      'fred',
    ]);
    expect((await world.ok('UserGroupsResponse', 'wilma', 'GET /workspaces/me/groups')).groups).toEqual([
      'kbasero',
    ]);
    const left = await world.ok('GroupManagementResponse', 'admin', take, {
      ...wilma,
      group_name: 'kbasero',
    });
    expect([
      left.members,
      (await world.ok('UserGroupsResponse', 'wilma', 'GET /workspaces/me/groups')).groups,
    ]).toEqual([[], []]);
    const remove = 'DELETE /management/groups/{group_name}';
    expect(await world.ok('ResourceDeleteResponse', 'admin', remove, { group_name: 'kbase' })).toMatchObject({
      resource_type: 'group',
    });
    expect((await world.fails('admin', remove, { group_name: 'kbase' })).slice(0, 3)).toEqual([
      404,
      'ErrorResponse',
      20041,
    ]);
    expect((await stack.root.groups.list()).filter((name) => name.includes('kbase'))).toEqual([]);
  });

  it('call every one of their operations', () => {
    expect(world.uncalled(isOurs)).toEqual([]);
  });
});
