import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { kbaseDocument } from '../../support/people/kbase-client.js';
import { reads } from '../../support/access/sharing.js';
import { BUCKET, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { at, GENERAL, KBASE } from './world.js';

const FOLDER = `${GENERAL}/fred/data/`;
/** A body of KBase's errors and nothing beside it. */
const envelope = (error: number | null, error_type: string, message: unknown = expect.any(String)) => ({
  error,
  error_type,
  message,
});

describe("where KBase's API differs from ours", () => {
  let stack: Stack;
  const fred = () => stack.person('fred');
  const share = (body: object) => fred().post('/sharing/share', { path: at(FOLDER), ...body });
  const given = async () =>
    (await fred().get('/users/fred/shares?direction=given')).body.items.map(
      ({ grantee, permission }: any) => [grantee.name, permission],
    );

  beforeAll(async () => {
    stack = await startStack({ env: KBASE });
    for (const name of ['fred', 'wilma', 'barney']) await stack.person(name).get('/credentials/');
    await stack.rootS3.put(BUCKET, `${FOLDER}there`);
  }, START_MS);
  afterAll(() => stack?.stop());

  it('a share without a permission is for writing', async () => {
    expect((await share({ with_users: ['wilma'] })).status).toBe(200);
    expect(await given()).toEqual([['wilma', 'write']]);
  });

  it('neither the end of a share nor a share without targets does anything', async () => {
    const before = await given();
    for (const [path, body] of [
      ['/sharing/unshare', { path: at(FOLDER) }],
      ['/sharing/unshare', { path: at(FOLDER), from_users: [], from_groups: [] }],
      ['/sharing/share', { path: at(FOLDER) }],
    ] as const) {
      const { status, body: answer } = await fred().post(path, body);
      expect([status, answer.success_count, answer.errors]).toEqual([200, 0, []]);
    }
    expect(await given()).toEqual(before);
    expect(before).toHaveLength(1);
  });

  it('some or all targets refused is a 207 that names them', async () => {
    const some = await share({ with_users: ['wilma', 'nobody'] });
    expect([some.status, some.body.shared_with_users, some.body.success_count]).toEqual([207, ['wilma'], 1]);
    expect(some.body.errors).toEqual([expect.stringContaining('Error sharing with user nobody: ')]);
    const none = await share({ with_users: ['nobody'], with_groups: ['nothing'] });
    expect([none.status, none.body.success_count, none.body.errors.length]).toEqual([207, 0, 2]);
  });

  it('a group of readers alone is no target', async () => {
    await stack.admin.post('/management/groups/kbase');
    const { status, body } = await share({ with_groups: ['kbasero'] });
    expect([status, body.errors]).toEqual([207, [expect.stringContaining('share with kbase')]]);
    expect((await given()).map(([name]: [string]) => name)).toEqual(['wilma']);
  });

  it('every path exists with and without the final slash, and nothing redirects', async () => {
    const paths = Object.entries<object>(kbaseDocument.paths).filter(([, methods]) => 'get' in methods);
    const wrong: unknown[] = [];
    for (const [path] of paths) {
      const url = path.replace(/\{\w+\}/, 'kbase').replace(/\/$/, '');
      const statuses = await Promise.all(
        [url, `${url}/`].map(async (each) => (await stack.admin.get(each)).status),
      );
      if (statuses[0] !== 200 || statuses[1] !== 200) wrong.push([url, statuses]);
    }
    expect([paths.length, wrong]).toEqual([18, []]);
    expect((await fred().post('/credentials/rotate/')).status).toBe(200);
  });

  it('the line of the container entrypoint', async () => {
    const url = `${stack.service.baseUrl}/credentials/`;
    // the token comes by standard input: arguments of a process are visible
    const curl = `curl -sf -m 10 -H @- '${url}' <<< "Authorization: Bearer $TOKEN"`;
    const env = { PATH: process.env.PATH, TOKEN: fred().token };
    const { stdout } = await promisify(execFile)('bash', ['-c', curl], { env });
    const { access_key, secret_key } = JSON.parse(stdout);
    expect(await reads(stack.s3({ access_key, secret_key }), `${FOLDER}there`)).toBe('ok');
    await expect(
      promisify(execFile)('bash', ['-c', curl], { env: { ...env, TOKEN: 'X'.repeat(32) } }),
    ).rejects.toMatchObject({
      code: 22,
    });
  });

  it('errors have three fields, the status of KBase, and the request id in the header', async () => {
    const service = stack.service;
    const headers = { 'x-request-id': 'request-0001' };
    const ask = async (method: string, path: string, options: object = {}) => {
      const token = `Bearer ${fred().token}`;
      const {
        status,
        headers: answered,
        body,
      } = await service.request(method, path, { token, headers, ...options });
      expect([answered['x-request-id'], /^application\/json/.test(answered['content-type'] ?? '')]).toEqual([
        'request-0001',
        true,
      ]);
      return [status, body];
    };
    const bearer = (token: string) => ({ token: `Bearer ${token}` });
    const json = { headers: { ...headers, 'content-type': 'application/json' } };
    expect(await ask('GET', '/credentials/', { token: undefined })).toEqual([
      401,
      envelope(10010, 'No authentication token'),
    ]);
    expect(await ask('GET', '/tenants', bearer('X'.repeat(32)))).toEqual([
      401,
      envelope(10020, 'Invalid token'),
    ]);
    expect(await ask('GET', '/management/users')).toEqual([403, envelope(null, 'Not allowed')]);
    expect(await ask('GET', '/management/users?page=0', bearer(stack.admin.token))).toEqual([
      ...[400, envelope(30030, 'Validation error', expect.stringContaining('page'))],
    ]);
    expect(await ask('GET', '/tenants/nowhere')).toEqual([
      404,
      envelope(40030, 'Tenant not found', 'Tenant nowhere not found'),
    ]);
    expect(await ask('GET', '/tenants/kbasero')).toEqual([400, envelope(40010, 'Tenant operation error')]);
    expect(await ask('GET', '/workspaces/me/groups/kbase')).toEqual([
      403,
      envelope(20042, 'Data governance policy violation'),
    ]);
    expect(await ask('POST', '/sharing/share', { ...json, body: '{' })).toEqual([
      400,
      envelope(30010, 'Request validation failed'),
    ]);
    expect(await ask('POST', '/sharing/share', { ...json, body: { path: at(FOLDER), surprise: 1 } })).toEqual(
      [...[400, envelope(30010, 'Request validation failed', expect.stringContaining('surprise'))]],
    );
    expect(
      await ask('POST', '/sharing/share', {
        body: { path: at(`${GENERAL}/wilma/x/`), with_users: ['fred'] },
      }),
    ).toEqual([...[403, envelope(20042, 'Data governance policy violation')]]);
    expect(
      await ask('POST', '/sharing/share', { body: { path: 'nonsense', with_users: ['wilma'] } }),
    ).toEqual([...[400, envelope(30030, 'Validation error')]]);
    expect(
      await ask('POST', '/sharing/get_path_access_info', { body: { path: at(`${GENERAL}/wilma/x/`) } }),
    ).toEqual([...[403, envelope(20042, 'Data governance policy violation')]]);
    expect(await ask('PUT', '/credentials/')).toEqual([405, envelope(null, 'Method not allowed')]);
    const admin = bearer(stack.admin.token);
    const members = '/management/groups/kbase/members';
    expect(await ask('POST', `${members}/nobody`, admin)).toEqual([
      400,
      envelope(20030, 'MinIO user operation error'),
    ]);
    expect(await ask('POST', '/management/groups/nothing/members/fred', admin)).toEqual([
      ...[404, envelope(20041, 'MinIO group not found', 'There is no group nothing')],
    ]);
    expect(await ask('POST', `${members}/wilma`)).toEqual([403, envelope(null, 'Not allowed')]);
    expect(await ask('POST', '/management/groups/euro', admin)).toEqual([
      403,
      envelope(20042, 'Data governance policy violation'),
    ]);
    expect(
      await ask('PATCH', '/tenants/kbase', { ...admin, body: { organization: 'x'.repeat(101) } }),
    ).toEqual([...[400, envelope(30030, 'Validation error', expect.stringContaining('organization'))]]);
  });

  it('a name that means two groups is refused', async () => {
    for (const name of ['mic', 'micro']) await stack.admin.post(`/groups/${name}`, {});
    const { status, body } = await stack.admin.post('/management/groups/micro/members/fred');
    expect([status, body.message]).toEqual([409, expect.stringContaining('the readers of mic')]);
    expect((await stack.admin.get('/groups/micro')).body.members).toEqual([]);
    await stack.admin.post('/groups/euro', {});
    expect((await stack.admin.post('/management/groups/eu')).status).toBe(409);
  });

  it('whoever may more in a group keeps it', async () => {
    const members = '/management/groups/kbase/members/wilma';
    const roleOf = async () => {
      const { body } = await stack.admin.get('/groups/kbase');
      return body.members.find(({ user_name }: any) => user_name === 'wilma')?.role;
    };
    await stack.admin.post('/tenants/kbase/stewards/wilma');
    await stack.admin.post(members.replace('kbase', 'kbasero'));
    await stack.admin.post(members);
    await stack.admin.post('/tenants/kbase/members/wilma');
    expect(await roleOf()).toBe('owner');
    expect((await stack.admin.post('/tenants/kbase/members/wilma?permission=read_only')).status).toBe(400);
    await stack.admin.delete('/tenants/kbase/stewards/wilma');
    await stack.admin.post(members.replace('kbase', 'kbasero'));
    expect(await roleOf()).toBe('member');
    await stack.admin.delete(members.replace('kbase', 'kbasero'));
    expect(await roleOf()).toBe('member');
    await stack.admin.post('/tenants/kbase/members/wilma?permission=read_only');
    expect(await roleOf()).toBe('reader');
  });

  it('a private path that everybody reaches by a folder above is told as public', async () => {
    const part = { path: at(`${FOLDER}part/`) };
    expect((await fred().post('/sharing/make-public', { path: at(FOLDER) })).body.is_public).toBe(true);
    expect((await fred().post('/sharing/make-private', part)).body).toEqual({ ...part, is_public: true });
    expect((await fred().post('/sharing/make-private', { path: at(FOLDER) })).body.is_public).toBe(false);
    expect(await given()).toEqual([]);
  });

  it('changes and credentials are in the audit log under the person who made them', async () => {
    await share({ with_users: ['barney'] });
    const { items } = (await stack.admin.get('/admin/audit?actor=fred&limit=500')).body;
    const actions = items.map(({ action }: any) => action);
    expect(actions).toEqual(expect.arrayContaining(['path.shared', 'path.unshared', 'credentials.rotated']));
  });

  it('answers with a secret are not stored', async () => {
    const answers = [
      await fred().get('/credentials/'),
      await fred().post('/credentials/rotate'),
      await stack.admin.post('/management/users/barney/rotate-credentials'),
    ];
    expect(answers.map(({ headers }) => headers['cache-control'])).toEqual([
      'no-store',
      'no-store',
      'no-store',
    ]);
  });

  it('a disabled user gets nothing', async () => {
    await stack.admin.post('/admin/users/barney/disable');
    for (const path of ['/credentials/', '/workspaces/me', '/tenants'])
      expect((await stack.person('barney').get(path)).status).toBe(403);
  });

  it('what MinIO does not hold yet is an error that says so', async () => {
    await stack.minio.stop();
    const { status, body, headers } = await share({ with_users: ['wilma'] });
    expect([status, body]).toEqual([
      503,
      envelope(20050, 'MinIO connection error', expect.stringContaining('stored')),
    ]);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect((await stack.service.request('GET', '/health')).status).toBe(200);
    await stack.minio.start();
    await stack.restart({ RATE_LIMIT_CREDENTIALS: '2' });
    expect(await given()).toEqual(expect.arrayContaining([['wilma', 'write']]));
  });

  it('rate limits count here, too', async () => {
    const statuses = [];
    for (let call = 0; call < 3; call++) statuses.push(await fred().get('/credentials/'));
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect([statuses[2]?.body, statuses[2]?.headers['ratelimit-limit']]).toEqual([
      envelope(null, 'Too many requests'),
      '2',
    ]);
  });

  it('none of it is in our document, and without the variable none of it exists', async () => {
    const ours = (await stack.service.request('GET', '/openapi.json')).body;
    const mine = Object.keys(ours.paths);
    const theirs = Object.keys(kbaseDocument.paths).map((path) => path.replace(/\/$/, ''));
    expect(theirs.filter((path) => mine.includes(path))).toEqual([]);
    await stack.restart({ KBASE_COMPAT: 'false' });
    const statuses = await Promise.all(
      theirs.map(async (path) => (await stack.admin.get(path.replace(/\{\w+\}/g, 'kbase'))).status),
    );
    expect([...new Set(statuses)]).toEqual([404]);
    expect((await stack.service.request('GET', '/openapi.json')).body).toEqual(ours);
  });
});
