import { differences, inSync } from '../../support/access/drift.js';
import { outcome, type S3 } from '../../support/access/s3.js';
import * as sharing from '../../support/access/sharing.js';
import { pathOf, reads, sessionOf, writes } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const DENIED = 'AccessDenied';
/** `al` is too short for MinIO: its MinIO user is `_u_al`. */
const PEOPLE = ['alice', 'alice2', 'bob', 'al', 'dave'];
const OWN = 'team/{user}/';
const NAMES = 'team/u_{user}__*';
const ownOf = (user: string) => `team/${user}/there`;
const namesOf = (user: string) => `team/u_${user}__a.db/there`;

describe('paths of a group that are another one for each member', () => {
  let stack: Stack;
  const of: Record<string, S3> = {};
  const as = (name: string): S3 => of[name] as S3;
  const save = (body: object, group = 'Team') => stack.admin.post(`/groups/${group}`, body);
  const give = (...paths: [string, string][]) => ({
    grants: paths.map(([path, permission]) => ({ path: pathOf(path), permission })),
  });
  const join = (user_name: string, role: string, group = 'Team') =>
    stack.admin.post(`/groups/${group}/members`, { user_name, role });
  const leave = (user: string, group = 'Team') => stack.admin.delete(`/groups/${group}/members/${user}`);
  /** What each person may do with the objects of each: `r`, `w` or nothing. */
  async function matrix(keyOf: (user: string) => string): Promise<Record<string, string>> {
    const rows = await Promise.all(
      PEOPLE.map(async (user) => {
        const rights = await Promise.all(
          PEOPLE.map(async (other) => {
            const read = (await reads(as(user), keyOf(other))) === 'ok';
            const write = (await writes(as(user), keyOf(other))) === 'ok';
            return read || write ? `${other}:${read ? 'r' : ''}${write ? 'w' : ''}` : [];
          }),
        );
        return [user, rights.flat().join(' ')] as const;
      }),
    );
    return Object.fromEntries(rows.filter(([, rights]) => rights !== ''));
  }

  beforeAll(async () => {
    stack = await startStack({ env: { ...sharing.NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' } });
    await sharing.makePeople(stack, PEOPLE);
    for (const name of PEOPLE) {
      of[name] = await sessionOf(stack, name);
      await stack.rootS3.put(BUCKET, ownOf(name), 'x');
      await stack.rootS3.put(BUCKET, namesOf(name), 'x');
    }
  }, START_MS);
  afterAll(() => stack?.stop());

  it('give each member the own one, and nobody another', async () => {
    const members = { members: ['alice', 'al'], readers: ['bob'], owners: ['alice2'] };
    const { status, body } = await save({ ...members, ...give([OWN, 'write'], [NAMES, 'read']) });
    expect([status, body.enforced]).toEqual([201, true]);
    expect(body.grants.map(({ path, permission, origin }: any) => [path, permission, origin])).toEqual([
      [pathOf(OWN), 'write', 'group'],
      [pathOf(NAMES), 'read', 'group'],
    ]);
    expect(await matrix(ownOf)).toEqual({
      alice: 'alice:rw',
      alice2: 'alice2:rw',
      al: 'al:rw',
      bob: 'bob:r',
    });
    expect(await matrix(namesOf)).toEqual({ alice: 'alice:r', alice2: 'alice2:r', al: 'al:r', bob: 'bob:r' });
    expect(await differences(stack)).toEqual([]);
  });

  it('follow who joins, who leaves and who changes role, at once', async () => {
    expect((await join('dave', 'reader')).body.enforced).toBe(true);
    expect((await matrix(ownOf))['dave']).toBe('dave:r');
    await join('dave', 'member');
    expect((await matrix(ownOf))['dave']).toBe('dave:rw');
    await join('dave', 'reader');
    expect((await matrix(ownOf))['dave']).toBe('dave:r');
    await leave('dave');
    expect((await matrix(ownOf))['dave']).toBeUndefined();
    expect(await differences(stack)).toEqual([]);
  });

  it('follow what the group gives', async () => {
    await save(give([OWN, 'read']));
    expect(await matrix(ownOf)).toEqual({ alice: 'alice:r', alice2: 'alice2:r', al: 'al:r', bob: 'bob:r' });
    expect(await matrix(namesOf)).toEqual({});
    const before = await stack.held();
    await save(give([OWN, 'read']));
    expect(await stack.held()).toEqual(before);
    await save(give([OWN, 'write'], [NAMES, 'read']));
  });

  it('of two groups add up, and stay as long as one of them gives them', async () => {
    await save({ members: ['bob'], ...give([OWN, 'write']) }, 'Second');
    expect((await matrix(ownOf))['bob']).toBe('bob:rw');
    await leave('bob', 'Second');
    expect((await matrix(ownOf))['bob']).toBe('bob:r');
    await join('bob', 'member', 'Second');
    await leave('bob');
    expect((await matrix(ownOf))['bob']).toBe('bob:rw');
    expect((await stack.admin.delete('/admin/groups/Second')).status).toBe(204);
    expect((await matrix(ownOf))['bob']).toBeUndefined();
    await join('bob', 'reader');
  });

  it('are explained as grants of the member, with the group that gives them', async () => {
    const path = encodeURIComponent(pathOf('team/alice/'));
    const { body } = await stack.admin.get(`/access?path=${path}`);
    expect(body.principals).toMatchObject([{ kind: 'user', name: 'alice', permission: 'write' }]);
    const received = await stack.person('alice').get('/users/alice/shares?direction=received');
    expect(received.body.items).toContainEqual(
      expect.objectContaining({
        path: pathOf('team/alice/'),
        origin: 'group',
        reason: 'as a member of Team',
      }),
    );
    const check = await stack.admin.get(`/access/check?user=alice2&action=read&path=${path}`);
    expect(check.body.allowed).toBe(false);
  });

  it('are planned with everything that follows, and a dry run changes nothing', async () => {
    const before = await stack.state();
    const { body } = await stack.admin.post('/groups/Team/members?dry_run=true', {
      user_name: 'dave',
      role: 'member',
    });
    const targets = body.plan.map(({ target }: { target: string }) => target);
    expect(targets).toEqual(expect.arrayContaining([expect.stringContaining('mgr:user:dave:1')]));
    expect(await stack.state()).toEqual(before);
  });

  it('are kept while MinIO is away, and follow when it is back', async () => {
    await stack.minio.stop();
    const answer = await leave('al');
    expect(answer.status).toBe(202);
    await stack.minio.start();
    await inSync(stack, 60_000);
    of['al'] = await sessionOf(stack, 'al');
    expect((await matrix(ownOf))['al']).toBeUndefined();
    await join('al', 'member');
  });

  it('go with the group, and with the user', async () => {
    await stack.admin.delete('/admin/users/alice2');
    expect(await outcome(() => as('alice2').get(BUCKET, ownOf('alice2')))).not.toBe('ok');
    await stack.person('alice2').post('/users/alice2');
    of['alice2'] = await sessionOf(stack, 'alice2');
    expect(await matrix(ownOf)).toEqual({ alice: 'alice:rw', al: 'al:rw', bob: 'bob:r' });
    await stack.admin.delete('/admin/groups/Team');
    expect([await matrix(ownOf), await matrix(namesOf)]).toEqual([{}, {}]);
    expect(await differences(stack)).toEqual([]);
    // a new group of that name gives nothing of it
    await save({ members: ['alice'] });
    expect(await matrix(ownOf)).toEqual({});
  });

  it.each([
    ['in the home of somebody', `${homeOf('bob')}{user}/`],
    ['that are many homes', 'users-warehouse/{user}*'],
    ['in the homes of others', 'users-warehouse/x{user}/'],
    ['with another variable', 'team/${user}/'],
    ['with braces', 'team/{users}/'],
  ])('are refused %s', async (_, path) => {
    const answer = await save(give([path, 'read']));
    expect([answer.status, answer.body.errors?.[0].field]).toEqual([422, 'grants.0.path']);
    const role = { entitlements: [{ type: 'path', path: pathOf(path), permission: 'read' }] };
    expect((await stack.admin.put('/roles/wrong', role)).status).toBe(422);
  });

  it('have no end', async () => {
    const grants = [{ path: pathOf(OWN), permission: 'read', expires_at: sharing.inSeconds(3600) }];
    const answer = await save({ grants });
    expect([answer.status, answer.body.errors?.[0].field]).toEqual([422, 'grants.0.expires_at']);
  });

  it('never contain the homes, whatever somebody is called', async () => {
    await stack.person('warehouse').post('/users/warehouse');
    of['warehouse'] = await sessionOf(stack, 'warehouse');
    await save({ members: ['warehouse', 'alice'], ...give(['users-{user}/', 'read']) });
    expect(await reads(as('warehouse'), `${homeOf('bob')}reports/there`)).toBe(DENIED);
    await stack.rootS3.put(BUCKET, 'users-alice/there', 'x');
    expect(await reads(as('alice'), 'users-alice/there')).toBe('ok');
  });
});
