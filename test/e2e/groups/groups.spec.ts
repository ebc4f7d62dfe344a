import { setTimeout as sleep } from 'node:timers/promises';
import { outcome, type S3 } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const path = (key: string) => `s3a://${BUCKET}/${key}`;
const REPORTS = `${homeOf('alice')}reports/`;
const OBJECT = `${REPORTS}q1.csv`;

describe('groups', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({
      embedded: true,
      env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0' },
    });
    for (const name of ['alice', 'bob', 'carol', 'dave']) await stack.person(name).post(`/users/${name}`);
    await stack.rootS3.put(BUCKET, OBJECT, 'numbers');
  }, START_MS);
  afterAll(() => stack?.stop());

  const as = (name: string) => stack.person(name);
  const session = async (name: string) => stack.s3((await as(name).post(`/users/${name}/sessions`)).body);
  const reads = (client: S3) => outcome(() => client.get(BUCKET, OBJECT));
  const writes = (client: S3) => outcome(() => client.put(BUCKET, `${REPORTS}new`, 'x'));

  it.each(['KBase', 'BER', 'CDM_Science'])('is made by an administrator: %s', async (name) => {
    const made = await stack.admin.post(`/groups/${name}`, { members: ['bob'], owners: ['alice'] });
    expect([made.status, made.body]).toEqual([
      201,
      expect.objectContaining({
        group_name: name,
        members: [
          expect.objectContaining({ user_name: 'alice', role: 'owner' }),
          expect.objectContaining({ user_name: 'bob', role: 'member' }),
        ],
        grants: [],
        enforced: true,
      }),
    ]);
    expect((await stack.root.groups.info(name)).members.sort()).toEqual(['alice', 'bob']);
  });

  it('refuses a name that differs only in case, and one that MinIO has from somebody else', async () => {
    const taken = { status: 409, code: 'name_taken' };
    expect((await stack.admin.post('/groups/kbase', {})).body).toMatchObject(taken);
    await stack.root.groups.addMembers('Foreign', []);
    expect((await stack.admin.post('/groups/Foreign', {})).body).toMatchObject(taken);
  });

  it('is not there for who is not in it, and is changed by its owners', async () => {
    expect((await as('carol').get('/groups/KBase')).status).toBe(404);
    expect((await as('carol').post('/groups/KBase', { members: ['carol'] })).status).toBe(404);
    expect((await as('carol').post('/groups/Made_Up', {})).status).toBe(404);
    expect((await as('bob').get('/groups/KBase')).status).toBe(200);
    expect((await as('bob').post('/groups/KBase', { members: ['carol'] })).status).toBe(403);
  });

  it('gives what is shared with it to every member at once, with sessions from before', async () => {
    const [bob, carol] = [await session('bob'), await session('carol')];
    const share = (permission: string) =>
      as('alice').post('/users/alice/share', { path: path(REPORTS), with_groups: ['KBase'], permission });
    expect((await share('read')).body.results[0].status).toBe('granted');
    expect([await reads(bob), await reads(carol)]).toEqual(['ok', 'AccessDenied']);
    expect(await writes(bob)).toBe('AccessDenied');
    expect((await share('write')).body.results[0].status).toBe('changed');
    expect(await writes(bob)).toBe('ok');
    const joined = await as('alice').post('/groups/KBase/members', { user_name: 'carol', role: 'reader' });
    expect(joined.status).toBe(200);
    expect([await reads(carol), await writes(carol)]).toEqual(['ok', 'AccessDenied']);
    expect((await as('alice').delete('/groups/KBase/members/bob')).status).toBe(204);
    expect([await reads(bob), await reads(carol)]).toEqual(['AccessDenied', 'ok']);
  });

  it('answers an owner who leaves it by the change', async () => {
    await stack.admin.post('/groups/Passed_On', { owners: ['alice'] });
    const answer = await as('alice').post('/groups/Passed_On', { owners: ['bob'] });
    expect([answer.status, answer.body.members]).toMatchObject([200, [{ user_name: 'bob', role: 'owner' }]]);
    expect((await as('alice').get('/groups/Passed_On')).status).toBe(404);
  });

  it('takes nothing that is a member’s own when it goes', async () => {
    const carol = await session('carol');
    expect((await stack.admin.delete('/admin/groups/KBase')).status).toBe(204);
    expect(await reads(carol)).toBe('AccessDenied');
    expect(await outcome(() => carol.list(BUCKET, homeOf('carol')))).toBe('ok');
    expect(await stack.root.groups.list()).not.toContain('KBase');
    expect((await stack.admin.get('/admin/groups')).body.items).not.toContainEqual(
      expect.objectContaining({ group_name: 'KBase' }),
    );
  });

  it('everyone is every user, also those who come later', async () => {
    await as('alice').post('/users/alice/share', { path: path(REPORTS), with_groups: ['everyone'] });
    const clients = [await session('carol'), await session('erin')];
    for (const client of clients) expect(await reads(client)).toBe('ok');
    await as('alice').post('/users/alice/unshare', { path: path(REPORTS), from_groups: ['everyone'] });
    for (const client of clients) expect(await reads(client)).toBe('AccessDenied');
  });

  it('nothing that a removed user shared is reachable any more', async () => {
    const key = `${homeOf('dave')}x/y`;
    const body = { path: path(`${homeOf('dave')}x/`), with_users: ['bob'], with_groups: ['BER'] };
    expect((await as('dave').post('/users/dave/share', body)).status).toBe(200);
    await stack.rootS3.put(BUCKET, key, 'z');
    const bob = await session('bob');
    expect(await outcome(() => bob.get(BUCKET, key))).toBe('ok');
    expect((await stack.admin.delete('/admin/users/dave')).status).toBe(204);
    expect(await outcome(() => bob.get(BUCKET, key))).toBe('AccessDenied');
    expect((await as('bob').get('/groups/BER')).body.grants).toEqual([]);
  });

  it('nor what a group was given in the home before the user came', async () => {
    const grants = [{ path: path(`${homeOf('frank')}x/`), permission: 'read' }];
    expect((await stack.admin.post('/groups/BER', { grants })).body.grants).toHaveLength(1);
    await as('frank').post('/users/frank');
    expect((await stack.admin.delete('/admin/users/frank')).status).toBe(204);
    expect((await as('bob').get('/groups/BER')).body.grants).toEqual([]);
  });

  it('a share ends by itself, and its document goes', async () => {
    const expires_at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000).toISOString();
    const body = { path: path(REPORTS), with_users: ['bob'], expires_at };
    expect((await as('alice').post('/users/alice/share', body)).status).toBe(200);
    const bob = await session('bob');
    expect(await reads(bob)).toBe('ok');
    await sleep(Date.parse(expires_at) + 2000 - Date.now());
    expect(await reads(bob)).toBe('AccessDenied');
    expect(Object.keys(await stack.root.policies.list())).not.toContain('mgr:user:bob:1');
  });

  it('is listed for administrators in pages, sorted by name, by a part of it', async () => {
    for (const name of ['list-c', 'list-a', 'List-B', 'list-d'])
      await stack.admin.post(`/groups/${name}`, {});
    const pages: string[][] = [];
    for (let cursor = ''; cursor !== 'end' && pages.length < 9;) {
      const { body } = await stack.admin.get(`/admin/groups?q=ist-&limit=2${cursor && `&cursor=${cursor}`}`);
      pages.push(body.items.map(({ group_name }: any) => group_name));
      cursor = body.next_cursor === null ? 'end' : encodeURIComponent(body.next_cursor);
    }
    expect(pages).toEqual([
      ['List-B', 'list-a'],
      ['list-c', 'list-d'],
    ]);
    expect((await stack.admin.get('/admin/groups?q=%25')).body.items).toEqual([]);
    await stack.admin.post('/groups/list-a', { members: ['bob'], readers: ['carol'], owners: ['alice'] });
    const { items } = (await stack.admin.get('/admin/groups?q=list-a')).body;
    const profile = {
      description: null,
      display_name: null,
      organization: null,
      website: null,
      joinable: false,
    };
    const created_at = expect.any(String);
    expect(items).toEqual([
      { group_name: 'list-a', ...profile, member_count: 3, enforced: true, created_at },
    ]);
    for (const query of ['limit=0', 'limit=501', 'limit=x', 'cursor=%00', `q=${'x'.repeat(101)}`])
      expect([query, (await stack.admin.get(`/admin/groups?${query}`)).status >= 400]).toEqual([query, true]);
    expect((await as('alice').get('/admin/groups')).status).toBe(403);
  });
});
