import { createHash, randomBytes } from 'node:crypto';
import { hasPostgres } from '../../support/servers/postgres.js';
import { type Row, runSql } from '../../support/database/sql.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const SERVICE = `svc_${randomBytes(20).toString('hex')}`;
const SERVICE_TOKENS = JSON.stringify([
  { name: 'hub', sha256: createHash('sha256').update(SERVICE).digest('hex'), scopes: ['credentials'] },
]);

const databases = hasPostgres() ? ['the embedded database', 'PostgreSQL'] : ['the embedded database'];

describe.each(databases)('the audit log in %s', (kind) => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { SERVICE_TOKENS }, embedded: kind !== 'PostgreSQL' });
  }, START_MS);
  afterAll(() => stack?.stop());

  const page = async (query = '') => (await stack.admin.get(`/admin/audit${query}`)).body;
  const told = ({ action, actor, actor_kind, on_behalf_of, subject_kind, subject_name }: Row) =>
    [action, actor, actor_kind, on_behalf_of, subject_kind, subject_name].join(' ');

  it('has an event for every change, with who, for whom, to whom and from which request', async () => {
    const alice = stack.person('alice');
    const requests: string[] = [];
    const note = (answer: { status: number; headers: Record<string, string> }) => {
      expect(answer.status).toBeLessThan(300);
      requests.push(answer.headers['x-request-id'] ?? '');
    };
    note(await alice.post('/users/alice'));
    note(await alice.post('/users/alice'));
    note(await alice.post('/users/alice', { rotate: false, revoke_sessions: true }));
    note(await alice.post('/users/alice/sessions'));
    note(await alice.get('/credentials/aws'));
    note(await alice.delete('/users/alice/sessions'));
    const key = await alice.post('/users/alice/access-keys', { name: 'tool' });
    note(key);
    note(await alice.delete(`/users/alice/access-keys/${key.body.access_key}`));
    note(await stack.caller(SERVICE).post('/users/alice'));
    note(await stack.caller(SERVICE).post('/users/alice/sessions'));
    note(await stack.admin.post('/admin/users/alice/disable'));
    note(await stack.admin.post('/admin/users/alice/enable'));
    await stack.root.users.add('carol', { secretKey: 'made-by-hand-012' });
    note(await stack.admin.post('/admin/adopt', { users: ['carol'] }));
    note(await stack.admin.delete('/admin/users/alice'));
    const { items } = await page();
    expect(items.map(told).reverse()).toEqual([
      'user.created alice person  user alice',
      'credentials.rotated alice person  user alice',
      'credentials.revoked alice person  user alice',
      'session.issued alice person  user alice',
      'session.issued alice person  user alice',
      'sessions.ended alice person  user alice',
      'access_key.issued alice person  user alice',
      'access_key.removed alice person  user alice',
      'credentials.rotated hub service alice user alice',
      'session.issued hub service alice user alice',
      'user.created admin person  user admin',
      'user.disabled admin person  user alice',
      'user.enabled admin person  user alice',
      'user.adopted admin person  user carol',
      'user.removal_requested admin person  user alice',
      'user.removed minio-manager system  user alice',
    ]);
    const asked = items
      .filter(({ actor_kind: by }: Row) => by !== 'system')
      .map(({ request_id: id }: Row) => id);
    expect([...new Set(asked.reverse())]).toEqual(requests);
  });

  it('is filtered by actor, subject, action and time', async () => {
    const all = (await page()).items as {
      id: string;
      at: string;
      actor: string;
      action: string;
      subject_name: string;
    }[];
    const ids = async (query: string) => (await page(query)).items.map(({ id }: Row) => id);
    const expected = (keep: (event: (typeof all)[number]) => boolean) => all.filter(keep).map(({ id }) => id);
    expect(await ids('?actor=hub')).toEqual(expected(({ actor }) => actor === 'hub'));
    expect(await ids('?subject=carol')).toEqual(expected(({ subject_name: name }) => name === 'carol'));
    expect(await ids('?action=session.issued')).toEqual(
      expected(({ action }) => action === 'session.issued'),
    );
    const since = all[4]?.at ?? '';
    expect(await ids(`?since=${since}`)).toEqual(expected(({ at }) => at >= since));
    expect(await ids('?actor=admin&action=user.disabled')).toHaveLength(1);
    expect(await ids('?actor=nobody')).toEqual([]);
  });

  it('is read page by page, the newest first', async () => {
    const all = (await page()).items.map(({ id }: Row) => id);
    const walked: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { items, next_cursor: next }: any = await page(`?limit=4${cursor ? `&cursor=${cursor}` : ''}`);
      expect(items.length).toBeLessThanOrEqual(4);
      walked.push(...items.map(({ id }: Row) => id));
      cursor = next;
    }
    expect(walked).toEqual(all);
    expect(all.map(Number)).toEqual(all.map(Number).sort((a: number, b: number) => b - a));
  });

  it('refuses what it does not understand, and who may not read it', async () => {
    for (const query of ['?since=yesterday', '?cursor=!', '?cursor=Zm9v', '?limit=0', '?limit=501']) {
      expect([query, (await stack.admin.get(`/admin/audit${query}`)).status]).toEqual([query, 422]);
    }
    expect((await stack.admin.get('/admin/audit?who=alice')).status).toBe(400);
    expect((await stack.person('alice').get('/admin/audit')).status).toBe(403);
    expect((await stack.caller(SERVICE).get('/admin/audit')).status).toBe(403);
  });

  it('can be neither changed nor emptied, whoever asks the database', async () => {
    await stack.stopService();
    const everything = 'select * from audit_event order by id';
    const attempts = [
      "update audit_event set actor = 'nobody'",
      'delete from audit_event where id = (select min(id) from audit_event)',
      'truncate audit_event',
      'truncate audit_event cascade',
    ];
    const [before, ...rest] = await runSql(stack.env, [everything, ...attempts, everything]);
    expect(before).toEqual({ rows: expect.arrayContaining([expect.objectContaining({ actor: 'alice' })]) });
    expect(rest.pop()).toEqual(before);
    expect(rest).toEqual(attempts.map(() => ({ error: expect.stringContaining('append-only') })));
  });
});
