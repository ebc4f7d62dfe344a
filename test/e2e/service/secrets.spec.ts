import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasPostgres } from '../../support/servers/postgres.js';
import { ended, submit } from '../../support/workflows/provisions.js';
import { processArguments, SecretFinder } from '../../support/service/secrets.js';
import type { Answer } from '../../support/service/service.js';
import { runSql } from '../../support/database/sql.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { newDatabase, type NewDatabase } from '../../support/servers/worker-postgres.js';

const SERVICE = `svc_${randomBytes(20).toString('hex')}`;
const sha256 = createHash('sha256').update(SERVICE).digest('hex');
const SERVICE_TOKENS = JSON.stringify([{ name: 'hub', sha256, scopes: ['credentials', 'admin'] }]);
const MASTER_KEY = `master+key/${randomBytes(20).toString('base64')}`;

const databases = hasPostgres() ? ['the embedded database', 'PostgreSQL'] : ['the embedded database'];

describe('the finder of secrets', () => {
  const secret = 'p+ss/w=rd with spaces and ümlaut 0123456789';
  const finder = new SecretFinder();
  finder.add('planted', secret);
  const bytes = Buffer.from(secret);

  it.each([
    ['raw', secret],
    ['base64', `"${bytes.toString('base64')}"`],
    ['base64, with something behind it', Buffer.from(`${secret}:more`).toString('base64')],
    ['base64, one byte behind', Buffer.from(`:${secret}`).toString('base64')],
    ['base64url, two bytes behind', Buffer.from(`me${secret}!`).toString('base64url')],
    ['base64url', bytes.toString('base64url')],
    ['URL-encoded', `?x=${encodeURIComponent(secret)}`],
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
  ])('finds one that is planted: %s', (_way, text) => {
    expect(finder.findIn('a text', `before ${text} after`)).toHaveLength(1);
  });

  it('finds one among bytes, and nothing where there is nothing', () => {
    const needle = new SecretFinder();
    needle.add('planted', 'abcdefgh01234567');
    const bytes = Buffer.concat([randomBytes(100), Buffer.from('abcdefgh01234567'), randomBytes(100)]);
    expect(needle.findIn('bytes', bytes)).toHaveLength(1);
    expect(needle.findIn('bytes', randomBytes(10_000))).toEqual([]);
  });
});

describe.each(databases)('secrets on %s', (kind) => {
  let stack: Stack;
  let database: NewDatabase | undefined;

  beforeAll(async () => {
    const password = randomBytes(12).toString('hex');
    if (kind === 'PostgreSQL') database = await newDatabase(false);
    const url = database?.env.DATABASE_URL?.replace('postgres@', `postgres:${password}@`);
    const env = { SERVICE_TOKENS, MASTER_KEY, LOG_LEVEL: 'trace' };
    stack = await startStack({ env, ...(url ? { database: url } : { embedded: true }) });
    stack.secrets.add('the master key', MASTER_KEY);
    stack.secrets.add('the password of the database', password);
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await database?.remove();
  });

  it(
    'appear in answers that hand them out, and nowhere else',
    async () => {
      const problems = await everything(stack);
      const places: [string, string | Buffer][] = problems.map((body) => ['a problem', JSON.stringify(body)]);
      for (const path of ['/metrics', '/openapi.json', '/readyz', '/docs']) {
        const { body } = await stack.service.request('GET', path);
        places.push([path, typeof body === 'string' ? body : JSON.stringify(body)]);
      }
      for (const path of [
        ...['/users/alice', '/admin/users', '/admin/groups', '/groups/Curators', '/groups/everyone'],
        ...['/admin/audit?limit=500', '/admin/doctor', '/roles', '/provisions?limit=500'],
        '/provisions/dead-letters',
      ]) {
        places.push([path, JSON.stringify((await stack.admin.get(path)).body)]);
      }
      const processes = processArguments();
      expect(processes.length).toBeGreaterThanOrEqual(kind === 'PostgreSQL' ? 3 : 2);
      places.push(...processes);
      await stack.stopService();
      places.push(['the log', stack.allLogs()], ...(await databaseOf(stack)));
      const text = places.map(([, content]) => content.toString()).join();
      for (const told of [
        'user.created',
        'session.issued',
        'access_key.issued',
        'nightly',
        'path.shared',
        'group.member_added',
        'mgr:readers:Curators:1',
        '"route":"/users/:user/sessions"',
        '"route":"/groups/:group/members"',
        '"route":"/provisions/:id/claim"',
        'roles.applied',
        '"event":"claimed"',
      ])
        expect(text).toContain(told);
      expect(stack.secrets.count).toBeGreaterThan(20);
      expect(places.flatMap(([place, content]) => stack.secrets.findIn(place, content))).toEqual([]);
    },
    START_MS,
  );
});

/** Every endpoint that hands out or takes a secret, and every way to have one refused; gives the problems. */
async function everything(stack: Stack): Promise<unknown[]> {
  const alice = stack.person('alice');
  await alice.post('/users/alice');
  await alice.post('/users/alice', { revoke_sessions: true, revoke_access_keys: true });
  await alice.post('/users/alice', { rotate: false });
  await alice.post('/users/alice/sessions');
  await alice.get('/credentials/aws');
  const { body: key } = await alice.post('/users/alice/access-keys', { name: 'nightly' });
  await alice.post('/users/alice/access-keys', { name: 'nightly two' });
  await alice.delete(`/users/alice/access-keys/${key.access_key}`);
  await stack.caller(SERVICE).post('/users/bob');
  await stack.caller(SERVICE).post('/users/bob/sessions');
  await stack.root.users.add('alice', { secretKey: 'changed-by-hand-0123', status: 'enabled' });
  await alice.post('/users/alice/sessions');
  const unknown = stack.caller(randomBytes(16).toString('hex'));
  const refused = [
    unknown.get('/users/alice'),
    stack.caller(`svc_${randomBytes(16).toString('hex')}`).post('/users/alice'),
    stack.person('carol').get('/users/alice'),
    alice.post('/users/alice', { secret_key: MASTER_KEY }),
    alice.post('/users/alice', `{"rotate": "${MASTER_KEY}"}`, {
      headers: { 'content-type': 'application/json' },
    }),
    alice.post('/users/alice', MASTER_KEY, { headers: { 'content-type': 'application/json' } }),
    alice.get(`/users/${encodeURIComponent(MASTER_KEY)}`),
    alice.get(`/nothing?token=${alice.token}`),
    alice.delete(`/users/carol/access-keys/${key.access_key}`),
  ];
  const answers = [...(await Promise.all(refused)), ...(await sharing(stack)), ...(await provisions(stack))];
  expect(answers.map(({ status }) => status)).toEqual([
    ...[401, 401, 403, 400, 400, 400, 403, 404, 403],
    ...[422, 422, 422, 403, 422, 422, 401],
    ...[410, 400, 400, 422, 422, 422, 404, 422],
  ]);
  stack.kbase.fault = 'drop';
  const away = await stack.caller(randomBytes(16).toString('hex')).get('/users/alice');
  expect(away.status).toBe(503);
  stack.kbase.fault = undefined;
  await stack.admin.post('/admin/users/bob/disable');
  await stack.admin.delete('/admin/users/bob');
  return [...answers, away].map(({ body }) => body);
}

/** Shares, groups and dry runs among people who have secrets, and ways to have one refused with a secret in the wrong place. */
async function sharing(stack: Stack): Promise<Answer[]> {
  const [alice, dora] = [stack.person('alice'), stack.person('dora')];
  const path = 's3a://cdm-lake/users-warehouse/alice/x/';
  const body = { path, with_users: ['dora', 'nobody'], with_groups: ['Curators', 'everyone'] };
  const group = { owners: ['alice'], grants: [{ path: 's3a://cdm-lake/reference/', permission: 'write' }] };
  await dora.post('/users/dora');
  for (const query of ['?dry_run=true', '', '?dry_run=true']) {
    await stack.admin.post(`/groups/Curators${query}`, group);
    await alice.post(`/groups/Curators/members${query}`, { user_name: 'dora', role: 'reader' });
    await alice.post(`/users/alice/share${query}`, { ...body, permission: 'write', reason: 'for the paper' });
  }
  for (const query of ['?dry_run=true', '']) {
    await alice.post(`/users/alice/unshare${query}`, { path, from_groups: ['everyone'] });
    await stack.admin.post(`/admin/users/dora/disable${query}`);
    await stack.admin.post(`/admin/users/dora/enable${query}`);
  }
  await dora.post('/users/dora/sessions');
  await stack.admin.delete('/admin/users/dora?dry_run=true');
  return Promise.all([
    alice.post('/users/alice/share', { path: MASTER_KEY, with_users: ['dora'] }),
    alice.post('/users/alice/share', { ...body, expires_at: MASTER_KEY }),
    alice.post('/users/alice/unshare', { path: `${path}${MASTER_KEY}*` }),
    stack.person('carol').post('/users/alice/share', body),
    stack.admin.post('/groups/Curators', { members: [MASTER_KEY] }),
    stack.admin.post(`/groups/${encodeURIComponent(MASTER_KEY)}`, {}),
    stack.caller(randomBytes(16).toString('hex')).get('/groups/Curators'),
  ]);
}

/** Provisions that give something, and ways to have one refused with a secret in the wrong place. */
async function provisions(stack: Stack): Promise<Answer[]> {
  const { admin } = stack;
  const entitlements = [{ type: 'path', path: 's3a://cdm-lake/reference/', permission: 'read' }];
  await admin.put('/roles/analyst', { entitlements });
  await ended(admin, {
    id: (await admin.post('/provision', { userId: 'alice', roles: ['analyst'] })).body.taskId,
  });
  const { id } = await ended(
    admin,
    await submit(admin, 'access_key', { user_name: 'alice', name: 'claimed' }),
  );
  await stack.person('alice').post(`/provisions/${id}/claim`);
  const revoked = { userId: 'alice', applicationId: 'minio' };
  return Promise.all([
    admin.post(`/provisions/${id}/claim`),
    admin.post('/provision', { userId: 'alice', roles: [], secret_key: MASTER_KEY }),
    admin.post('/provisions', { kind: 'user', input: { user_name: 'alice', secret_key: MASTER_KEY } }),
    admin.post('/provisions', { kind: MASTER_KEY, input: { user_name: 'alice' } }),
    admin.post('/provisions', { kind: 'user', input: { user_name: MASTER_KEY } }),
    admin.post('/provision', { userId: 'alice', roles: [MASTER_KEY] }),
    admin.post('/provision', { userId: MASTER_KEY, roles: [] }),
    admin.post('/provision/revoke', {
      ...revoked,
      // MinIO may have any other name
      entitlementsToRevoke: [{ type: 'group', id: `${MASTER_KEY}\n` }],
    }),
  ]);
}

/** Every row as JSON; of the embedded database also every byte of its files. */
async function databaseOf(stack: Stack): Promise<[string, string | Buffer][]> {
  const tables = [
    'subject',
    'membership',
    'access_grant',
    'session_key',
    'page_session',
    'lease',
    'audit_event',
    'master_key',
    'known_admin',
    'login',
    'look_up',
    'provision',
    'provision_event',
    'role',
    'role_assignment',
    'queue.job',
  ];
  const results = await runSql(
    stack.env,
    tables.map((table) => `select * from ${table}`),
  );
  const rows: [string, string] = ['the database', JSON.stringify(results)];
  if (stack.env.DATABASE_URL) return [rows];
  const folder = join(stack.env.DATA_DIR ?? '', 'pglite');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return [
    rows,
    ...files.map((each): [string, Buffer] => ['the files', readFileSync(join(each.parentPath, each.name))]),
  ];
}
