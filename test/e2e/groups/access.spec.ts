import { setTimeout as sleep } from 'node:timers/promises';
import type { S3 } from '../../support/access/s3.js';
import * as sharing from '../../support/access/sharing.js';
import {
  all,
  inSeconds,
  lists,
  pathOf,
  READ_ONLY,
  reads,
  rights,
  sessionOf,
} from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const PEOPLE = ['alice', 'bob', 'carol', 'dave'];
const REFERENCE = 'reference/genomes/';
const SECOND = 'second-lake';
const CLOSED = all('AccessDenied');

describe('what groups give', () => {
  let stack: Stack;
  let clients: Record<string, S3>;

  beforeAll(async () => {
    stack = await startStack({
      env: { ...sharing.NO_LIMITS, GRANTABLE_BUCKETS: `${BUCKET},${SECOND}` },
    });
    await sharing.makePeople(stack, PEOPLE);
    await stack.rootS3.put(BUCKET, `${REFERENCE}there`);
    clients = {};
    for (const name of PEOPLE) clients[name] = await sessionOf(stack, name);
  }, START_MS);
  afterAll(() => stack?.stop());

  // in MinIO a disabled group locks its members out, and shows nowhere else
  afterEach(async () => {
    const infos = await Promise.all(
      (await stack.root.groups.list()).map((group) => stack.root.groups.info(group)),
    );
    expect(infos.filter(({ status }) => status !== 'enabled')).toEqual([]);
  });

  const of = (name: string): S3 => clients[name] as S3;
  const save = (group: string, body: object) => stack.admin.post(`/groups/${group}`, body);
  const grant = (key: string, permission = 'write', more: object = {}) => ({
    grants: [{ path: pathOf(key), permission, ...more }],
  });
  const everyones = async (folder: string) =>
    Object.fromEntries(
      await Promise.all(PEOPLE.map(async (name) => [name, await rights(of(name), folder)] as const)),
    );
  const rolesIn = async (group: string) => {
    const [main, readers] = await Promise.all(
      [group, `mgr:readers:${group}`].map((name) => stack.root.groups.info(name).catch(() => undefined)),
    );
    return [main?.members.sort(), readers?.members.sort()];
  };

  it('members and owners write what was granted for writing, readers read it, others do neither', async () => {
    const body = { members: ['bob'], readers: ['carol'], owners: ['alice'], ...grant(REFERENCE) };
    expect((await save('Genomes', body)).status).toBe(201);
    expect(await everyones(REFERENCE)).toEqual({
      ...{ alice: all('ok'), bob: all('ok'), carol: READ_ONLY, dave: CLOSED },
    });
    await save('Genomes', grant(REFERENCE, 'read'));
    expect(await everyones(REFERENCE)).toEqual({
      ...{ alice: READ_ONLY, bob: READ_ONLY, carol: READ_ONLY, dave: CLOSED },
    });
    await save('Genomes', { grants: [] });
    expect(await everyones(REFERENCE)).toEqual(Object.fromEntries(PEOPLE.map((name) => [name, CLOSED])));
  });

  it('a change of role or of lists counts at once', async () => {
    await save('Roles', { members: ['bob'], readers: ['carol'], ...grant(REFERENCE) });
    const steps: [object, string[], string[]][] = [
      [{ members: ['bob', 'dave'] }, ['bob', 'dave'], ['carol']],
      [{ readers: ['bob', 'carol'] }, ['dave'], ['bob', 'carol']],
      [{ members: ['carol'], readers: [] }, ['carol'], []],
      [{ owners: ['bob'] }, ['bob', 'carol'], []],
      [{ members: [], owners: [], readers: [] }, [], []],
      [{ readers: ['dave'] }, [], ['dave']],
    ];
    for (const [body, writing, reading] of steps) {
      expect((await save('Roles', body)).body.enforced).toBe(true);
      const expected = PEOPLE.map((name) => [
        name,
        writing.includes(name) ? all('ok') : reading.includes(name) ? READ_ONLY : CLOSED,
      ]);
      expect([body, await everyones(REFERENCE)]).toEqual([body, Object.fromEntries(expected)]);
      expect(await rolesIn('Roles')).toEqual([writing, reading.length > 0 ? reading : undefined]);
    }
    await stack.admin.delete('/admin/groups/Roles');
  });

  it('administrators grant any path in a bucket that may be granted, also in a home', async () => {
    await stack.rootS3.createBucket(SECOND);
    await stack.rootS3.put(SECOND, 'raw/there');
    const home = `${homeOf('alice')}reports/`;
    const grants = [
      { path: pathOf(home), permission: 'read' },
      { path: pathOf('users-warehouse/'), permission: 'read' },
      { path: `s3a://${SECOND}/raw`, permission: 'write' },
    ];
    await save('Curators', { members: ['bob'], grants: [grants[0], grants[2]] });
    const bob = of('bob');
    expect(await rights(bob, home)).toEqual(READ_ONLY);
    const second = async () => [
      await bob.get(SECOND, 'raw/there').catch(({ name }) => name),
      await bob.put(SECOND, 'raw/mine').catch(({ name }) => name),
      await bob.list(SECOND, '').catch(({ name }) => name),
    ];
    expect(await second()).toEqual(['x', undefined, 'AccessDenied']);
    await save('Curators', { grants: [grants[1]] });
    expect([await rights(bob, home), await rights(bob, `${homeOf('carol')}reports/`)]).toEqual([
      READ_ONLY,
      READ_ONLY,
    ]);
    expect(await second()).toEqual(['AccessDenied', 'AccessDenied', 'AccessDenied']);
    // what is shared with the group is not among its own grants
    const path = pathOf(`${homeOf('dave')}reports/`);
    await sharing.share(stack, 'dave', { path, with_groups: ['Curators'] });
    const { body } = await save('Curators', { grants: [] });
    expect(body.grants.map((each: any) => [each.path, each.origin, each.granted_by])).toEqual([
      [path, 'share', 'dave'],
    ]);
    expect(await reads(bob, `${homeOf('dave')}reports/there`)).toBe('ok');
    expect(await rights(bob, home)).toEqual(CLOSED);
  });

  it('a grant with an end is shown, and ends by itself for members and readers', async () => {
    const expires_at = inSeconds(3);
    const body = { members: ['bob'], readers: ['carol'], ...grant(REFERENCE, 'write', { expires_at }) };
    expect((await save('Ending', body)).body.grants).toEqual([
      {
        path: pathOf(REFERENCE),
        ...{ permission: 'write', origin: 'group', granted_by: 'admin', owner: null, reason: null },
        created_at: expect.any(String),
        expires_at,
      },
    ]);
    expect([
      await reads(of('bob'), `${REFERENCE}there`),
      await reads(of('carol'), `${REFERENCE}there`),
    ]).toEqual(['ok', 'ok']);
    await sleep(Date.parse(expires_at) + 2000 - Date.now());
    expect([await rights(of('bob'), REFERENCE), await rights(of('carol'), REFERENCE)]).toEqual([
      CLOSED,
      CLOSED,
    ]);
    const { grants, enforced, policies } = (await stack.admin.get('/groups/Ending')).body;
    expect([grants, enforced]).toEqual([[], true]);
    expect(policies.map((each: any) => each.policy_name)).toEqual([
      'mgr:group:Ending:0',
      'mgr:readers:Ending:0',
    ]);
    expect(Object.keys(await stack.root.policies.list()).filter((name) => name.includes(':Ending:'))).toEqual(
      ['mgr:group:Ending:0', 'mgr:readers:Ending:0'],
    );
  });

  it('one that goes leaves nothing behind but what its members have of their own', async () => {
    const path = pathOf(`${homeOf('alice')}reports/`);
    await save('Doomed', { members: ['bob'], readers: ['carol'], owners: ['dave'], ...grant(REFERENCE) });
    await sharing.share(stack, 'alice', { path, with_groups: ['Doomed'], permission: 'write' });
    await sharing.share(stack, 'alice', { path, with_users: ['bob'] });
    for (let time = 0; time < 2; time++)
      expect((await stack.admin.delete('/admin/groups/Doomed')).status).toBe(204);
    expect(await rights(of('bob'), `${homeOf('alice')}reports/`)).toEqual(READ_ONLY);
    for (const name of ['bob', 'carol', 'dave']) {
      expect(await lists(of(name), REFERENCE)).toBe('AccessDenied');
      expect(await rights(of(name), `${homeOf(name)}reports/`)).toEqual(all('ok'));
      expect((await stack.person(name).get(`/users/${name}`)).body.groups).not.toContainEqual(
        expect.objectContaining({ group_name: 'Doomed' }),
      );
    }
    const left = [...(await stack.root.groups.list()), ...Object.keys(await stack.root.policies.list())];
    expect(left.filter((name) => name.includes('Doomed'))).toEqual([]);
    expect((await stack.admin.get('/groups/Doomed')).status).toBe(404);
    await sharing.unshare(stack, 'alice', { path });
  });

  it('made anew it inherits nothing, in whatever case its name is written', async () => {
    for (const name of ['Phoenix', 'phoenix', 'Phoenix']) {
      const made = await save(name, { description: name });
      expect([made.status, made.body]).toEqual([
        201,
        expect.objectContaining({ group_name: name, description: name, members: [], grants: [] }),
      ]);
      expect(await rolesIn(name)).toEqual([[], undefined]);
      await save(name, { members: ['bob'], readers: ['carol'], ...grant(REFERENCE) });
      expect(await lists(of('bob'), REFERENCE)).toBe('ok');
      await stack.admin.delete(`/admin/groups/${name}`);
      expect([await lists(of('bob'), REFERENCE), await lists(of('carol'), REFERENCE)]).toEqual([
        'AccessDenied',
        'AccessDenied',
      ]);
    }
  });

  it('a user who goes leaves its groups, and is in none of them when made anew', async () => {
    await save('Staying', { members: ['bob'], ...grant(REFERENCE) });
    await stack.person('erin').post('/users/erin');
    await stack.admin.post('/groups/Staying/members', { user_name: 'erin', role: 'member' });
    expect(await lists(await sessionOf(stack, 'erin'), REFERENCE)).toBe('ok');
    await stack.admin.delete('/admin/users/erin');
    expect(await rolesIn('Staying')).toEqual([['bob'], undefined]);
    const again = await sessionOf(stack, 'erin');
    expect(await lists(again, REFERENCE)).toBe('AccessDenied');
    expect((await stack.admin.get('/users/erin')).body.groups).toEqual([]);
    await stack.admin.post('/admin/users/bob/disable');
    await stack.admin.post('/admin/users/bob/enable');
    clients.bob = await sessionOf(stack, 'bob');
    expect(await lists(of('bob'), REFERENCE)).toBe('ok');
  });
});
