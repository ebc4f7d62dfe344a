import {
  CLIENT_MS,
  type ClientAnswer,
  type KbaseClient,
  operations,
  startKbaseClient,
} from '../../support/kbase-client.js';
import { reads, writes } from '../../support/sharing.js';
import { BUCKET, type Stack, startStack } from '../../support/stack.js';
import { at, GENERAL, KBASE, SQL } from './world.js';

const TABLE = `${SQL}/fred/u_fred__lab.db/genes/`;

describe("the clients that KBase generates from its own service's document", () => {
  let stack: Stack;
  let client: KbaseClient;

  const call = async (
    who: string,
    name: string,
    args: Record<string, string | number> = {},
    body: [string, object] | null = null,
  ): Promise<ClientAnswer> => {
    const caller = who === 'admin' ? stack.admin : stack.person(who);
    const answer = await client.call(caller.token, name, args, body);
    stack.secrets.note(name, answer.raw ?? {});
    return answer;
  };
  /** The value of an answer that must be read as this model. */
  const ok = async (model: string, ...request: Parameters<typeof call>): Promise<any> => {
    const answer = await call(...request);
    expect([answer.status < 300 ? 'ok' : answer.status, answer.model, answer.value]).toEqual([
      'ok',
      model,
      answer.value,
    ]);
    return answer.value;
  };
  const fails = async (...request: Parameters<typeof call>): Promise<any[]> => {
    const { status, model, value } = await call(...request);
    return [status, model, value?.error, value?.message];
  };
  const s3 = async (who: string) => stack.s3(await ok('CredentialsResponse', who, 'GET /credentials/'));

  beforeAll(async () => {
    stack = await startStack({ env: KBASE });
    client = await startKbaseClient(stack.service.baseUrl);
    for (const who of ['fred', 'wilma', 'barney', 'admin'])
      await ok('CredentialsResponse', who, 'GET /credentials/');
    await stack.rootS3.put(BUCKET, `${TABLE}there`);
  }, CLIENT_MS);
  afterAll(async () => {
    await client?.stop();
    await stack?.stop();
  });

  it('get a pair that stays until it is rotated', async () => {
    expect(await ok('HealthResponse', 'fred', 'GET /health')).toEqual({ status: 'healthy' });
    const first = await ok('CredentialsResponse', 'fred', 'GET /credentials/');
    expect(await ok('CredentialsResponse', 'fred', 'GET /credentials/')).toEqual(first);
    expect(first).toEqual({ username: 'fred', access_key: 'fred', secret_key: expect.any(String) });
    const next = await ok('CredentialsResponse', 'fred', 'POST /credentials/rotate');
    expect([
      await reads(stack.s3(first), `${TABLE}there`),
      await reads(stack.s3(next), `${TABLE}there`),
    ]).toEqual(['SignatureDoesNotMatch', 'ok']);
  });

  it('see the workspace: homes, policies in their model, prefixes', async () => {
    const homes = [at(`${SQL}/fred/`), at(`${GENERAL}/fred/`)];
    const me = await ok('UserModel', 'fred', 'GET /workspaces/me');
    expect(me).toMatchObject({
      username: 'fred',
      access_key: 'fred',
      secret_key: null,
      home_paths: homes,
      groups: [],
    });
    expect([...me.accessible_paths].sort()).toEqual([...homes].sort());
    const policies = await ok('UserPoliciesResponse', 'fred', 'GET /workspaces/me/policies');
    const { statement } = policies.user_home_policy.policy_document;
    expect(statement.map(({ action }: any) => action).sort()).toEqual([
      ...[
        's3:DeleteObject',
        's3:GetBucketLocation',
        's3:GetObject',
        's3:GetObject',
        's3:ListBucket',
        's3:PutObject',
      ],
    ]);
    expect(JSON.stringify(policies)).not.toContain('Deny');
    const paths = await ok('UserAccessiblePathsResponse', 'fred', 'GET /workspaces/me/accessible-paths');
    expect(paths.total_paths).toBe(2);
    const warehouse = await ok(
      'UserSqlWarehousePrefixResponse',
      'fred',
      'GET /workspaces/me/sql-warehouse-prefix',
    );
    expect(warehouse.sql_warehouse_prefix).toBe(at(`${SQL}/fred/`));
    expect(await ok('NamespacePrefixResponse', 'fred', 'GET /workspaces/me/namespace-prefix')).toEqual({
      username: 'fred',
      user_namespace_prefix: 'u_fred__',
      tenant: null,
      tenant_namespace_prefix: null,
    });
  });

  it('share for writing unless they say otherwise, and end it', async () => {
    const share = (body: object) =>
      call('fred', 'POST /sharing/share', {}, ['ShareRequest', { path: at(TABLE), ...body }]);
    expect((await share({ with_users: ['wilma'] })).raw).toMatchObject({
      path: at(TABLE),
      shared_with_users: ['wilma'],
      success_count: 1,
      errors: [],
      shared_by: 'fred',
    });
    const wilma = await s3('wilma');
    expect([await reads(wilma, `${TABLE}there`), await writes(wilma, `${TABLE}made`)]).toEqual(['ok', 'ok']);
    await share({ with_users: ['wilma'], permission: 'read' });
    expect(await writes(wilma, `${TABLE}made`)).toBe('AccessDenied');
    const info = await ok('PathAccessResponse', 'fred', 'POST /sharing/get_path_access_info', {}, [
      'PathRequest',
      { path: at(TABLE) },
    ]);
    expect(info).toEqual({ users: ['fred', 'wilma'], groups: [], public: false, path: at(TABLE) });
    const ended = await ok('UnshareResponse', 'fred', 'POST /sharing/unshare', {}, [
      'UnshareRequest',
      { path: at(TABLE), from_users: ['wilma', 'barney'] },
    ]);
    expect(ended).toMatchObject({ unshared_from_users: ['wilma', 'barney'], success_count: 2, errors: [] });
    expect(await reads(wilma, `${TABLE}there`)).toBe('AccessDenied');
  });

  it('open a path to everybody, and close it for all', async () => {
    const body: [string, object] = ['PathRequest', { path: at(TABLE) }];
    await call('fred', 'POST /sharing/share', {}, [
      'ShareRequest',
      { path: at(TABLE), with_users: ['wilma'] },
    ]);
    expect(await ok('PublicAccessResponse', 'fred', 'POST /sharing/make-public', {}, body)).toEqual({
      path: at(TABLE),
      is_public: true,
    });
    const barney = await s3('barney');
    expect([await reads(barney, `${TABLE}there`), await writes(barney, `${TABLE}made`)]).toEqual([
      'ok',
      'AccessDenied',
    ]);
    expect(await ok('PublicAccessResponse', 'fred', 'POST /sharing/make-private', {}, body)).toMatchObject({
      is_public: false,
    });
    const [wilma, others] = [await s3('wilma'), await s3('barney')];
    expect([await reads(wilma, `${TABLE}there`), await reads(others, `${TABLE}there`)]).toEqual([
      'AccessDenied',
      'AccessDenied',
    ]);
  });

  it('make a tenant with its folders, members and readers', async () => {
    const made = await ok('GroupManagementResponse', 'admin', 'POST /management/groups/{group_name}', {
      group_name: 'kbase',
    });
    expect(made).toMatchObject({
      group_name: 'kbase',
      ro_group_name: 'kbasero',
      members: ['admin'],
      operation: 'create',
    });
    const add = (group_name: string, username: string) =>
      ok('GroupManagementResponse', 'admin', 'POST /management/groups/{group_name}/members/{username}', {
        group_name,
        username,
      });
    expect((await add('kbase', 'fred')).members).toEqual(['admin', 'fred']);
    expect((await add('kbasero', 'wilma')).members).toEqual(['wilma']);
    expect((await add('kbasero', 'fred')).members).toEqual(['wilma']);
    const mine = async (who: string) =>
      (await ok('UserGroupsResponse', who, 'GET /workspaces/me/groups')).groups;
    expect([await mine('fred'), await mine('wilma'), await mine('barney')]).toEqual([
      ['kbase'],
      ['kbasero'],
      [],
    ]);
    const [fred, wilma] = [await s3('fred'), await s3('wilma')];
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
    const workspace = await ok('GroupWorkspaceResponse', 'wilma', 'GET /workspaces/me/groups/{group_name}', {
      group_name: 'kbasero',
    });
    expect(workspace).toMatchObject({ group_name: 'kbase', members: ['admin', 'fred'], member_count: 2 });
    expect(workspace.accessible_paths).toContain(at('tenant-general-warehouse/kbase/'));
    const prefix = await ok(
      ...(['GroupSqlWarehousePrefixResponse', 'wilma'] as const),
      'GET /workspaces/me/groups/{group_name}/sql-warehouse-prefix',
      { group_name: 'kbasero' },
    );
    expect(prefix).toEqual({ group_name: 'kbase', sql_warehouse_prefix: at('tenant-sql-warehouse/kbase/') });
    const names = await ok('NamespacePrefixResponse', 'wilma', 'GET /workspaces/me/namespace-prefix', {
      tenant: 'kbasero',
    });
    expect(names).toMatchObject({ tenant: 'kbasero', tenant_namespace_prefix: 'kbase_' });
    const { group_policies } = await ok('UserModel', 'wilma', 'GET /workspaces/me');
    expect(group_policies.map(({ policy_name }: any) => policy_name)).toEqual(['group-policy-kbasero']);
    expect(JSON.stringify(group_policies)).not.toContain('PutObject');
  });

  it('see the names of groups and tenants, and their members only from inside', async () => {
    const names = await ok('GroupNamesResponse', 'barney', 'GET /management/groups/names');
    expect(names).toEqual({ group_names: ['kbase', 'kbasero'], total_count: 2 });
    const { raw } = await call('admin', 'GET /management/groups');
    expect(raw.groups).toEqual([
      { group_name: 'kbase', members: ['admin', 'fred'], member_count: 2 },
      { group_name: 'kbasero', members: ['wilma'], member_count: 1 },
    ]);
    const [tenant] = (await call('barney', 'GET /tenants')).raw;
    expect(tenant).toMatchObject({
      tenant_name: 'kbase',
      member_count: 3,
      is_member: false,
      is_steward: false,
    });
    const name = { tenant_name: 'kbase' };
    const outside = await ok('TenantDetailResponse', 'barney', 'GET /tenants/{tenant_name}', name);
    expect(outside).toMatchObject({
      members: [],
      member_count: 3,
      storage_paths: { namespace_prefix: 'kbase_' },
    });
    const inside = await ok('TenantDetailResponse', 'wilma', 'GET /tenants/{tenant_name}', name);
    expect(inside.members.map(({ username, access_level }: any) => [username, access_level])).toEqual([
      ['admin', 'read_write'],
      ['fred', 'read_write'],
      ['wilma', 'read_only'],
    ]);
    expect(await fails('barney', 'GET /tenants/{tenant_name}/members', name)).toEqual([
      ...[403, 'ErrorResponse', 40020],
      expect.stringContaining('Only members'),
    ]);
  });

  it('let stewards decide who is in', async () => {
    const steward = { tenant_name: 'kbase', username: 'fred' };
    const barney = { tenant_name: 'kbase', username: 'barney' };
    const add = 'POST /tenants/{tenant_name}/members/{username}';
    expect((await fails('fred', add, barney)).slice(0, 3)).toEqual([403, 'ErrorResponse', 40020]);
    const made = await ok(
      'TenantStewardResponse',
      'admin',
      'POST /tenants/{tenant_name}/stewards/{username}',
      steward,
    );
    expect(made).toMatchObject({ username: 'fred', assigned_by: 'admin', assigned_at: expect.any(String) });
    const member = await ok('TenantMemberResponse', 'fred', add, { ...barney, permission: 'read_only' });
    expect(member).toMatchObject({ username: 'barney', access_level: 'read_only', is_steward: false });
    expect(await ok('TenantMemberResponse', 'fred', add, barney)).toMatchObject({
      access_level: 'read_write',
    });
    const members = await call('wilma', 'GET /tenants/{tenant_name}/members', { tenant_name: 'kbase' });
    expect(members.raw.map(({ username }: any) => username)).toEqual(['admin', 'barney', 'fred', 'wilma']);
    const remove = 'DELETE /tenants/{tenant_name}/members/{username}';
    expect((await fails('fred', remove, steward)).slice(0, 3)).toEqual([400, 'ErrorResponse', 40010]);
    expect((await call('fred', remove, barney)).status).toBe(204);
    const stewards = await call('wilma', 'GET /tenants/{tenant_name}/stewards', { tenant_name: 'kbase' });
    expect(stewards.raw.map(({ username }: any) => username)).toEqual(['fred']);
    const changed = await ok(
      'TenantMetadataResponse',
      'fred',
      'PATCH /tenants/{tenant_name}',
      { tenant_name: 'kbase' },
      [
        'TenantMetadataUpdate',
        { description: 'Genes', display_name: 'KBase', website: 'https://www.kbase.us/' },
      ],
    );
    expect(changed).toMatchObject({
      ...{
        tenant_name: 'kbase',
        description: 'Genes',
        display_name: 'KBase',
        website: 'https://www.kbase.us/',
      },
    });
    const [listed] = (await call('barney', 'GET /tenants')).raw;
    expect([listed.display_name, listed.website]).toEqual(['KBase', 'https://www.kbase.us/']);
    const dismiss = 'DELETE /tenants/{tenant_name}/stewards/{username}';
    expect((await call('admin', dismiss, steward)).status).toBe(204);
    expect((await fails('admin', dismiss, steward)).slice(0, 3)).toEqual([404, 'ErrorResponse', 40030]);
  });

  it('create and forget what is told about a tenant; the group stays', async () => {
    const name = { tenant_name: 'kbase' };
    const told = async (description: string) =>
      (
        await ok('TenantMetadataResponse', 'admin', 'POST /tenants/{tenant_name}', name, [
          'TenantMetadataUpdate',
          { description },
        ])
      ).description;
    expect(await told('Proteins')).toBe('Genes');
    expect((await call('admin', 'DELETE /tenants/{tenant_name}', name)).status).toBe(204);
    expect(await told('Proteins')).toBe('Proteins');
    expect((await ok('UserGroupsResponse', 'fred', 'GET /workspaces/me/groups')).groups).toEqual(['kbase']);
  });

  it('manage users', async () => {
    const betty = { username: 'betty' };
    const made = await ok('UserManagementResponse', 'admin', 'POST /management/users/{username}', betty);
    expect(made).toMatchObject({
      username: 'betty',
      access_key: 'betty',
      operation: 'create',
      performed_by: 'admin',
    });
    const key = `${GENERAL}/betty/file`;
    expect(await writes(stack.s3(made), key)).toBe('ok');
    const rotated = await ok(
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
    expect(await ok('UserNamesResponse', 'admin', 'GET /management/users/names')).toEqual({
      usernames: all,
      total_count: 5,
    });
    const page = await ok('UserListResponse', 'admin', 'GET /management/users', { page: 2, page_size: 2 });
    expect(page.users.map(({ username, groups }: any) => [username, groups])).toEqual([
      ['betty', []],
      ['fred', ['kbase']],
    ]);
    const { users: _, ...rest } = page;
    const pages = { total_count: 5, retrieved_count: 2, page: 2, page_size: 2, total_pages: 3 };
    expect(rest).toEqual({ ...pages, has_next: true, has_prev: true });
    const gone = await ok('ResourceDeleteResponse', 'admin', 'DELETE /management/users/{username}', betty);
    expect(gone).toMatchObject({ resource_type: 'user', resource_name: 'betty' });
    expect(await stack.rootS3.list(BUCKET, `${GENERAL}/betty/`)).toEqual([]);
    expect(await fails('admin', 'DELETE /management/users/{username}', betty)).toEqual([
      ...[400, 'ErrorResponse', 20030, 'User betty not found'],
    ]);
  });

  it('repair what somebody changed in MinIO', async () => {
    await stack.root.policies.detach(['mgr:user:fred:0'], { user: 'fred' });
    const done = await ok(
      'RegeneratePoliciesResponse',
      'admin',
      'POST /management/migrate/regenerate-policies',
    );
    expect(done).toMatchObject({ users_updated: 1, groups_updated: 0, errors: [], performed_by: 'admin' });
    expect(await reads(await s3('fred'), `${TABLE}there`)).toBe('ok');
  });

  it('take members and groups away', async () => {
    const take = 'DELETE /management/groups/{group_name}/members/{username}';
    const wilma = { group_name: 'kbase', username: 'wilma' };
    expect((await ok('GroupManagementResponse', 'admin', take, wilma)).members).toEqual(['admin', 'fred']);
    expect((await ok('UserGroupsResponse', 'wilma', 'GET /workspaces/me/groups')).groups).toEqual([
      'kbasero',
    ]);
    const left = await ok('GroupManagementResponse', 'admin', take, { ...wilma, group_name: 'kbasero' });
    expect([
      left.members,
      (await ok('UserGroupsResponse', 'wilma', 'GET /workspaces/me/groups')).groups,
    ]).toEqual([[], []]);
    const remove = 'DELETE /management/groups/{group_name}';
    expect(await ok('ResourceDeleteResponse', 'admin', remove, { group_name: 'kbase' })).toMatchObject({
      resource_type: 'group',
    });
    expect((await fails('admin', remove, { group_name: 'kbase' })).slice(0, 3)).toEqual([
      404,
      'ErrorResponse',
      20041,
    ]);
    expect((await stack.root.groups.list()).filter((name) => name.includes('kbase'))).toEqual([]);
  });

  it('call every operation of the document', () => {
    expect([...operations.keys()].filter((name) => !client.called.has(name))).toEqual([]);
  });
});
