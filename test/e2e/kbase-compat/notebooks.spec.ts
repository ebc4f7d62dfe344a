import { CLIENT_MS } from '../../support/people/kbase-client.js';
import { reads, writes } from '../../support/access/sharing.js';
import { BUCKET, type Stack } from '../../support/service/stack.js';
import { at, GENERAL, KbaseWorld, SQL } from './world.js';

const TABLE = `${SQL}/fred/u_fred__lab.db/genes/`;
/** Routes of notebooks, and the one of administrators' routes that everybody may call. */
const isOurs = (path: string) => !path.startsWith('/management') || path === '/management/groups/names';

describe("KBase's own clients in notebooks", () => {
  let world: KbaseWorld;
  let stack: Stack;

  beforeAll(async () => {
    world = await KbaseWorld.start('fred', 'wilma', 'barney', 'admin');
    ({ stack } = world);
    await stack.rootS3.put(BUCKET, `${TABLE}there`);
    await stack.admin.post('/management/groups/kbase');
    await stack.admin.post('/management/groups/kbase/members/fred');
    await stack.admin.post('/management/groups/kbasero/members/wilma');
  }, CLIENT_MS);
  afterAll(() => world?.stop());

  it('get a pair that stays until it is rotated', async () => {
    expect(await world.ok('HealthResponse', 'fred', 'GET /health')).toEqual({ status: 'healthy' });
    const first = await world.ok('CredentialsResponse', 'fred', 'GET /credentials/');
    expect(await world.ok('CredentialsResponse', 'fred', 'GET /credentials/')).toEqual(first);
    expect(first).toEqual({ username: 'fred', access_key: 'fred', secret_key: expect.any(String) });
    const next = await world.ok('CredentialsResponse', 'fred', 'POST /credentials/rotate');
    expect([
      await reads(stack.s3(first), `${TABLE}there`),
      await reads(stack.s3(next), `${TABLE}there`),
    ]).toEqual(['SignatureDoesNotMatch', 'ok']);
  });

  it('see the workspace: homes, policies in their model, prefixes', async () => {
    const homes = [at(`${SQL}/barney/`), at(`${GENERAL}/barney/`)];
    const me = await world.ok('UserModel', 'barney', 'GET /workspaces/me');
    expect(me).toMatchObject({
      username: 'barney',
      access_key: 'barney',
      secret_key: null,
      home_paths: homes,
      groups: [],
    });
    expect([...me.accessible_paths].sort()).toEqual([...homes].sort());
    const policies = await world.ok('UserPoliciesResponse', 'barney', 'GET /workspaces/me/policies');
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
    const paths = await world.ok(
      'UserAccessiblePathsResponse',
      'barney',
      'GET /workspaces/me/accessible-paths',
    );
    expect(paths.total_paths).toBe(2);
    const warehouse = await world.ok(
      'UserSqlWarehousePrefixResponse',
      'barney',
      'GET /workspaces/me/sql-warehouse-prefix',
    );
    expect(warehouse.sql_warehouse_prefix).toBe(at(`${SQL}/barney/`));
    expect(
      await world.ok('NamespacePrefixResponse', 'barney', 'GET /workspaces/me/namespace-prefix'),
    ).toEqual({
      username: 'barney',
      user_namespace_prefix: 'u_barney__',
      tenant: null,
      tenant_namespace_prefix: null,
    });
  });

  it('share for writing unless they say otherwise, and end it', async () => {
    const share = (body: object) =>
      world.call('fred', 'POST /sharing/share', {}, ['ShareRequest', { path: at(TABLE), ...body }]);
    expect((await share({ with_users: ['wilma'] })).raw).toMatchObject({
      path: at(TABLE),
      shared_with_users: ['wilma'],
      success_count: 1,
      errors: [],
      shared_by: 'fred',
    });
    const wilma = await world.s3('wilma');
    expect([await reads(wilma, `${TABLE}there`), await writes(wilma, `${TABLE}made`)]).toEqual(['ok', 'ok']);
    await share({ with_users: ['wilma'], permission: 'read' });
    expect(await writes(wilma, `${TABLE}made`)).toBe('AccessDenied');
    const info = await world.ok('PathAccessResponse', 'fred', 'POST /sharing/get_path_access_info', {}, [
      'PathRequest',
      { path: at(TABLE) },
    ]);
    expect(info).toEqual({ users: ['fred', 'wilma'], groups: [], public: false, path: at(TABLE) });
    const ended = await world.ok('UnshareResponse', 'fred', 'POST /sharing/unshare', {}, [
      'UnshareRequest',
      { path: at(TABLE), from_users: ['wilma', 'barney'] },
    ]);
    expect(ended).toMatchObject({ unshared_from_users: ['wilma', 'barney'], success_count: 2, errors: [] });
    expect(await reads(wilma, `${TABLE}there`)).toBe('AccessDenied');
  });

  it('open a path to everybody, and close it for all', async () => {
    const body: [string, object] = ['PathRequest', { path: at(TABLE) }];
    await world.call('fred', 'POST /sharing/share', {}, [
      'ShareRequest',
      { path: at(TABLE), with_users: ['wilma'] },
    ]);
    expect(await world.ok('PublicAccessResponse', 'fred', 'POST /sharing/make-public', {}, body)).toEqual({
      path: at(TABLE),
      is_public: true,
    });
    const barney = await world.s3('barney');
    expect([await reads(barney, `${TABLE}there`), await writes(barney, `${TABLE}made`)]).toEqual([
      'ok',
      'AccessDenied',
    ]);
    expect(
      await world.ok('PublicAccessResponse', 'fred', 'POST /sharing/make-private', {}, body),
    ).toMatchObject({
      is_public: false,
    });
    const [wilma, others] = [await world.s3('wilma'), await world.s3('barney')];
    expect([await reads(wilma, `${TABLE}there`), await reads(others, `${TABLE}there`)]).toEqual([
      'AccessDenied',
      'AccessDenied',
    ]);
  });

  it('see the tenants that they are in, and what those reach', async () => {
    const mine = async (who: string) =>
      (await world.ok('UserGroupsResponse', who, 'GET /workspaces/me/groups')).groups;
    expect([await mine('fred'), await mine('wilma'), await mine('barney')]).toEqual([
      ['kbase'],
      ['kbasero'],
      [],
    ]);
    const workspace = await world.ok(
      'GroupWorkspaceResponse',
      'wilma',
      'GET /workspaces/me/groups/{group_name}',
      {
        group_name: 'kbasero',
      },
    );
    expect(workspace).toMatchObject({ group_name: 'kbase', members: ['admin', 'fred'], member_count: 2 });
    expect(workspace.accessible_paths).toContain(at('tenant-general-warehouse/kbase/'));
    const prefix = await world.ok(
      ...(['GroupSqlWarehousePrefixResponse', 'wilma'] as const),
      'GET /workspaces/me/groups/{group_name}/sql-warehouse-prefix',
      { group_name: 'kbasero' },
    );
    expect(prefix).toEqual({ group_name: 'kbase', sql_warehouse_prefix: at('tenant-sql-warehouse/kbase/') });
    const names = await world.ok('NamespacePrefixResponse', 'wilma', 'GET /workspaces/me/namespace-prefix', {
      tenant: 'kbasero',
    });
    expect(names).toMatchObject({ tenant: 'kbasero', tenant_namespace_prefix: 'kbase_' });
    const { group_policies } = await world.ok('UserModel', 'wilma', 'GET /workspaces/me');
    expect(group_policies.map(({ policy_name }: any) => policy_name)).toEqual(['group-policy-kbasero']);
    expect(JSON.stringify(group_policies)).not.toContain('PutObject');
  });

  it('see the names of groups and tenants, and their members only from inside', async () => {
    const names = await world.ok('GroupNamesResponse', 'barney', 'GET /management/groups/names');
    expect(names).toEqual({ group_names: ['kbase', 'kbasero'], total_count: 2 });
    const [tenant] = (await world.call('barney', 'GET /tenants')).raw;
    expect(tenant).toMatchObject({
      tenant_name: 'kbase',
      member_count: 3,
      is_member: false,
      is_steward: false,
    });
    const name = { tenant_name: 'kbase' };
    const outside = await world.ok('TenantDetailResponse', 'barney', 'GET /tenants/{tenant_name}', name);
    expect(outside).toMatchObject({
      members: [],
      member_count: 3,
      storage_paths: { namespace_prefix: 'kbase_' },
    });
    const inside = await world.ok('TenantDetailResponse', 'wilma', 'GET /tenants/{tenant_name}', name);
    expect(inside.members.map(({ username, access_level }: any) => [username, access_level])).toEqual([
      ['admin', 'read_write'],
      ['fred', 'read_write'],
      ['wilma', 'read_only'],
    ]);
    expect(await world.fails('barney', 'GET /tenants/{tenant_name}/members', name)).toEqual([
      ...[403, 'ErrorResponse', 40020],
      expect.stringContaining('Only members'),
    ]);
  });

  it('let stewards decide who is in', async () => {
    const steward = { tenant_name: 'kbase', username: 'fred' };
    const barney = { tenant_name: 'kbase', username: 'barney' };
    const add = 'POST /tenants/{tenant_name}/members/{username}';
    expect((await world.fails('fred', add, barney)).slice(0, 3)).toEqual([403, 'ErrorResponse', 40020]);
    const made = await world.ok(
      'TenantStewardResponse',
      'admin',
      'POST /tenants/{tenant_name}/stewards/{username}',
      steward,
    );
    expect(made).toMatchObject({ username: 'fred', assigned_by: 'admin', assigned_at: expect.any(String) });
    const member = await world.ok('TenantMemberResponse', 'fred', add, {
      ...barney,
      permission: 'read_only',
    });
    expect(member).toMatchObject({ username: 'barney', access_level: 'read_only', is_steward: false });
    expect(await world.ok('TenantMemberResponse', 'fred', add, barney)).toMatchObject({
      access_level: 'read_write',
    });
    const members = await world.call('wilma', 'GET /tenants/{tenant_name}/members', { tenant_name: 'kbase' });
    expect(members.raw.map(({ username }: any) => username)).toEqual(['admin', 'barney', 'fred', 'wilma']);
    const remove = 'DELETE /tenants/{tenant_name}/members/{username}';
    expect((await world.fails('fred', remove, steward)).slice(0, 3)).toEqual([400, 'ErrorResponse', 40010]);
    expect((await world.call('fred', remove, barney)).status).toBe(204);
    const stewards = await world.call('wilma', 'GET /tenants/{tenant_name}/stewards', {
      tenant_name: 'kbase',
    });
    expect(stewards.raw.map(({ username }: any) => username)).toEqual(['fred']);
    const changed = await world.ok(
      'TenantMetadataResponse',
      'fred',
      'PATCH /tenants/{tenant_name}',
      { tenant_name: 'kbase' },
      [
        'TenantMetadataUpdate',
        {
          ...{ description: 'Genes', display_name: 'KBase', website: 'https://www.kbase.us/' },
          organization: 'LBNL',
        },
      ],
    );
    expect(changed).toMatchObject({
      ...{
        tenant_name: 'kbase',
        description: 'Genes',
        display_name: 'KBase',
        website: 'https://www.kbase.us/',
        organization: 'LBNL',
      },
    });
    const [listed] = (await world.call('barney', 'GET /tenants')).raw;
    expect([listed.display_name, listed.website, listed.organization]).toEqual([
      ...['KBase', 'https://www.kbase.us/', 'LBNL'],
    ]);
    const dismiss = 'DELETE /tenants/{tenant_name}/stewards/{username}';
    expect((await world.call('admin', dismiss, steward)).status).toBe(204);
    expect((await world.fails('admin', dismiss, steward)).slice(0, 3)).toEqual([404, 'ErrorResponse', 40030]);
  });

  it('create and forget what is told about a tenant; the group stays', async () => {
    const name = { tenant_name: 'kbase' };
    const told = async (description: string) =>
      (
        await world.ok('TenantMetadataResponse', 'admin', 'POST /tenants/{tenant_name}', name, [
          'TenantMetadataUpdate',
          { description },
        ])
      ).description;
    expect(await told('Proteins')).toBe('Genes');
    expect((await world.call('admin', 'DELETE /tenants/{tenant_name}', name)).status).toBe(204);
    expect(await told('Proteins')).toBe('Proteins');
    const { metadata } = await world.ok('TenantDetailResponse', 'fred', 'GET /tenants/{tenant_name}', name);
    expect(metadata).toMatchObject({ display_name: null, website: null, organization: null });
    expect((await world.ok('UserGroupsResponse', 'fred', 'GET /workspaces/me/groups')).groups).toEqual([
      'kbase',
    ]);
  });

  it('call every one of their operations', () => {
    expect(world.uncalled(isOurs)).toEqual([]);
  });
});
