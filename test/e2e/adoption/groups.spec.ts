import { folderPolicy, makeGroup, makeUsers, oldPair } from '../../support/access/foreign-world.js';
import { type Action, Prober, type Question } from '../../support/access/probe.js';
import { repeated } from '../../support/network/repeat.js';
import { outcome } from '../../support/access/s3.js';
import { BUCKET, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const FOLDER = 'tenants/team';
const FILE = `${FOLDER}/data/x`;

describe('a MinIO group that is not ours', () => {
  let stack: Stack;
  let prober: Prober;

  beforeAll(async () => {
    stack = await startStack();
    prober = new Prober(stack.minio.endpoint);
    await stack.person('first').post('/users/first');
    await stack.rootS3.put(BUCKET, FILE, 'x');
    await stack.root.policies.put('team-rw', folderPolicy([FOLDER], 'write'));
    await stack.root.policies.put('team-ro', folderPolicy([FOLDER], 'read'));
  }, START_MS);
  afterAll(async () => {
    await prober?.close();
    await stack?.stop();
  });

  const adopt = async (body: object, query = '') => stack.admin.post(`/admin/adopt${query}`, body);
  const questions = (...users: string[]): Question[] =>
    users.flatMap((user) =>
      (['read', 'write', 'delete', 'list'] as Action[]).flatMap((action) =>
        [`${FOLDER}/data/y`, `${FOLDER}/`, 'tenants/other/x'].map((key) => ({
          as: oldPair(user),
          action,
          key,
        })),
      ),
    );
  const loop = (user: string) => repeated(() => outcome(() => stack.s3(oldPair(user)).get(BUCKET, FILE)));

  /** Two members, two readers, their groups and policies, under names of their own. */
  async function team(name: string) {
    const [una, ulf, rob, ria] = ['una', 'ulf', 'rob', 'ria'].map((each) => `${name}.${each}`) as [
      string,
      string,
      string,
      string,
    ];
    await makeUsers(stack, { [una]: [], [ulf]: [], [rob]: [], [ria]: [] });
    await makeGroup(stack, name, [una, ulf], ['team-rw']);
    await makeGroup(stack, `${name}ro`, [rob, ria], ['team-ro']);
    return {
      users: [una, ulf, rob, ria],
      una,
      ulf,
      rob,
      ria,
      group: { group_name: name, readers_group: `${name}ro` },
    };
  }

  it('is taken over in place: nobody is refused meanwhile, its policies stay', async () => {
    const { users, una, ulf, rob, ria, group } = await team('red');
    const asked = questions(una, rob);
    const before = await prober.askAll(asked);
    expect(before.filter(Boolean).length).toBeGreaterThan(5);
    const loops = [una, ulf, rob, ria].map(loop);
    const { status, body } = await adopt({ users, groups: [group] });
    for (const each of loops) expect(await each.end()).toEqual(['ok']);
    expect([status, body.results.map((each: any) => each.status)]).toEqual([200, users.map(() => 'adopted')]);
    expect(body.groups).toEqual([
      {
        group_name: 'red',
        status: 'adopted',
        member_count: 2,
        reader_count: 2,
        foreign_policies: [
          expect.objectContaining({
            policy_name: 'team-rw',
            via: 'red',
            why: expect.stringContaining('import_policies'),
          }),
          expect.objectContaining({ policy_name: 'team-ro', via: 'redro' }),
        ],
      },
    ]);
    const shown = (await stack.admin.get('/groups/red')).body;
    expect([shown.enforced, shown.members.map((each: any) => `${each.user_name} ${each.role}`)]).toEqual([
      true,
      [`${ria} reader`, `${rob} reader`, `${ulf} member`, `${una} member`],
    ]);
    const held = await stack.root.groups.info('red');
    expect([held.members.sort(), held.policies.sort()]).toEqual([
      [ulf, una],
      ['mgr:group:red:0', 'team-rw'],
    ]);
    expect((await stack.root.groups.info('mgr:readers:red')).members.sort()).toEqual([ria, rob]);
    expect(await prober.askAll(asked)).toEqual(before);
    const settled = await stack.held();
    const again = await adopt({ users, groups: [group] });
    expect(again.body.groups[0].status).toBe('unchanged');
    expect(await stack.held()).toEqual(settled);
  });

  it('is shown by a dry run, which changes nothing, and then does the same', async () => {
    const { users, una, rob, group } = await team('blue');
    const body = { users, groups: [group], import_policies: ['team-*'] };
    const before = await stack.state();
    const planned = (await adopt(body, '?dry_run=true')).body;
    expect(await stack.state()).toEqual(before);
    expect(planned.dry_run).toBe(true);
    const summary = (answer: any) => [
      answer.results.map((each: any) => [each.user_name, each.status]),
      answer.groups.map((each: any) => [each.group_name, each.status, each.imported, each.detached]),
    ];
    const changes = planned.plan.map((each: any) => `${each.change} ${each.target}`);
    expect(changes).toEqual(
      expect.arrayContaining([
        `put_policy policy mgr:user:${una}:0`,
        `set_policies user ${una}`,
        'put_policy policy mgr:group:blue:1',
        'set_policies group blue',
        'add_members group mgr:readers:blue',
        'set_policies group bluero',
      ]),
    );
    expect(changes.filter((each: string) => each.startsWith('put_user'))).toEqual([]);
    expect(planned.plan.at(-1)).toMatchObject({
      target: 'group bluero',
      before: { policies: ['team-ro'] },
      after: { policies: [] },
    });

    const asked = questions(una, rob);
    const allowed = await prober.askAll(asked);
    const loops = [una, rob].map(loop);
    const done = (await adopt(body)).body;
    for (const each of loops) expect(await each.end()).toEqual(['ok']);
    expect(summary(done)).toEqual(summary(planned));
    expect(done.groups[0]).toMatchObject({
      imported: [{ policy_name: 'team-rw', path: `s3a://${BUCKET}/${FOLDER}/`, permission: 'write' }],
      detached: [
        { policy_name: 'team-rw', via: 'blue' },
        { policy_name: 'team-ro', via: 'bluero' },
      ],
      foreign_policies: [],
    });
    expect((await stack.root.groups.info('blue')).policies.sort()).toEqual([
      'mgr:group:blue:0',
      'mgr:group:blue:1',
    ]);
    expect(await prober.askAll(asked)).toEqual(allowed);
    const settled = await stack.held();
    expect((await adopt(body)).body.groups[0].status).toBe('unchanged');
    expect(await stack.held()).toEqual(settled);
  });

  it('gives its readers no more than they had', async () => {
    const { users, rob, group } = await team('green');
    await stack.root.policies.put('green-secret', folderPolicy(['tenants/secret'], 'write'));
    await stack.root.policies.set(['team-rw', 'green-secret'], { group: 'green' });
    const { body } = await adopt({ users, groups: [group], import_policies: ['*'] });
    expect(body.groups[0].imported).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ policy_name: 'green-secret', why: expect.stringContaining('readers') }),
      ]),
    );
    expect(body.groups[0].foreign_policies).toEqual([
      expect.objectContaining({ policy_name: 'green-secret' }),
    ]);
    expect(await outcome(() => stack.s3(oldPair(rob)).list(BUCKET, 'tenants/secret/'))).toBe('AccessDenied');
  });

  it.each<[string, object, string, RegExp]>([
    ['no such group', { group_name: 'nothing' }, 'not_found', /no group/],
    ['a name that groups do not have', { group_name: 'gray group' }, 'unprocessable', /2 to 63 characters/],
    ['the name of the built-in group', { group_name: 'everyone' }, 'reserved_name', /built in/],
    ['members who are not users here', { group_name: 'gray' }, 'unknown_user', /gray\.una.*"users"/],
    ['members who cannot be users', { group_name: 'gray-upper' }, 'unknown_user', /Walter cannot be/],
    ['a group that is disabled', { group_name: 'gray-off' }, 'not_possible', /disabled/],
    ['no group of readers', { group_name: 'gray', readers_group: 'nothing' }, 'not_found', /nothing/],
    ['itself as readers', { group_name: 'gray', readers_group: 'gray' }, 'unprocessable', /another group/],
  ])('is refused: %s', async (_, group, code, message) => {
    if (!(await stack.root.groups.list()).includes('gray')) {
      await team('gray');
      await makeGroup(stack, 'gray-off', ['first'], ['team-ro']);
      await makeUsers(stack, { Walter: [] });
      await makeGroup(stack, 'gray-upper', ['first', 'Walter'], ['team-ro']);
      await stack.root.groups.setStatus('gray-off', 'disabled');
    }
    const before = await stack.state();
    const { status, body } = await adopt({ groups: [group] });
    expect([status, body.results, body.groups[0].status, body.groups[0].code]).toEqual([
      200,
      [],
      'refused',
      code,
    ]);
    expect(body.groups[0].message).toMatch(message);
    expect(await stack.state()).toEqual(before);
  });

  it('is given back: as before, with the policies that were detached', async () => {
    const { users, una, ulf, rob, ria, group } = await team('pink');
    const asked = questions(una, rob);
    const before = [await prober.askAll(asked), (await stack.root.groups.info('pink')).policies];
    await adopt({ users, groups: [group], import_policies: ['team-*'] });
    const undo = (path: string) => stack.admin.delete(`/admin/adoptions/${path}`);
    const refused = await undo(`user/${una}`);
    expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
      409,
      'not_possible',
      expect.stringContaining('pink'),
    ]);
    const { plan } = (await stack.admin.delete('/admin/adoptions/group/pink?dry_run=true')).body;
    expect(plan.map((each: any) => `${each.change} ${each.target}`)).toEqual(
      expect.arrayContaining([
        'set_policies group pink',
        'set_policies group pinkro',
        'remove_policy policy mgr:group:pink:0',
      ]),
    );
    const loops = [una, rob].map(loop);
    expect((await undo('group/pink')).status).toBe(204);
    for (const user of [una, ulf, rob, ria]) expect((await undo(`user/${user}`)).status).toBe(204);
    for (const each of loops) expect(await each.end()).toEqual(['ok']);
    expect([await prober.askAll(asked), (await stack.root.groups.info('pink')).policies]).toEqual(before);
    expect((await stack.root.groups.info('pinkro')).policies).toEqual(['team-ro']);
    expect((await stack.root.groups.list()).filter((each) => each.includes('readers:pink'))).toEqual([]);
    const left = Object.keys(await stack.root.policies.list()).filter((each) => /^mgr:.*pink/.test(each));
    expect(left).toEqual([]);
    expect((await stack.root.users.info(una)).policies).toEqual([]);
    expect((await stack.admin.get('/groups/pink')).status).toBe(404);
    expect((await stack.admin.post(`/users/${una}`)).body.code).toBe('user_not_adopted');
    expect((await undo('group/pink')).status).toBe(204);
  });
});
